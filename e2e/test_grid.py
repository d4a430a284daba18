"""Many tasks of many runs of a pipeline at once: planned, run again, marked, each told on its own."""

import json

import pytest

from clients import eventually
from rest import Refused, call, quoted
from test_backfills import DAY, create, daily, finished
from test_pipeline_runs import ended, start
from test_pipeline_schedules import iso

# 'load' fails as long as there is no file 'good'; 'report' and 'tell' follow from it.
CHAIN = """
pipeline: {name}
tasks:
  extract: {{run: echo extract >> "{directory}/book"}}
  load: {{needs: extract, run: 'echo load >> "{directory}/book"; test -e "{directory}/good"'}}
  report: {{needs: load, run: echo report >> "{directory}/book"}}
  tell: {{needs: report, run: echo tell >> "{directory}/book"}}
"""


@pytest.fixture
def chain(server, sfn, unique, tmp_path):
    """Pushes the pipeline; returns its name, two of its runs that failed, and its directory."""
    name = unique("chain")
    call(server, "POST", "/pipelines", text=CHAIN.format(name=name, directory=tmp_path))
    runs = [start(server, name)["id"] for _ in range(2)]
    for run in runs:
        assert ended(sfn, run)["status"] == "FAILED"
    (tmp_path / "book").unlink()
    return name, runs, tmp_path


def cells(*pairs):
    return [{"run": run, "task": task} for run, task in pairs]


def change(server, name, kind, *, dry=False, **body):
    query = {"dryRun": "true"} if dry else {}
    return call(server, "POST", f"/pipelines/{name}/grid/{kind}", body, **query)


def ran(directory):
    book = directory / "book"
    return sorted(book.read_text().split()) if book.exists() else []


def states(server, run):
    found = call(server, "GET", f"/runs/{quoted(run)}/tasks")["items"]
    return {task["id"]: task["state"] for task in found}


def test_a_plan_tells_what_follows_and_changes_nothing(server, chain):
    name, (first, second), directory = chain
    wanted = cells((first, "load"), (second, "extract"))
    told = change(server, name, "rerun", dry=True, cells=wanted, downstream=True)
    assert told["items"] == wanted
    follows = cells(*((first, task) for task in ["report", "tell"]))
    follows += cells(*((second, task) for task in ["load", "report", "tell"]))
    by_both = lambda cell: (cell["run"], cell["task"])
    assert sorted(told["affected"], key=by_both) == sorted(follows, key=by_both)
    alone = change(server, name, "rerun", dry=True, cells=wanted)
    assert alone["affected"] == []
    marked = change(server, name, "mark", dry=True, cells=wanted[:1], state="success")
    assert marked["affected"] == cells((first, "report"), (first, "tell"))
    assert ran(directory) == []
    assert "generation" not in call(server, "GET", f"/runs/{quoted(first)}")["run"]


def test_tasks_of_two_runs_run_again_with_what_comes_after_them(server, sfn, chain):
    name, (first, second), directory = chain
    (directory / "good").touch()
    wanted = cells((first, "load"), (second, "load"))
    done = change(server, name, "rerun", cells=wanted, downstream=True)
    assert [item["generation"] for item in done["items"]] == [2, 2]
    for run in (first, second):
        assert ended(sfn, run)["status"] == "SUCCEEDED"
    assert ran(directory) == ["load", "load", "report", "report", "tell", "tell"]


def test_marks_of_one_run_hold_together_whatever_their_order(server, sfn, chain):
    name, (first, second), directory = chain
    wanted = cells((first, "load"), (first, "report"), (second, "load"))
    done = change(server, name, "mark", cells=wanted, state="success", reason="by hand")
    assert not any("refused" in item for item in done["items"]), done
    for run in (first, second):
        assert ended(sfn, run)["status"] == "SUCCEEDED"
    # 'report' of the first run was marked before 'load' let it run.
    assert ran(directory) == ["report", "tell", "tell"]
    assert set(states(server, first).values()) == {"success"}


def test_what_cannot_be_done_with_one_is_told_and_done_with_others(server, sfn, chain):
    name, (first, second), directory = chain
    wanted = cells((first, "extract"), (first, "load"), (second, "lod"), ("arn:x", "load"))
    done = change(server, name, "mark", cells=wanted, state="success")
    why = [item.get("refused") for item in done["items"]]
    assert why[0] == "The task is in this state already"
    assert why[1] is None
    assert "did you mean 'load'" in why[2]
    assert why[3] is not None
    assert ended(sfn, first)["status"] == "SUCCEEDED"
    assert states(server, second)["load"] == "failed"


# Two tasks fail that another one needs; hooks write down what they are told.
FORK = """
pipeline: {name}
hooks:
  on_failure: [{{run: echo failed >> "{directory}/told"}}]
  on_finish: [{{run: echo finished >> "{directory}/told"}}]
tasks:
  a: {{run: exit 1}}
  b: {{run: exit 1}}
  group: {{tasks: {{inner: {{run: exit 1}}}}}}
  join: {{needs: [a, b, group], run: echo join >> "{directory}/book"}}
"""


def test_all_that_is_marked_in_a_closed_run_is_one_generation(server, sfn, unique, tmp_path):
    name, told = unique("fork"), tmp_path / "told"
    call(server, "POST", "/pipelines", text=FORK.format(name=name, directory=tmp_path))
    run = start(server, name)["id"]
    assert ended(sfn, run)["status"] == "FAILED"
    eventually(lambda: told.exists() and sorted(told.read_text().split()) == ["failed", "finished"])
    short = run.split(":run:")[1]
    wanted = cells((short, "a"), (short, "b"), (short, "group.inner"))
    done = change(server, name, "mark", cells=wanted, state="success")
    assert [item["generation"] for item in done["items"]] == [2, 2, 2], done
    assert {item["run"] for item in done["items"]} == {run}
    assert ended(sfn, run)["status"] == "SUCCEEDED"
    assert ran(tmp_path) == ["join"]
    eventually(lambda: len(told.read_text().split()) == 3)
    assert told.read_text().split()[2:] == ["finished"]
    assert call(server, "GET", f"/runs/{quoted(run)}")["run"]["redriveCount"] == 1


def test_a_wrong_cell_keeps_no_other_of_its_run_from_being_changed(server, sfn, chain):
    name, (first, second), directory = chain
    (directory / "good").touch()
    done = change(server, name, "rerun", cells=cells((first, "lod"), (first, "load")), downstream=True)
    assert "no task 'lod'" in done["items"][0]["refused"]
    assert done["items"][1]["generation"] == 2
    assert ended(sfn, first)["status"] == "SUCCEEDED"
    wanted = cells((second, "load"), (second, "extract[x]"), (second, "nothing"))
    done = change(server, name, "mark", cells=wanted, state="success")
    assert [item.get("generation") for item in done["items"]] == [2, None, None]
    assert "no instances" in done["items"][1]["refused"] and "'nothing'" in done["items"][2]["refused"]


def test_each_instance_that_is_not_there_is_told_with_those_that_are(server, sfn, unique):
    name = unique("areas")
    text = f"""
pipeline: {name}
tasks:
  area:
    each: [north, south]
    key: ${{{{ item }}}}
    tasks:
      shop: {{each: [a, b], key: "${{{{ item }}}}", run: exit 1}}
"""
    call(server, "POST", "/pipelines", text=text)
    run = start(server, name)["id"]
    assert ended(sfn, run)["status"] == "FAILED"
    tasks = ["area[north].shop[a]", "area[nroth].shop[a]", "area[north].shop[x]", "area[noth]", "area[south]"]
    done = change(server, name, "rerun", dry=True, cells=cells(*((run, task) for task in tasks)))
    refused = [item.get("refused") for item in done["items"]]
    assert [why is None for why in refused] == [True, False, False, False, True], refused
    assert "'area' has the key 'nroth'; did you mean 'north'?" in refused[1]
    assert "'area[north].shop' has the key 'x'; there are 'a', 'b'" in refused[2]
    assert "'area' has the key 'noth'; did you mean 'north'?" in refused[3]


def test_a_run_under_way_is_not_run_again_and_runs_of_others_are_none_of_it(server, unique, chain):
    name, (first, _), _ = chain
    other = unique("other")
    waits = f"pipeline: {other}\ntasks:\n  wait: {{wait: {{signal: go}}}}\n"
    call(server, "POST", "/pipelines", text=waits)
    run = start(server, other)["id"]
    told = change(server, other, "rerun", cells=cells((run, "wait"), (first, "load")))
    refused = [item["refused"] for item in told["items"]]
    assert refused[0].startswith("The run is under way")
    assert refused[1].startswith(f"'{first}' is no run of")


def test_a_request_without_tasks_or_with_too_many_is_refused(server, chain):
    name, (first, _), _ = chain
    for wanted in ([], cells((first, "load")) * 1_001):
        with pytest.raises(Refused) as refused:
            change(server, name, "rerun", cells=wanted)
        assert "1 to 1000 tasks of runs" in refused.value.message


def test_changes_of_many_tasks_are_in_the_audit_log(server, chain):
    name, (first, _), _ = chain
    change(server, name, "mark", dry=True, cells=cells((first, "load")), state="success")
    change(server, name, "mark", cells=cells((first, "load")), state="skipped", reason="not needed")
    found = call(server, "GET", "/audit", action="tasks.mark")["items"]
    mine = [item for item in found if item.get("on") == f"pipeline:{name}"]
    assert [item["details"]["state"] for item in mine] == ["skipped"]
    assert json.loads(mine[0]["details"]["cells"]) == cells((first, "load"))


def test_a_backfill_tells_each_of_its_ticks_before_and_after(own, unique):
    name = unique("strip")
    begin = daily(name, own)
    finished(own, name, create(own, name, begin, begin + DAY))
    body = {"from": iso(begin), "to": iso(begin + 3 * DAY), "order": "desc", "maxActive": 2}
    planned = call(own, "POST", f"/pipelines/{name}/backfills", body, dryRun="true")
    told = [(item["fate"], item.get("status")) for item in planned["items"]]
    assert told == [("runs", None), ("runs", None), ("left", "SUCCEEDED")]
    assert (planned["order"], planned["maxActive"]) == ("desc", 2)
    backfill = create(own, name, begin, begin + 3 * DAY, order="desc")
    finished(own, name, backfill)
    path = f"/pipelines/{name}/backfills/{backfill['id']}/ticks"
    ticks = call(own, "GET", path)["items"]
    assert [(tick["state"], tick["status"]) for tick in ticks] == [
        ("run", "SUCCEEDED"),
        ("run", "SUCCEEDED"),
        ("left", "SUCCEEDED"),
    ]
    assert [tick["at"] for tick in ticks] == sorted((tick["at"] for tick in ticks), reverse=True)
    page = call(own, "GET", path, limit=2)
    rest = call(own, "GET", path, limit=2, next=page["next"])
    assert page["items"] + rest["items"] == ticks and "next" not in rest
    with pytest.raises(Refused):
        call(own, "GET", f"/pipelines/{name}/backfills/b-none/ticks")
