"""Tasks in single instances of groups run again, and people say how instances ended."""

import pytest
from clients import command, eventually, step_functions
from plain_worker import end_of, push, start
from rest import Refused, call, quoted
from test_marking import mark
from test_reruns import lines, rerun
from test_steering import short, tasks

AREAS = """pipeline: areas
defaults: {{env: {{BOOK: "{directory}/book", GOOD: "{directory}/good"}}}}
tasks:
  area:
    each: [north, south, west]
    key: item
    fail_fast: false
    tasks:
      load:
        env: {{ITEM: "${{{{ item }}}}"}}
        output: text
        run: |
          echo "load-$ITEM" >> "$BOOK"
          [ "$ITEM" != south ] || [ -e "$GOOD" ]
          echo "$ITEM loaded"
      check:
        needs: load
        env: {{ITEM: "${{{{ item }}}}"}}
        run: echo "check-$ITEM" >> "$BOOK"
  report: {{needs: area, run: echo report >> "$BOOK"}}
outputs: {{loaded: "${{{{ needs.area.output.load }}}}"}}
"""

SIGNALLED = """pipeline: signalled
tasks:
  part:
    each: [one, two]
    key: item
    wait: {signal: "${{ item }}"}
  report:
    needs: part
    noop: true
    outputs: {states: "${{ needs.part.instances.state }}"}
outputs: ${{ needs.report.output.states }}
"""


def instances(server, run, task):
    items = call(server, "GET", f"/runs/{quoted(run)}/tasks/{task}/instances")["items"]
    return {item["key"]: item for item in items}


def test_one_task_in_one_instance_runs_again(own, tmp_path):
    push(own, AREAS.format(directory=tmp_path))
    run = start(own, "areas")
    assert end_of(own, run)["status"] == "FAILED"
    lines(tmp_path)
    (tmp_path / "good").touch()
    ran = command(own, "rerun", short(run), "--from", "area[south].load", "--wait")
    assert ran.returncode == 0, ran.stderr
    assert lines(tmp_path) == ["check-south", "load-south", "report"]
    found = tasks(own, run)
    assert found["area"]["instances"] == {"running": 0, "succeeded": 3, "failed": 0}
    assert found["report"]["generation"] == 2 and "generation" not in found["area"]
    rerun(own, run, tasks=["area[west].check"])
    assert end_of(own, run)["status"] == "SUCCEEDED"
    assert lines(tmp_path) == ["check-west"]
    output = step_functions(own.url).describe_execution(executionArn=run)["output"]
    assert output == '{"loaded":["north loaded","south loaded","west loaded"]}'
    views = instances(own, run, "area")
    assert {key: view["state"] for key, view in views.items()} == dict.fromkeys(views, "success")
    with pytest.raises(Refused, match="no task 'area.laod'.*did you mean 'area.load'"):
        rerun(own, run, tasks=["area[west].laod"])
    with pytest.raises(Refused, match="has the key 'wets'; did you mean 'west'"):
        rerun(own, run, tasks=["area[wets].load"])
    ran = command(own, "rerun", short(run), "--from", "area[elsewhere]")
    assert ran.returncode == 2, ran
    assert "there are 'north', 'south', 'west'" in ran.stderr, ran.stderr
    with pytest.raises(Refused, match="'area' has the key 'wets'; did you mean 'west'"):
        mark(own, run, "area%5Bwets%5D.load", state="success")


def test_a_task_in_an_instance_is_marked_and_the_rest_follows(own, tmp_path):
    push(own, AREAS.format(directory=tmp_path))
    run = start(own, "areas")
    assert end_of(own, run)["status"] == "FAILED"
    lines(tmp_path)
    ran = command(own, "mark", short(run), "area[south].load", "success", "--output", '"by hand"')
    assert (ran.returncode, ran.stdout) == (
        0,
        "area[south].load is success, in generation 2\n",
    ), ran.stderr
    assert end_of(own, run)["status"] == "SUCCEEDED"
    assert lines(tmp_path) == ["check-south", "report"]
    output = step_functions(own.url).describe_execution(executionArn=run)["output"]
    assert output == '{"loaded":["north loaded","by hand","west loaded"]}'


def test_an_instance_is_marked_across_a_kill(own):
    push(own, SIGNALLED)
    run = start(own, "signalled")
    eventually(lambda: len(instances(own, run, "part")) == 2)
    task = "part%5Bone%5D"
    mark(own, run, task, state="skipped", reason="not today", by="bo")
    own.kill()
    own.start()
    one = instances(own, run, "part")["one"]
    assert (one["state"], one["marked"]["by"], one["marked"]["reason"]) == (
        "skipped",
        "bo",
        "not today",
    )
    counts = {"running": 1, "succeeded": 0, "failed": 0, "skipped": 1}
    assert tasks(own, run)["part"]["instances"] == counts
    refusals = [
        (task, "in this state", 409),
        ("part%5Bnobody%5D", "the key 'nobody'; there are 'one', 'two'", 400),
        ("report%5B0%5D", "has no instances of its own", 400),
    ]
    for task, text, status in refusals:
        with pytest.raises(Refused, match=text) as refused:
            mark(own, run, task, state="skipped")
        assert refused.value.status == status, text
    call(own, "POST", f"/runs/{quoted(run)}/signals/two")
    assert end_of(own, run)["status"] == "SUCCEEDED"
    output = step_functions(own.url).describe_execution(executionArn=run)["output"]
    assert output == '["skipped","success"]'
    ran = command(own, "mark", short(run), "part[two]", "failed", "--reason", "it was wrong")
    assert ran.returncode == 0, ran.stderr
    ended = end_of(own, run)
    assert ended["status"] == "FAILED", ended
    history = step_functions(own.url).get_execution_history(executionArn=run)["events"]
    assert [event["type"] for event in history].count("MapIterationMarked") == 2


CROWDED = """pipeline: crowded
tasks:
  a:
    each: [one, two]
    key: item
    runs_on: ["nowhere-{name}"]
    run: exit 1
"""


def test_an_instance_that_queues_has_not_begun_and_says_what_it_waits_for(own_server):
    push(own_server, CROWDED.replace("{name}", "here"))
    run = start(own_server, "crowded")
    found = eventually(lambda: (it := instances(own_server, run, "a")) and len(it) == 2 and it)
    for key in ("one", "two"):
        eventually(lambda key=key: instances(own_server, run, "a")[key]["state"] == "queued")
    blocks = {key: item["blockedBy"] for key, item in instances(own_server, run, "a").items()}
    assert all("nowhere-here" in block[0]["text"] for block in blocks.values()), (found, blocks)
    table = command(own_server, "tasks", run, "--instances", "a").stdout.splitlines()
    rows = [line for line in table if line.startswith("a[")]
    assert len(rows) == 2 and all("nowhere-here" in row for row in rows), table
    # No instant stands in the row.
    assert not any("T" in row.split("nowhere")[0] for row in rows), table
