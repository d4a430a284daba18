"""Workers, leases and gates: a real server, and workers that speak plain HTTP."""

import hashlib
import threading
import urllib.request

import pytest

from clients import eventually
from plain_worker import Worker, blocks, end_of, push, start
from rest import Refused, call, quoted

HANDLED = """pipeline: handled
tasks:
  resize:
    uses: "worker:resize"
    with: {width: 100}
    retry: 2
outputs: {size: "${{ needs.resize.output }}"}
"""
SCRIPT = """pipeline: scripts
tasks:
  hello:
    run: |
      echo "hello from $COMPASSO_TASK"
      echo "out" > kept.txt
      echo "said=yes" >> "$COMPASSO_OUTPUT"
    artifacts: {out: [kept.txt]}
"""
POOLED = """pipeline: pooled
tasks:
  a:
    uses: "worker:work"
    pool: narrow
"""


def refusal(act):
    with pytest.raises(Refused) as raised:
        act()
    return raised.value.status, raised.value.code


def test_a_handler_of_a_worker_does_a_task(own_server):
    push(own_server, HANDLED)
    worker = Worker(own_server, "w1", handlers=["resize"])
    run = start(own_server, "handled")
    task = worker.take()
    assert (task["kind"], task["handler"], task["input"]) == ("handler", "resize", {"width": 100})
    assert (task["pipeline"], task["task"], task["attempt"]) == ("handled", "resize", 1)
    worker.lease(task["lease"], "logs", {"lines": [{"stream": "stdout", "text": "at work"}]})
    worker.done(task["lease"], {"bytes": 7})
    assert end_of(own_server, run)["status"] == "SUCCEEDED"
    assert refusal(lambda: worker.done(task["lease"], 1)) == (409, "LeaseLost")
    path = f"{own_server.url}/api/v1/executions/{quoted(run)}/logs"
    with urllib.request.urlopen(path) as log:
        assert b"at work" in log.read()


def test_the_server_runs_scripts_itself_and_keeps_what_they_leave(own_server):
    push(own_server, SCRIPT)
    run = start(own_server, "scripts")
    ended = end_of(own_server, run)
    assert ended["status"] == "SUCCEEDED", ended
    digest = hashlib.sha256(b"out\n").hexdigest()
    with urllib.request.urlopen(f"{own_server.url}/api/v1/artifacts/{digest}") as file:
        assert file.read() == b"out\n"


def test_a_task_goes_on_at_its_worker_while_the_server_is_killed(own_server):
    push(own_server, HANDLED)
    worker = Worker(own_server, "w1", handlers=["resize"])
    run = start(own_server, "handled")
    task = worker.take()
    own_server.kill()
    own_server.start()
    assert refusal(lambda: worker.poll(wait_ms=0)) == (404, "WorkerUnknown")
    worker.register()
    assert worker.beat(task["lease"]) == {"cancel": [], "lost": [], "drain": False}
    worker.done(task["lease"], "survived")
    assert end_of(own_server, run)["status"] == "SUCCEEDED"


def test_a_lost_task_runs_again_and_the_late_report_is_refused(own_server):
    push(own_server, HANDLED)
    first = Worker(own_server, "w1", handlers=["resize"])
    run = start(own_server, "handled")
    lost = first.take()
    first.goodbye()
    second = Worker(own_server, "w2", handlers=["resize"])
    again = second.take()
    assert again["attempt"] == 2 and again["lease"] != lost["lease"]
    assert again["idempotency_key"] == lost["idempotency_key"]
    assert refusal(lambda: first.done(lost["lease"], "late")) == (409, "LeaseLost")
    second.done(again["lease"], "good")
    assert end_of(own_server, run)["status"] == "SUCCEEDED"
    (task,) = call(own_server, "GET", f"/runs/{quoted(run)}/tasks")["items"]
    assert (task["state"], task["attempts"]) == ("success", 2) and "error" not in task, task


def test_a_result_under_a_misspelt_name_is_refused_and_not_lost(own_server):
    push(own_server, HANDLED)
    worker = Worker(own_server, "w1", handlers=["resize"])
    run = start(own_server, "handled")
    lease = worker.take()["lease"]
    with pytest.raises(Refused, match="outptu"):
        call(own_server, "POST", f"/leases/{lease}/done", {"outptu": 1})
    worker.done(lease, "good")
    assert end_of(own_server, run)["status"] == "SUCCEEDED"


def test_a_worker_is_told_at_once_that_a_task_is_given_up(own_server):
    push(own_server, HANDLED)
    worker = Worker(own_server, "w1", handlers=["resize"], slots=2)
    run = start(own_server, "handled")
    task = worker.take()
    answers = []
    polling = threading.Thread(target=lambda: answers.append(worker.poll()))
    polling.start()
    call(own_server, "POST", f"/runs/{quoted(run)}/stop", {})
    polling.join()
    assert answers[0]["cancel"] == [task["lease"]]


def test_a_pool_holds_over_a_crash_and_nothing_leaks(own_server):
    push(own_server, POOLED)
    call(own_server, "PUT", "/pools/narrow", {"size": 1})
    worker = Worker(own_server, "w1", handlers=["work"], slots=4)
    runs = [start(own_server, "pooled") for _ in range(3)]
    task = worker.take()
    own_server.kill()
    own_server.start()
    worker.register()
    holder = next(run for run in runs if run.endswith(f":{task['run']}"))
    waits = lambda run: any("pool:narrow (1/1" in text for text in blocks(own_server, run))
    for run in runs:
        # They come back to the board one after another.
        eventually(lambda run=run: waits(run) == (run != holder))
    assert worker.poll(4, 0)["tasks"] == []
    for _ in runs:
        worker.done(task["lease"], None)
        if (tasks := worker.poll(4, 2_000)["tasks"]):
            (task,) = tasks
    assert {end_of(own_server, run)["status"] for run in runs} == {"SUCCEEDED"}
    (pool,) = call(own_server, "GET", "/pools")["items"]
    assert pool == {"name": "narrow", "size": 1, "used": 0, "fixed": False}


def test_a_worker_that_says_nonsense_is_told_so(own_server):
    for said in [{"name": ""}, {"name": "server"}, {"name": "w", "slots": 0}, {"name": "a/b"}]:
        assert refusal(lambda said=said: call(own_server, "POST", "/workers", said))[0] == 400
    assert refusal(lambda: call(own_server, "POST", "/leases/guessed/done", {})) == (409, "LeaseLost")
