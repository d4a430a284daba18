"""Runs that are held as a whole, and tasks that are held while they wait for a place."""

import pytest
from clients import command, eventually, step_functions
from plain_worker import Worker, blocks as blocked, end_of, push, start
from rest import Refused, call, quoted
from test_steering import begun, blocks, short, steer, tasks

HELD = """pipeline: held
concurrency: {max_runs: 1}
tasks:
  load: {noop: true}
  parts:
    needs: load
    tasks:
      one: {noop: true}
      two: {needs: one, noop: true}
  report: {needs: parts, noop: true}
"""

QUEUED = """pipeline: queued
tasks:
  one: {uses: 'worker:work', mutex: door, priority: 5}
  gate: {wait: {signal: open}}
  two: {uses: 'worker:work', mutex: door, queue_timeout: 1h}
  room:
    needs: gate
    mutex: door
    tasks:
      inner: {uses: 'worker:work'}
"""


def of_run(server, run, order, **body):
    return call(server, "POST", f"/runs/{quoted(run)}/{order}", body)


def states(server, run):
    return {task: view["state"] for task, view in tasks(server, run).items()}


def event_types(server, run):
    history = step_functions(server.url).get_execution_history(executionArn=run)["events"]
    return [event["type"] for event in history]


def test_a_run_starts_held_and_is_released_task_by_task_and_as_a_whole(own):
    push(own, HELD)
    ran = command(own, "start", "held", "--hold", "--name", "first")
    assert ran.returncode == 0, ran.stderr
    run = ran.stdout.strip()
    begun(own, run, "load", "blocked")
    own.kill()
    own.start()
    (held,) = blocks(own, run, "load")
    assert held.startswith("hold ("), held
    assert tasks(own, run)["report"]["asked"]["order"] == "hold"
    steer(own, run, "load", "release")
    begun(own, run, "load", "success")
    ran = command(own, "release", short(run), "parts")
    assert (ran.returncode, ran.stdout) == (0, "parts is released\n"), ran.stderr
    begun(own, run, "parts", "success")
    assert states(own, run)["parts.two"] == "success"
    (held,) = blocks(own, run, "report")
    assert held.startswith("hold ("), held
    # One that waits for its place is held when it begins.
    second = call(own, "POST", "/pipelines/held/runs", {"hold": True, "name": "second"})
    assert second["waiting"]["position"] == 1
    with pytest.raises(Refused, match="start PIPELINE --hold"):
        of_run(own, second["id"], "release")
    ran = command(own, "release", short(run))
    assert (ran.returncode, ran.stdout) == (0, "the run is released\n"), ran.stderr
    assert end_of(own, run)["status"] == "SUCCEEDED"
    status = lambda: call(own, "GET", f"/runs/{quoted(second['id'])}")["run"]["status"]
    eventually(lambda: status() == "RUNNING")
    assert states(own, second["id"])["load"] == "blocked"
    assert blocks(own, second["id"], "load")[0].startswith("hold (")
    assert of_run(own, second["id"], "release", by="ana")["by"] == "ana"
    assert end_of(own, second["id"])["status"] == "SUCCEEDED"
    with pytest.raises(Refused, match="is over"):
        of_run(own, run, "hold")
    assert event_types(own, run).count("GraphReleased") == 1


def test_a_run_is_held_in_between_and_nothing_new_begins(own):
    push(own, HELD.replace("load: {noop: true}", "load: {wait: {signal: go}}"))
    run = start(own, "held")
    begun(own, run, "load")
    with pytest.raises(Refused, match="Nothing of the run is held"):
        of_run(own, run, "release")
    ran = command(own, "hold", short(run))
    assert (ran.returncode, ran.stdout) == (0, "the run is held\n"), ran.stderr
    of_run(own, run, "hold")
    call(own, "POST", f"/runs/{quoted(run)}/signals/go")
    begun(own, run, "load", "success")
    assert states(own, run)["parts"] == "blocked"
    of_run(own, run, "release")
    assert end_of(own, run)["status"] == "SUCCEEDED"
    types = event_types(own, run)
    assert (types.count("GraphHeld"), types.count("GraphReleased")) == (1, 1)


def test_what_waits_for_a_worker_or_a_mutex_is_held_across_a_kill(own):
    push(own, QUEUED)
    run = start(own, "queued")
    worker = Worker(own, "w1", handlers=["work"], slots=3)
    first = worker.take()
    call(own, "POST", f"/runs/{quoted(run)}/signals/open")
    begun(own, run, "two", "queued")
    eventually(lambda: len([text for text in blocked(own, run) if text.startswith("mutex:door")]) == 2)
    with pytest.raises(Refused, match="has begun") as refused:
        steer(own, run, "one", "hold")
    assert refused.value.status == 409
    steer(own, run, "two", "hold", by="ana")
    steer(own, run, "room", "hold", by="ana")
    assert blocked(own, run) == []
    for task in ["two", "room"]:
        assert states(own, run)[task] == "blocked"
        assert blocks(own, run, task)[0].startswith("hold (ana, ")
    assert tasks(own, run)["two"]["attempts"] == 0
    own.kill()
    own.start()
    worker.register()
    worker.done(first["lease"], 1)
    begun(own, run, "one", "success")
    assert worker.poll(wait_ms=0)["tasks"] == []
    steer(own, run, "room", "release")
    inner = worker.take()
    assert inner["task"].endswith("inner")
    steer(own, run, "two", "release")
    eventually(lambda: any(text.startswith("mutex:door") for text in blocked(own, run)))
    ran = command(own, "skip", short(run), "two")
    assert ran.returncode == 0, ran.stderr
    assert states(own, run)["two"] == "skipped"
    worker.done(inner["lease"], 2)
    assert end_of(own, run)["status"] == "SUCCEEDED"
    assert event_types(own, run).count("BranchWithdrawn") == 3


def test_a_group_that_was_stopped_has_its_mutex_again_before_its_tasks_run(own):
    push(
        own,
        "pipeline: room\n"
        "tasks:\n"
        "  room:\n"
        "    mutex: door\n"
        "    tasks:\n"
        "      inner: {uses: 'worker:work'}\n",
    )
    push(own, "pipeline: other\ntasks:\n  a: {uses: 'worker:work', mutex: door}\n")
    worker = Worker(own, "w1", handlers=["work"], slots=4)
    run = start(own, "room")
    worker.take()
    command(own, "stop", run)
    assert end_of(own, run)["status"] == "ABORTED"
    other = start(own, "other")
    a = worker.take()
    ran = command(own, "rerun", short(run))
    assert ran.returncode == 0, ran.stderr
    eventually(lambda: any(text.startswith("mutex:door (other/") for text in blocked(own, run)))
    assert worker.poll(wait_ms=0)["tasks"] == []
    worker.done(a["lease"], 1)
    assert end_of(own, other)["status"] == "SUCCEEDED"
    again = worker.take()
    assert again["task"].endswith("inner")
    worker.done(again["lease"], 2)
    assert end_of(own, run)["status"] == "SUCCEEDED"


def test_what_is_kept_in_memory_cannot_be_held(own):
    push(own, "pipeline: fast\nmode: express\ntasks:\n  a: {uses: 'worker:work'}\n  b: {needs: a, noop: true}\n")
    with pytest.raises(Refused, match="kept in memory") as refused:
        call(own, "POST", "/pipelines/fast/runs", {"hold": True})
    assert refused.value.status == 400
    worker = Worker(own, "w1", handlers=["work"])
    run = call(own, "POST", "/pipelines/fast/runs", {})["id"]
    a = worker.take()
    orders = ["hold", "release", "tasks/b/hold", "tasks/b/release", "tasks/b/skip"]
    for order, body in [*((order, {}) for order in orders), ("tasks/b/mark", {"state": "success"})]:
        with pytest.raises(Refused, match="kept in memory") as refused:
            of_run(own, run, order, **body)
        assert refused.value.status == 400, order
    worker.done(a["lease"], 1)
    assert command(own, "wait", run).returncode == 0
