"""What is told of runs and their tasks: names of instances, times, and why things are as they are."""

import json
import os
import textwrap
import urllib.parse
import urllib.request

import pytest

from rest import Refused, call, quoted
from test_pipeline_runs import until

NESTED = """
    pipeline: {name}
    tasks:
      r:
        each: "['eu', 'us']"
        key: item
        tasks:
          in:
            each: "[1, 2]"
            tasks:
              z: {{run: "echo z of $COMPASSO_KEY"}}
          a: {{run: "echo a"}}
    """


@pytest.fixture
def pushed(server, unique):
    """Pushes a pipeline and returns its name."""

    def push(text, prefix="told"):
        name = unique(prefix)
        call(server, "POST", "/pipelines", text=textwrap.dedent(text).format(name=name))
        return name

    return push


def tasks(server, run):
    return {task["id"]: task for task in call(server, "GET", f"/runs/{quoted(run)}/tasks")["items"]}


def export(server, query):
    """The lines of an export of the runs that a query finds."""
    asked = urllib.parse.urlencode({"format": "csv", "q": query})
    with urllib.request.urlopen(f"{server.url}/api/v1/runs/export?{asked}", timeout=60) as answer:
        return answer.read().decode().splitlines()


def cells(output):
    """The rows of a table by their first cells, without the heading."""
    return {line.split()[0]: line for line in output.splitlines()[1:]}


def test_an_instance_has_one_name_everywhere(server, compasso, pushed):
    name = pushed(NESTED)
    assert compasso("start", name, "--name", "r", "--wait")[0] == 0
    run = f"{name}:r"
    z = {f"r[{area}].in[{n}].z" for area in ("eu", "us") for n in (0, 1)}
    lines = set(compasso("logs", run)[1].splitlines())
    assert lines == {f"{it} | z of {it[9]}" for it in z} | {"r[eu].a | a", "r[us].a | a"}
    written = [json.loads(line)["state"] for line in compasso("logs", run, "--json")[1].splitlines()]
    assert set(written) == {*z, "r[eu].a", "r[us].a"}
    of = lambda task: len(compasso("logs", run, "--task", task)[1].splitlines())
    assert [of(it) for it in ("r", "r.in", "r[us]", "r[us].in[1].z", "r.a")] == [6, 4, 3, 1, 2]

    all_of = lambda task: list(cells(compasso("tasks", run, "--instances", task)[1]))
    assert sorted(all_of("r.in")) == sorted(it.removesuffix(".z") for it in z)
    assert all_of("r[us].in") == ["r[us].in[0]", "r[us].in[1]"]
    assert all_of("r") == ["r[eu]", "r[us]"]

    assert compasso("rerun", run, "--task", "r[us].in[0].z", "--wait")[0] == 0
    assert of("r[us].in[0].z") == 2 and of("r") == 7
    assert compasso("rerun", run, "--task", "r[us].in", "--wait")[0] == 0
    assert sorted(all_of("r.in")) == sorted(it.removesuffix(".z") for it in z)


def test_a_name_that_is_no_instance_runs_nothing_again(compasso, pushed):
    run = f"{pushed(NESTED)}:r"
    compasso("start", run.split(":")[0], "--name", "r", "--wait")
    for wrong, right in [
        ("r.a[us]", "did you mean 'r[us].a'?"),
        ("r[us].a[1]", "the task 'r[us].a' has no instances of its own: name it without a key"),
        ("r.a[nokey]", "no instance of the task 'r' has the key 'nokey'; there are 'eu', 'us'"),
        ("r[uss].a", "did you mean 'us'?"),
        ("r[us].in[7].z", "no instance of the task 'r[us].in' has the key '7'"),
    ]:
        for order in (("rerun", run, "--task", wrong), ("mark", run, wrong, "success")):
            code, _, errors = compasso(*order)
            assert code != 0 and right in errors, (order, errors)
    assert "generation" not in compasso("describe", run)[1]
    assert len(compasso("logs", run)[1].splitlines()) == 6


def test_a_task_is_held_in_all_instances_or_in_none(server, compasso, pushed):
    name = pushed(NESTED)
    run = call(server, "POST", f"/pipelines/{name}/runs", {"hold": True})["id"]
    for verb in ("hold", "skip", "release"):
        code, _, errors = compasso(verb, run, "r[us].a")
        assert code != 0 and "name it 'r.a'" in errors, errors
    compasso("stop", run)


def test_a_task_that_queues_has_not_begun(server, compasso, pushed):
    name = pushed("""
        pipeline: {name}
        tasks:
          one: {{mutex: {name}, run: "while [ ! -e go ]; do sleep 0.05; done", dir: /tmp/{name}}}
          two: {{mutex: {name}, run: "true", dir: /tmp/{name}}}
        """)
    os.mkdir(f"/tmp/{name}")
    try:
        run = call(server, "POST", f"/pipelines/{name}/runs", {})["id"]
        until(lambda: "mutex" in str(tasks(server, run)))
        first, second = sorted(tasks(server, run).values(), key=lambda task: task["state"] == "queued")
        assert second["state"] == "queued" and "started" not in second and second["ready"]
        until(lambda: "started" in tasks(server, run)[first["id"]])
        open(f"/tmp/{name}/go", "w").close()
        until(lambda: tasks(server, run)[second["id"]]["state"] == "success")
        first, second = (tasks(server, run)[task["id"]] for task in (first, second))
        assert second["ready"] < first["ended"] <= second["started"] <= second["ended"]
        assert second["started"] == second["tries"][-1]["started"]
    finally:
        for file in os.listdir(f"/tmp/{name}"):
            os.remove(f"/tmp/{name}/{file}")
        os.rmdir(f"/tmp/{name}")


def test_a_wait_that_gave_up_says_what_the_last_look_said(server, compasso, pushed):
    name = pushed("""
        pipeline: {name}
        tasks:
          look: {{wait: {{http: {{url: "http://127.0.0.1:1/"}}, every: 100ms, timeout: 1s}}}}
          file: {{wait: {{file: /nowhere/at/all/*.csv, every: 100ms, timeout: 1s}}}}
          run: {{wait: {{pipeline: {{name: {name}, state: failed}}, every: 100ms, timeout: 1s}}}}
        """)
    assert compasso("start", name, "--name", "r", "--wait")[0] != 0
    ended = tasks(server, f"{name}:r")
    for task, said in [
        ("look", "Connection"),
        ("file", "no path fits '/nowhere/at/all/*.csv': there is no '/nowhere'"),
        ("run", f"no run of '{name}' failed since 2"),
    ]:
        assert ended[task]["error"] == "Timeout"
        assert ended[task]["cause"].startswith(f"The wait took too long. The last look: {said}"), ended[task]


def test_a_task_that_did_not_start_in_time_says_what_it_waited_for(server, compasso, pushed):
    name = pushed("""
        pipeline: {name}
        tasks:
          late: {{pool: nowhere, queue_timeout: 1s, run: "true"}}
        """)
    assert compasso("start", name, "--name", "r", "--wait")[0] != 0
    late = tasks(server, f"{name}:r")["late"]
    said = "It waited for pool:nowhere (there is none: compasso pools set nowhere 1)."
    assert (late["error"], late["cause"]) == ("QueueTimeout", f"The task did not start within 1 s. {said}")


def test_a_wait_says_what_for(server, compasso, pushed):
    name = pushed("""
        pipeline: {name}
        tasks:
          look: {{wait: {{http: {{url: "http://127.0.0.1:1/"}}, timeout: 1h}}}}
          told: {{wait: {{event: {{type: order.paid}}, timeout: 1h}}}}
          asked: {{wait: {{signal: go, timeout: 1h}}}}
          called: {{uses: http, with: {{url: URL/readyz, wait: callback}}}}
        """.replace("URL", server.url))
    compasso("start", name, "--name", "r")
    for task, what in [
        ("look", "wait (http http://127.0.0.1:1/, next look "),
        ("told", "wait (event order.paid"),
        ("asked", "wait (signal go"),
        ("called", "wait (callback of http"),
    ]:
        until(lambda: what in str(tasks(server, f"{name}:r")[task].get("blockedBy")))
    compasso("stop", f"{name}:r")


def test_an_express_run_says_that_it_tells_no_tasks(server, compasso, pushed):
    name = pushed("""
        pipeline: {name}
        mode: express
        tasks: {{a: {{run: sleep 20}}}}
        """)
    compasso("start", name, "--name", "r")
    code, _, errors = compasso("tasks", f"{name}:r")
    assert code != 0 and "keep no history, and tell no tasks" in errors
    compasso("stop", f"{name}:r")


def test_what_came_of_a_fallback_or_of_the_cache_is_told(server, compasso, pushed):
    name = pushed("""
        pipeline: {name}
        tasks:
          f: {{run: exit 3, fallback: {{output: 7}}}}
          e: {{each: "[1, 2]", run: '[ "$COMPASSO_KEY" = 1 ]', fallback: {{output: 7}}}}
          c: {{run: "echo c", cache: {{key: "{name}"}}}}
          last: {{needs: [f, e, c], noop: true}}
        outputs:
          degraded: ${{{{ $count([needs.*[degraded = true]]) }}}}
          of: ${{{{ needs.e.instances[degraded = true].key }}}}
        """)
    assert json.loads(compasso("start", name, "--name", "one", "--wait")[1]) == {
        "degraded": 2, "of": "0"}
    assert compasso("start", name, "--name", "two", "--wait")[0] == 0
    told = tasks(server, f"{name}:two")
    assert [told[task].get("degraded", False) for task in "fec"] == [True, True, False]
    assert [told[task].get("cached", False) for task in "fec"] == [False, False, True]
    told = cells(compasso("tasks", f"{name}:two")[1])
    assert "degraded" in told["f"] and "degraded" in told["e"] and "cached" in told["c"]
    instances = cells(compasso("tasks", f"{name}:two", "--instances", "e")[1])
    assert "degraded" in instances["e[0]"] and "degraded" not in instances["e[1]"]


def test_a_run_that_took_too_long_says_how_long_it_might_take(compasso, pushed):
    name = pushed("pipeline: {name}\ntimeout: 200ms\ntasks: {{slow: {{wait: 1h}}}}\n")
    code, _, errors = compasso("start", name, "--wait")
    assert code != 0 and "RunTimeout: The run took longer than 200 ms." in errors


def test_why_a_run_and_its_tasks_failed_is_told(compasso, pushed):
    name = pushed("""
        pipeline: {name}
        tasks:
          f: {{run: "echo try; exit 3", retry: {{max: 1, delay: 1ms}}, allow_failure: false}}
          g: {{needs: f, run: "true"}}
          h: {{needs: g, run: "true"}}
        hooks: {{on_failure: [{{run: exit 5, retry: {{max: 0}}}}]}}
        """)
    assert compasso("start", name, "--name", "r", "--wait")[0] != 0
    run = f"{name}:r"
    code, out, errors = compasso("tasks", run)
    told = cells(out)
    assert "because of f" in told["g"] and "because of g" in told["h"]
    assert "hook (on_failure) failed: Exit.5" in errors
    assert "(on_failure) failed: Exit.5" in compasso("describe", run)[1]
    assert compasso("logs", run, "--task", "f")[1] == "f | try\nf (attempt 2) | try\n"
    code, _, errors = compasso("stop", run)
    assert code != 0 and "nothing to stop" in errors and "FAILED" in errors


def test_a_child_and_its_parent_are_followed_from_the_terminal(compasso, pushed):
    child = pushed("pipeline: {name}\ntasks: {{a: {{noop: true}}}}\n", "child")
    parent = pushed("pipeline: {name}\ntasks: {{c: {{pipeline: %s}}}}\n" % child, "parent")
    assert compasso("start", parent, "--name", "p", "--wait")[0] == 0
    why = cells(compasso("tasks", f"{parent}:p")[1])["c"]
    begun = next(word for word in why.split() if word.startswith(f"{child}:"))
    described = dict(line.split(maxsplit=1) for line in compasso("describe", begun)[1].splitlines())
    assert described["parent"] == f"{parent}:p"


def test_what_could_not_be_undone_is_told_with_the_end(compasso, pushed):
    name = pushed("""
        pipeline: {name}
        saga: {{on: [failure]}}
        tasks:
          a: {{run: "true", compensate: {{run: exit 1, retry: {{max: 0}}}}}}
          f: {{needs: a, run: "false"}}
        """)
    code, _, errors = compasso("start", name, "--name", "r", "--wait")
    assert code != 0 and "compensation: incomplete (a)" in errors, errors


def test_counts_of_instances_agree_with_their_list(server, compasso, pushed):
    name = pushed("""
        pipeline: {name}
        tasks:
          e:
            each: "[1, 2, 3]"
            fail_fast: kill
            run: '[ "$COMPASSO_KEY" != 0 ] && sleep 30; exit 4'
        """)
    compasso("start", name, "--name", "r", "--wait")
    path = f"/runs/{quoted(f'{name}:r')}/tasks"
    counts = call(server, "GET", path)["items"][0]["instances"]
    states = [it["state"] for it in call(server, "GET", f"{path}/e/instances")["items"]]
    assert counts == {"running": 0, "succeeded": 0, "failed": 1, "cancelled": 2}
    assert sorted(states) == ["cancelled", "cancelled", "failed"]


def test_jobs_and_exports_reach_runs_that_wait_for_a_place(server, compasso, pushed):
    name = pushed("""
        pipeline: {name}
        concurrency: {{max_runs: 1}}
        tasks: {{a: {{run: sleep 60}}}}
        """)
    for run in ("q1", "q2", "q3"):
        compasso("start", name, "--name", run)
    query = f'workflow = "{name}" and status = QUEUED'
    waiting = {f"{name}:q2", f"{name}:q3"}
    ids = {row["id"] for row in call(server, "GET", "/runs", q=query)["items"]}
    assert {":".join(run.split(":")[-2:]) for run in ids} == waiting
    exported = export(server, query)
    assert {line.split(",")[3] for line in exported[1:]} == {"QUEUED"} and len(exported) == 3
    asked = {"action": "delete", "runs": {"q": query}}
    job = call(server, "POST", "/jobs", asked)
    over = lambda: call(server, "GET", f"/jobs/{job['id']}")["state"] == "finished"
    until(over)
    found = call(server, "GET", f"/jobs/{job['id']}/runs")["items"]
    assert {run["state"] for run in found} == {"refused"} and "stop it first" in found[0]["why"]

    assert call(server, "POST", "/jobs?dryRun=true", {"action": "stop", "runs": {"q": query}})["total"] == 2
    assert call(server, "GET", "/runs/histogram", q=query)["queued"] == 2
    job = call(server, "POST", "/jobs", {"action": "stop", "runs": {"q": query}, "reason": "not now"})
    until(over)
    for run in waiting:
        described = dict(line.split(maxsplit=1) for line in compasso("describe", run)[1].splitlines())
        assert described["status"] == "ABORTED" and described["cause"].startswith("not now")
    compasso("stop", f"{name}:q1")
    with pytest.raises(Refused):
        call(server, "POST", "/jobs", {"action": "stop", "runs": {"q": query}})


ASKING = """
    pipeline: {name}
    tasks:
      g:
        each: "['n', 's']"
        key: item
        tasks:
          q: {{approve: {{message: "go?"}}}}
      h:
        tasks:
          q: {{approve: {{message: "go?"}}}}
      m: {{each: "['n (north)', 's']", key: item, approve: {{message: "go?"}}}}
    """


def test_approvals_say_which_instance_of_which_group_asks(server, compasso, pushed):
    name = pushed(ASKING)
    assert compasso("start", name, "--name", "one")[0] == 0
    other = pushed(ASKING, "other")
    assert compasso("start", other, "--name", "one")[0] == 0

    def asking(run):
        return {item["task"] for item in call(server, "GET", "/approvals", run=run)["items"]}

    until(lambda: len(asking(f"{name}:one")) == 5)
    assert asking(f"{name}:one") == {"g[n].q", "g[s].q", "h.q", "m[n (north)]", "m[s]"}
    listed = compasso("approvals", "list", "--run", f"{name}:one", "--json")[1]
    assert listed.count(f":{name}:one") == 5 and f":{other}:one" not in listed


def test_the_log_of_an_instance_that_is_not_there_is_refused(server, compasso, pushed):
    name = pushed(NESTED)
    assert compasso("start", name, "--name", "r", "--wait")[0] == 0
    run = f"{name}:r"
    for task, hint in [("r[asia].a", "there are 'eu', 'us'"), ("r[euu]", "did you mean 'eu'?"), ("r.in[7].z", "'7'")]:
        code, out, errors = compasso("logs", run, "--task", task)
        assert code == 2 and out == "" and hint in errors, errors
    assert compasso("logs", run, "--task", "r[eu].a")[:2] == (0, "r[eu].a | a\n")


def test_instances_are_those_of_the_list_that_the_run_goes_by(server, compasso, pushed):
    name = pushed("""
        pipeline: {name}
        params: {{l: {{type: array, default: [a, b, c]}}}}
        tasks:
          e: {{each: params.l, key: item, fail_fast: false, run: 'test "$COMPASSO_KEY" != b', retry: {{max: 0}}}}
          g:
            each: params.l
            key: item
            tasks: {{x: {{noop: true}}}}
        """)
    run = f"{name}:r"
    assert compasso("start", name, "--name", "r", "--wait")[0] != 0
    all_of = lambda task: sorted(cells(compasso("tasks", run, "--instances", task)[1]))
    assert all_of("e") == ["e[a]", "e[b]", "e[c]"]
    assert compasso("rerun", run, "--params", 'l:=["d","c","a"]', "--wait")[0] == 0
    assert all_of("e") == ["e[a]", "e[c]", "e[d]"]
    assert all_of("g.x") == ["g[a].x", "g[b].x", "g[c].x"]
    assert compasso("rerun", run, "--all", "--params", 'l:=["q","a"]', "--wait")[0] == 0
    assert (all_of("e"), all_of("g.x")) == (["e[a]", "e[q]"], ["g[a].x", "g[q].x"])
    failed = call(server, "GET", f"/runs/{quoted(run)}/tasks/e/instances?state=failed")
    assert failed["items"] == []
