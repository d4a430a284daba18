"""Jobs: one action on many runs, each once, whatever happens to the server."""

import pytest

from clients import ended, eventually, step_functions
from hooks import push
from rest import Refused, call, quoted

WAIT = {"Only": {"Type": "Wait", "Seconds": 3600, "End": True}}
PASS = {"Only": {"Type": "Pass", "End": True}}
FLAKY = """
pipeline: {name}
params: {{path: {{type: string}}}}
tasks:
  look: {{run: 'test -e ${{{{ params.path }}}}'}}
"""


def over(server, job):
    """Waits for the end of a job and returns it."""

    def view():
        found = call(server, "GET", f"/jobs/{job['id']}")
        return found if found["state"] != "running" else None

    return eventually(view, seconds=120)


def runs_of(server, job, **query):
    """All runs of a job, over its pages."""
    found, token = [], {}
    while True:
        page = call(server, "GET", f"/jobs/{job['id']}/runs", limit=7, **query, **token)
        found += page["items"]
        if "next" not in page:
            return found
        token = {"next": page["next"]}


def status(server, run):
    return call(server, "GET", f"/runs/{quoted(run)}")["run"]["status"]


def test_a_job_stops_all_runs_that_a_query_finds_and_no_others(server, sfn, machine, start, unique):
    name = unique("waits")
    waits = machine(WAIT, name=name)
    stopped = {start(waits, name=f"a-{n}") for n in range(12)}
    other = start(waits, name="b-1")
    query = f'status = RUNNING and workflow = "{name}" and name starts with "a-"'
    asked = {"action": "stop", "runs": {"q": query}, "reason": "the source is down"}

    planned = call(server, "POST", "/jobs?dryRun=true", asked)
    assert (planned["total"], set(planned["ids"])) == (12, stopped)
    assert status(server, next(iter(stopped))) == "RUNNING"

    job = over(server, call(server, "POST", "/jobs", {**asked, "expected": 12}))
    assert (job["state"], job["pending"]) == ("finished", 0)
    assert job["counts"] == {"done": 12, "already": 0, "refused": 0}
    assert job["runs"] == {"q": query}
    assert {run["id"] for run in runs_of(server, job, state="done")} == stopped
    assert {status(server, run) for run in stopped} == {"ABORTED"}
    assert status(server, other) == "RUNNING"
    cause = sfn.describe_execution(executionArn=next(iter(stopped)))["cause"]
    assert cause == f"the source is down: stopped by job {job['id']}"
    assert job["id"] in [one["id"] for one in call(server, "GET", "/jobs")["items"]]


def test_a_job_about_more_runs_than_somebody_agreed_to_is_refused(server, machine, start, unique):
    name = unique("more")
    waits = machine(WAIT, name=name)
    runs = [start(waits) for _ in range(3)]
    asked = {"action": "stop", "runs": {"workflow": waits}, "expected": 2}
    with pytest.raises(Refused, match="There are 3 such runs by now, not 2"):
        call(server, "POST", "/jobs", asked)
    assert {status(server, run) for run in runs} == {"RUNNING"}


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"action": "stop"}, "Write either 'ids' or 'runs'"),
        ({"action": "stop", "ids": [], "runs": {}}, "Write either 'ids' or 'runs'"),
        ({"action": "stop", "ids": []}, "There is no such run"),
        ({"action": "stop", "ids": ["nothing"]}, "Execution Does Not Exist"),
        ({"action": "stop", "ids": ["no:such"] * 10_001}, "at most 10000 runs"),
        ({"action": "stop", "runs": {"workflow": "nothing"}}, ":pipeline:nothing"),
        ({"action": "stop", "runs": {"q": "statsu = FAILED"}}, "statsu"),
        ({"action": "stop", "runs": {"status": "DONE"}}, "status"),
        ({"action": "explode", "ids": []}, "explode"),
        ({"action": "stop", "runs": ["waits:one"]}, "a list of runs is the"),
        *(({"action": action, "runs": {}}, "all runs there are") for action in ["stop", "delete", "rerun"]),
        ({"action": "delete", "runs": {"q": " "}}, "all runs there are"),
        ({"action": "delete", "runs": {}, "expected": 0}, "such run"),
    ],
)
def test_a_job_that_makes_no_sense_is_refused(server, asked, message):
    with pytest.raises(Refused, match=message):
        call(server, "POST", "/jobs", asked)


def test_runs_and_workflows_are_named_as_everywhere(server, machine, start, unique):
    name, other = unique("named"), unique("plain")
    push(server, f"pipeline: {name}\ntasks: {{wait: {{wait: {{signal: go}}}}}}\n")
    run = call(server, "POST", f"/pipelines/{name}/runs", {"name": "one"})["id"]
    execution = start(machine(WAIT, name=other), name="two")
    named = {"action": "stop", "ids": [f"{name}:one", f"{other}:two"]}
    assert call(server, "POST", "/jobs?dryRun=true", named)["ids"] == [run, execution]
    for workflow, found in ((name, run), (f"{name}:1", run), (other, execution)):
        asked = {"action": "stop", "runs": {"workflow": workflow}}
        assert call(server, "POST", "/jobs?dryRun=true", asked)["ids"] == [found]
    job = over(server, call(server, "POST", "/jobs", named))
    assert [one["id"] for one in runs_of(server, job, state="done")] == [run, execution]


def test_each_run_says_what_became_of_it(server, sfn, machine, start):
    waits, passes = machine(WAIT), machine(PASS)
    open_one, closed = start(waits), start(passes)
    ended(sfn, closed)
    job = over(server, call(server, "POST", "/jobs", {"action": "stop", "ids": [open_one, closed]}))
    assert [run["state"] for run in runs_of(server, job)] == ["done", "already"]

    job = over(server, call(server, "POST", "/jobs", {"action": "redrive", "ids": [closed]}))
    [run] = runs_of(server, job)
    assert (run["state"], job["counts"]["refused"]) == ("refused", 1)
    assert "redriv" in run["why"].lower()
    with pytest.raises(Refused, match="The job is over"):
        call(server, "POST", f"/jobs/{job['id']}/cancel")


def test_what_failed_goes_on_and_what_is_old_goes(server, unique, tmp_path):
    name, path = unique("flaky"), tmp_path / "there"
    push(server, FLAKY.format(name=name))
    started = [
        call(server, "POST", f"/pipelines/{name}/runs?wait=true", {"params": {"path": str(path)}})
        for _ in range(3)
    ]
    ids = [run["id"] for run in started]
    assert {status(server, run) for run in ids} == {"FAILED"}
    path.touch()
    over(server, call(server, "POST", "/jobs", {"action": "redrive", "ids": ids}))
    for run in ids:
        eventually(lambda run=run: status(server, run) == "SUCCEEDED")
    over(server, call(server, "POST", "/jobs", {"action": "rerun", "ids": ids}))
    for run in ids:
        eventually(lambda run=run: status(server, run) == "SUCCEEDED")
        assert call(server, "GET", f"/runs/{quoted(run)}")["run"]["redriveCount"] == 2
    chosen = {"q": f'workflow = "{name}"'}

    def gone():
        over(server, call(server, "POST", "/jobs", {"action": "delete", "runs": chosen}))
        return call(server, "GET", "/runs", **chosen)["items"] == []

    eventually(gone)


def test_a_job_goes_on_after_a_crash_and_does_nothing_twice(own_server, machine, start):
    server, sfn = own_server, step_functions(own_server.url)
    passes, waits = machine(PASS, client=sfn), machine(WAIT, client=sfn)
    ids = [start(passes, {"n": n}, client=sfn) for n in range(150)]
    open_ones = [start(waits, client=sfn) for _ in range(150)]
    again = call(server, "POST", "/jobs", {"action": "rerun", "ids": ids})
    stop = call(server, "POST", "/jobs", {"action": "stop", "ids": open_ones})
    # Both are under way, or have not begun.
    for _ in range(3):
        server.kill()
        server.start()
    again, stop = over(server, again), over(server, stop)

    assert (again["counts"]["done"], again["pending"]) == (150, 0)
    made = [run["made"] for run in runs_of(server, again)]
    found = call(server, "GET", "/runs", q=f'name starts with "{again["id"]}"', limit=200)
    assert len(set(made)) == 150
    assert {run["id"] for run in found["items"]} == set(made)
    inputs = {sfn.describe_execution(executionArn=run)["input"] for run in made}
    assert len(inputs) == 150

    counts = stop["counts"]
    assert (counts["done"] + counts["already"], counts["refused"]) == (150, 0)
    assert {status(server, run) for run in open_ones} == {"ABORTED"}


def test_an_execution_that_runs_again_keeps_its_labels(server, machine, unique):
    name = unique("labelled")
    machine(PASS, name=name)
    run = call(server, "POST", "/runs", {"workflow": name, "labels": {"ticket": name}})["id"]
    eventually(lambda: status(server, run) == "SUCCEEDED")
    job = over(server, call(server, "POST", "/jobs", {"action": "rerun", "ids": [run]}))
    (made,) = [run["made"] for run in runs_of(server, job)]
    found = call(server, "GET", "/runs", q=f'labels.ticket = "{name}"')["items"]
    assert {item["id"] for item in found} == {run, made}


def test_a_cancelled_job_leaves_the_rest_as_it_is(own_server, machine, start):
    server, sfn = own_server, step_functions(own_server.url)
    waits = machine(WAIT, client=sfn)
    ids = [start(waits, client=sfn) for _ in range(120)]
    job = call(server, "POST", "/jobs", {"action": "stop", "ids": ids})
    try:
        job = call(server, "POST", f"/jobs/{job['id']}/cancel")
        assert job["state"] == "cancelled"
    except Refused as refused:
        # It was faster.
        assert refused.message == "The job is over"
    job = over(server, job)

    def settled():
        """What was under way when it was cancelled is done to its end."""
        left = {run["id"] for run in runs_of(server, job, state="pending")}
        stopped = {run for run in ids if status(server, run) == "ABORTED"}
        pending = call(server, "GET", f"/jobs/{job['id']}")["pending"]
        return left == set(ids) - stopped and len(left) == pending

    eventually(settled)
