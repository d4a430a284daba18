"""Runs are undone: by themselves, again where that failed, and by hand."""

import pytest
from clients import command, eventually
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
    assert listed(own_server, run) == incomplete
    shown = command(own_server, "describe", short(run)).stdout
    assert "compensation  incomplete (charge)" in shown, shown
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
