"""Runs are undone: by themselves, again where that failed, and by hand."""

import contextlib
import os
import subprocess

import pytest
from clients import BINARY, command, eventually
from plain_worker import Worker, end_of, push, start
from rest import Refused, call, quoted

ORDER = """pipeline: order
saga: {on: [failure]}
tasks:
  reserve: {noop: true, compensate: {uses: "worker:free", retry: 0}}
  charge: {needs: reserve, noop: true, compensate: {uses: "worker:refund", retry: 0}}
  ship: {needs: charge, %s}
"""
SIDE_BY_SIDE = """pipeline: beside
saga: {on: [failure], order: parallel}
tasks:
  area:
    tasks:
      reserve: {noop: true, compensate: {uses: log, with: {message: freed}}}
  charge: {needs: area, uses: fail, with: {error: NoMoney}}
  ship: {needs: charge, noop: true}
"""
HOOKED = """pipeline: hooked
tasks:
  a: {noop: true, hooks: {on_success: [{uses: "worker:tell", retry: {max: 5, delay: 1h}}]}}
"""
FAILS = "uses: fail, with: {error: NoTruck, cause: none}"


def view(server, run):
    return call(server, "GET", f"/runs/{quoted(run)}")["run"]


def listed(server, run):
    (item,) = [item for item in call(server, "GET", "/runs")["items"] if item["id"] == run]
    return item.get("compensation")


def short(run):
    return ":".join(run.split(":")[-2:])


def take(worker, handler):
    task = worker.take()
    assert task["handler"] == handler, task
    return task["lease"]


def test_a_run_shows_that_it_compensates_and_what_is_left_is_undone_alone(own_server):
    push(own_server, ORDER % FAILS)
    worker = Worker(own_server, "w1", handlers=["free", "refund"])
    run = start(own_server, "order")
    lease = take(worker, "refund")
    assert view(own_server, run)["compensation"] == {"state": "compensating", "failed": []}
    assert listed(own_server, run)["state"] == "compensating"
    worker.lease(lease, "failed", {"error": "Stuck", "cause": "no bank"})
    worker.done(take(worker, "free"), None)
    ended = end_of(own_server, run)
    incomplete = {"state": "incomplete", "failed": ["charge"]}
    assert (ended["status"], ended["compensation"]) == ("FAILED", incomplete)
    why = {"name": "charge", "state": "failed", "attempt": 1, "error": "Stuck", "cause": "no bank"}
    assert ended["notUndone"] == tasks_of(own_server, run)["notUndone"] == [why]
    assert listed(own_server, run) == incomplete
    shown = command(own_server, "describe", short(run)).stdout
    assert "compensation  incomplete (charge)" in shown, shown
    assert "charge failed: Stuck: no bank" in shown, shown
    own_server.kill()
    own_server.start()
    worker.register()
    ran = command(own_server, "compensate", short(run))
    assert (ran.returncode, ran.stdout) == (0, "compensating\n"), ran.stderr
    lease = take(worker, "refund")
    with pytest.raises(Refused, match="under way") as refused:
        call(own_server, "POST", f"/runs/{quoted(run)}/compensate")
    assert refused.value.status == 409
    own_server.kill()
    own_server.start()
    worker.register()
    worker.done(lease, None)
    ended = end_of(own_server, run)
    assert (ended["status"], ended["error"]) == ("FAILED", "NoTruck")
    assert ended["compensation"] == {"state": "complete", "failed": []}
    assert "notUndone" not in ended
    ran = command(own_server, "compensate", short(run))
    assert ran.returncode == 2 and "nothing to undo" in ran.stderr, ran.stderr


def test_a_run_that_succeeded_is_undone_by_hand(own_server):
    push(own_server, ORDER % "noop: true")
    worker = Worker(own_server, "w1", handlers=["free", "refund"])
    run = start(own_server, "order")
    ended = end_of(own_server, run)
    assert ended["status"] == "SUCCEEDED" and "compensation" not in ended
    own_server.kill()
    own_server.start()
    worker.register()
    assert command(own_server, "compensate", short(run)).returncode == 0
    worker.done(take(worker, "refund"), None)
    worker.done(take(worker, "free"), None)
    ended = eventually(lambda: (it := view(own_server, run)).get("stopped") and it)
    assert ended["status"] == "SUCCEEDED"
    assert ended["compensation"] == {"state": "complete", "failed": []}


def test_what_a_run_left_that_succeeded_and_ran_again_is_told(own_server):
    push(own_server, ORDER % 'uses: "worker:load", retry: 0')
    worker = Worker(own_server, "w1", handlers=["free", "refund", "load"])
    run = start(own_server, "order")
    worker.done(take(worker, "load"), None)
    assert end_of(own_server, run)["status"] == "SUCCEEDED"
    call(own_server, "POST", f"/runs/{quoted(run)}/rerun", {"from": ["ship"]})
    worker.lease(take(worker, "load"), "failed", {"error": "NoTruck", "cause": "none"})
    worker.lease(take(worker, "refund"), "failed", {"error": "Stuck", "cause": "no bank"})
    worker.done(take(worker, "free"), None)
    ended = eventually(lambda: (it := view(own_server, run)).get("stopped") and it)
    incomplete = {"state": "incomplete", "failed": ["charge"]}
    assert (ended["status"], ended["compensation"]) == ("FAILED", incomplete)
    assert listed(own_server, run) == incomplete


def test_what_could_not_be_undone_by_hand_of_a_run_that_succeeded_is_told(own_server):
    push(own_server, ORDER % "noop: true")
    worker = Worker(own_server, "w1", handlers=["free", "refund"])
    run = start(own_server, "order")
    assert end_of(own_server, run)["status"] == "SUCCEEDED"
    call(own_server, "POST", f"/runs/{quoted(run)}/compensate")
    worker.lease(take(worker, "refund"), "failed", {"error": "Stuck", "cause": "no bank"})
    worker.done(take(worker, "free"), None)
    incomplete = {"state": "incomplete", "failed": ["charge"]}
    eventually(lambda: view(own_server, run)["compensation"] == incomplete)
    assert listed(own_server, run) == incomplete


def test_a_run_that_was_stopped_is_undone_by_hand_and_was_aborted(own_server):
    push(own_server, ORDER % "wait: {signal: truck}")
    worker = Worker(own_server, "w1", handlers=["free", "refund"])
    run = start(own_server, "order")
    tasks = lambda: call(own_server, "GET", f"/runs/{quoted(run)}/tasks")["items"]
    eventually(lambda: tasks()[2]["state"] == "waiting")
    command(own_server, "stop", run, "--error", "Halt")
    assert view(own_server, run)["status"] == "ABORTED"
    assert command(own_server, "compensate", run).returncode == 0
    worker.done(take(worker, "refund"), None)
    worker.done(take(worker, "free"), None)
    ended = eventually(lambda: (it := view(own_server, run)).get("stopped") and it)
    assert (ended["status"], ended["error"]) == ("ABORTED", "Halt")
    assert ended["compensation"]["state"] == "complete"


def test_a_run_that_is_stopped_while_it_compensates_tells_all_that_was_not_undone(own_server):
    push(own_server, ORDER % FAILS)
    worker = Worker(own_server, "w1", handlers=["free", "refund"])
    run = start(own_server, "order")
    take(worker, "refund")
    command(own_server, "stop", run)
    left = {"state": "incomplete", "failed": ["charge", "reserve"]}
    assert view(own_server, run)["compensation"] == left
    assert listed(own_server, run) == left
    shown = command(own_server, "describe", short(run)).stdout
    assert "compensation  incomplete (charge, reserve)" in shown, shown


def test_what_nobody_undoes_after_a_failed_compensation_is_told(own_server):
    push(own_server, (ORDER % FAILS).replace("on: [failure]", "on: [failure], on_error: stop"))
    worker = Worker(own_server, "w1", handlers=["free", "refund"])
    run = start(own_server, "order")
    worker.lease(take(worker, "refund"), "failed", {"error": "Stuck", "cause": "no bank"})
    left = {"state": "incomplete", "failed": ["charge", "reserve"]}
    assert end_of(own_server, run)["compensation"] == left


def test_what_is_undone_and_why_it_does_not_get_on_is_told(own_server):
    often = '"worker:refund", retry: {max: 5, delay: 1h}'
    push(own_server, (ORDER % FAILS).replace('"worker:refund", retry: 0', often))
    worker = Worker(own_server, "w1", handlers=["free", "refund"])
    run = start(own_server, "order")
    lease = take(worker, "refund")
    (undoing,) = tasks_of(own_server, run)["undoing"]
    assert undoing == {"name": "charge", "state": "running", "attempt": 1}
    worker.lease(lease, "failed", {"error": "Stuck", "cause": "no bank"})
    told_to_be_tried_again(own_server, run, "undoing", "charge", "undoing")
    command(own_server, "stop", run)
    assert "undoing" not in view(own_server, run) and "undoing" not in tasks_of(own_server, run)


def test_a_hook_that_keeps_a_run_open_is_told(own_server):
    push(own_server, HOOKED)
    worker = Worker(own_server, "w1", handlers=["tell"])
    run = start(own_server, "hooked")
    worker.lease(take(worker, "tell"), "failed", {"error": "Stuck", "cause": "no bank"})
    told_to_be_tried_again(own_server, run, "openHooks", "a (on_success)", "hook")
    command(own_server, "stop", run)
    assert "openHooks" not in view(own_server, run)


def told_to_be_tried_again(server, run, member, name, word):
    """Whoever looks at the run, its tasks, or waits for it, is told."""
    tried = lambda: tasks_of(server, run).get(member, [{"state": "none"}])
    (action,) = eventually(lambda: (it := tried())[0]["state"] == "retrying" and it)
    until = action.pop("until")
    assert action == {
        "name": name, "state": "retrying", "attempt": 1, "error": "Stuck", "cause": "no bank",
    }
    assert view(server, run)[member] == [{**action, "until": until}]
    worded = f"{name}, attempt 1 failed: Stuck: no bank, retry (until {until})"
    assert worded in command(server, "describe", short(run)).stdout
    assert f"{word} {worded}" in command(server, "tasks", short(run)).stderr
    with waiting(server, run) as wait:
        assert f"{word} {worded}" in wait.stderr.readline()


@contextlib.contextmanager
def waiting(server, run):
    """`compasso wait`, given up at the end."""
    line = [BINARY, "wait", run, "--endpoint", server.url]
    keys = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "secret"}
    environment = {**os.environ, **keys}
    with subprocess.Popen(line, stderr=subprocess.PIPE, text=True, env=environment) as process:
        try:
            yield process
        finally:
            process.kill()


def tasks_of(server, run):
    return call(server, "GET", f"/runs/{quoted(run)}/tasks")


def test_a_task_that_failed_stays_so_when_others_are_undone_side_by_side(own_server):
    push(own_server, SIDE_BY_SIDE)
    run = start(own_server, "beside")
    assert end_of(own_server, run)["compensation"]["state"] == "complete"
    tasks = call(own_server, "GET", f"/runs/{quoted(run)}/tasks")["items"]
    states = {task["id"]: task["state"] for task in tasks}
    assert states == {
        "area": "success", "area.reserve": "success", "charge": "failed", "ship": "upstream_failed",
    }, states
    assert all("instances" not in task for task in tasks), tasks
    instances = call(own_server, "GET", f"/runs/{quoted(run)}/tasks/area.reserve/instances")
    assert instances == {"items": []}


def test_a_run_without_a_saga_is_not_undone(own_server):
    push(own_server, "pipeline: plain\ntasks:\n  a: {noop: true}\n")
    run = start(own_server, "plain")
    end_of(own_server, run)
    with pytest.raises(Refused, match="nothing to undo") as refused:
        call(own_server, "POST", f"/runs/{quoted(run)}/compensate")
    assert refused.value.status == 409
