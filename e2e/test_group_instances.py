"""Tasks of groups that run several times: told by all instances, the latest generation of each."""

from clients import command
from plain_worker import end_of, push, start
from rest import call, quoted
from test_marking import mark
from test_steering import tasks

AREAS = """pipeline: areas
params: {fails: true}
tasks:
  areas:
    each: "['north', 'south']"
    key: item
    fail_fast: false
    tasks:
      load: {run: "${{ params.fails ? 'exit 1' : 'true' }}"}
      report: {needs: load, noop: true}
"""


def told(server, run):
    """How the tasks stand, and how often they were tried."""
    found = tasks(server, run)
    ids = ["areas", "areas.load", "areas.report"]
    return [(found[task]["state"], found[task]["attempts"]) for task in ids]


def test_a_task_that_stands_failed_in_one_instance_is_told_as_failed(own):
    push(own, AREAS)
    run = start(own, "areas")
    assert end_of(own, run)["status"] == "FAILED"
    assert told(own, run) == [("failed", 0), ("failed", 2), ("upstream_failed", 0)]
    mark(own, run, "areas[north].load", state="success")
    assert end_of(own, run)["status"] == "FAILED"
    assert told(own, run) == [("failed", 0), ("failed", 2), ("upstream_failed", 0)]
    load = tasks(own, run)["areas.load"]
    assert load["error"] and load["marked"]["at"], load
    mark(own, run, "areas[south].load", state="success")
    assert end_of(own, run)["status"] == "SUCCEEDED"
    assert told(own, run) == [("success", 0), ("success", 2), ("success", 0)]
    assert "error" not in tasks(own, run)["areas.load"]


def instances(server, run, task, **query):
    items = call(server, "GET", f"/runs/{quoted(run)}/tasks/{quoted(task)}/instances", **query)["items"]
    return [(item["name"], item["index"], item["state"]) for item in items]


def test_a_task_is_listed_in_the_instances_of_its_group(own):
    push(own, AREAS)
    run = start(own, "areas")
    assert end_of(own, run)["status"] == "FAILED"
    north, south = ("areas[north].load", 0), ("areas[south].load", 1)
    assert sorted(instances(own, run, "areas.load")) == [(*north, "failed"), (*south, "failed")]
    assert instances(own, run, "areas[south].load") == [(*south, "failed")]
    mark(own, run, "areas[south].load", state="success")
    end_of(own, run)
    assert instances(own, run, "areas.load", state="failed") == [(*north, "failed")]
    again = {"from": ["areas[north].load"], "params": {"fails": False}}
    call(own, "POST", f"/runs/{quoted(run)}/rerun", again)
    assert end_of(own, run)["status"] == "SUCCEEDED"
    assert sorted(instances(own, run, "areas.load")) == [(*north, "success"), (*south, "success")]
    ran = command(own, "tasks", run, "--instances", "areas.load")
    assert "areas[north].load" in ran.stdout and ran.returncode == 0, ran.stderr
    ran = command(own, "tasks", run, "--instances", "areas.laod")
    assert "did you mean 'areas.load'" in ran.stderr, ran.stderr
    for name, said in [
        ("elsewhere", "there is areas, areas.load, areas.report"),
        ("areas[nroth].load", "did you mean 'north'"),
        ("areas.load[north]", "did you mean 'areas[north].load'"),
    ]:
        ran = command(own, "tasks", run, "--instances", name)
        assert ran.returncode == 2 and said in ran.stderr, ran.stderr


def test_a_task_that_runs_again_in_one_instance_is_told_by_the_others_too(own):
    push(own, AREAS)
    run = start(own, "areas")
    assert end_of(own, run)["status"] == "FAILED"
    again = {"from": ["areas[north].load"], "params": {"fails": False}}
    call(own, "POST", f"/runs/{quoted(run)}/rerun", again)
    assert end_of(own, run)["status"] == "FAILED"
    assert told(own, run) == [("failed", 0), ("failed", 2), ("upstream_failed", 0)]
    ran = command(own, "tasks", run)
    assert "failed" in next(line for line in ran.stdout.splitlines() if "areas.load" in line)
    again = {"from": ["areas[south].load"], "params": {"fails": False}}
    call(own, "POST", f"/runs/{quoted(run)}/rerun", again)
    assert end_of(own, run)["status"] == "SUCCEEDED"
    assert told(own, run) == [("success", 0), ("success", 2), ("success", 0)]
