"""What tasks wait for beside workers: pools, mutexes, breakers, most tasks of a run, kept results."""

import json
import subprocess

from plain_worker import Worker, blocks, end_of, push, start
from rest import call
from server import BINARY


def until_blocked(server, run, text):
    while text not in blocks(server, run):
        pass


def waits(server, run):
    """What the list of runs says that a run waits for."""
    (facts,) = call(server, "POST", "/runs/facts", {"ids": [run]})["items"]
    return facts.get("waits")


def test_a_task_says_which_tags_no_worker_has(own_server):
    push(own_server, "pipeline: tagged\ntasks:\n  a: {run: 'true', runs_on: [gpu, eu]}\n")
    run = start(own_server, "tagged")
    until_blocked(own_server, run, "workers (no worker has tags eu, gpu)")
    (queue,) = call(own_server, "GET", "/queues")["items"]
    assert (queue["tags"], queue["waiting"], queue["workers"]) == (["eu", "gpu"], 1, 0)
    assert waits(own_server, run) == "queued"
    worker = Worker(own_server, "w1", tags=["gpu", "eu", "more"])
    task = worker.take()
    assert waits(own_server, run) is None
    assert task["kind"] == "script" and task["work"]["steps"]
    worker.done(task["lease"], {"output": None})
    assert end_of(own_server, run)["status"] == "SUCCEEDED"


def test_a_pool_is_made_on_the_command_line(own_server):
    def pools(*words):
        line = [BINARY, "--json", "pools", *words, "--endpoint", own_server.url]
        done = subprocess.run(line, capture_output=True, text=True, timeout=60, check=True)
        return [json.loads(row) for row in done.stdout.splitlines()]

    push(own_server, "pipeline: pooled\ntasks:\n  a: {run: 'true', pool: db, slots: 2}\n")
    run = start(own_server, "pooled")
    until_blocked(own_server, run, "pool:db (there is none: compasso pools set db 2)")
    pools("set", "db", "1")
    until_blocked(own_server, run, "pool:db (wants 2 slots, the pool has 1)")
    assert waits(own_server, run) == "queued"
    pools("set", "db", "2")
    assert end_of(own_server, run)["status"] == "SUCCEEDED"
    assert pools("list") == [{"name": "db", "size": 2, "used": 0, "fixed": False}]
    pools("delete", "db")
    assert pools("list") == []


def test_an_instance_that_holds_a_pool_is_named_with_its_key(own_server):
    call(own_server, "PUT", "/pools/one", {"size": 1})
    text = "pipeline: many\ntasks:\n  a: {each: [x], key: item, pool: one, uses: 'worker:work'}\n"
    push(own_server, text)
    push(own_server, "pipeline: other\ntasks:\n  b: {pool: one, uses: 'worker:work'}\n")
    worker = Worker(own_server, "w1", handlers=["work"], slots=4)
    start(own_server, "many")
    task = worker.take()
    second = start(own_server, "other")
    until_blocked(own_server, second, f"pool:one (1/1, many/{task['run']}/a[x])")
    worker.done(task["lease"], 1)
    worker.done(worker.take()["lease"], 2)
    assert end_of(own_server, second)["status"] == "SUCCEEDED"


def test_a_mutex_has_one_holder_in_all_pipelines(own_server):
    for name in ["one", "two"]:
        text = f"pipeline: {name}\ntasks:\n  a: {{uses: 'worker:work', mutex: door}}\n"
        push(own_server, text)
    worker = Worker(own_server, "w1", handlers=["work"], slots=4)
    first = start(own_server, "one")
    task = worker.take()
    second = start(own_server, "two")
    holder = f"one/{task['run']}/a"
    until_blocked(own_server, second, f"mutex:door ({holder})")
    worker.done(task["lease"], 1)
    worker.done(worker.take()["lease"], 2)
    assert {end_of(own_server, run)["status"] for run in [first, second]} == {"SUCCEEDED"}


def test_an_open_breaker_fails_tasks_before_they_reach_a_worker(own_server):
    text = """pipeline: broken
tasks:
  a:
    uses: "worker:work"
    breaker: {name: shop, failures: 1, open_for: 1h}
"""
    push(own_server, text)
    worker = Worker(own_server, "w1", handlers=["work"])
    run = start(own_server, "broken")
    worker.lease(worker.take()["lease"], "failed", {"error": "Http503"})
    assert end_of(own_server, run)["status"] == "FAILED"
    run = start(own_server, "broken")
    assert end_of(own_server, run)["status"] == "FAILED"
    (breaker,) = call(own_server, "GET", "/breakers")["items"]
    assert (breaker["name"], breaker["state"]) == ("shop", "open")
    call(own_server, "POST", "/breakers/shop/reset")
    run = start(own_server, "broken")
    worker.done(worker.take()["lease"], 1)
    assert end_of(own_server, run)["status"] == "SUCCEEDED"


def test_a_script_of_the_server_that_fails_opens_a_breaker(own_server):
    text = """pipeline: scripted
tasks:
  a:
    run: exit 3
    breaker: {name: disk, failures: 1, open_for: 1h}
"""
    push(own_server, text)
    assert end_of(own_server, start(own_server, "scripted"))["error"] == "Exit.3"
    assert end_of(own_server, start(own_server, "scripted"))["error"] == "CircuitOpen"


def test_only_so_many_tasks_of_a_run_are_out(own_server):
    text = """pipeline: wide
concurrency: {max_tasks: 1}
tasks:
  a: {uses: "worker:work"}
  b: {uses: "worker:work"}
"""
    push(own_server, text)
    worker = Worker(own_server, "w1", handlers=["work"], slots=4)
    run = start(own_server, "wide")
    task = worker.take()
    until_blocked(own_server, run, "max_tasks")
    assert worker.poll(4, 0)["tasks"] == []
    worker.done(task["lease"], 1)
    worker.done(worker.take()["lease"], 2)
    assert end_of(own_server, run)["status"] == "SUCCEEDED"


def test_a_kept_result_ends_a_task_at_once(own_server):
    text = """pipeline: kept
tasks:
  a:
    uses: "worker:work"
    cache: {key: same}
outputs: {value: "${{ needs.a.output }}", cached: "${{ needs.a.cached }}"}
"""
    push(own_server, text)
    worker = Worker(own_server, "w1", handlers=["work"])
    first = start(own_server, "kept")
    worker.done(worker.take()["lease"], 7)
    assert json.loads(end_of(own_server, first)["output"]) == {"value": 7, "cached": False}
    own_server.kill()
    own_server.start()
    second = start(own_server, "kept")
    assert json.loads(end_of(own_server, second)["output"]) == {"value": 7, "cached": True}


def test_a_pipeline_that_is_paused_with_hold_begins_no_task(own_server):
    text = """pipeline: held
tasks:
  a: {uses: "worker:work"}
  b: {uses: "worker:work", needs: [a]}
"""
    push(own_server, text)
    worker = Worker(own_server, "w1", handlers=["work"], slots=2)
    run = start(own_server, "held")
    task = worker.take()
    call(own_server, "POST", "/pipelines/held/pause", {"hold": True})
    own_server.kill()
    own_server.start()
    worker.register()
    worker.done(task["lease"], 1)
    until_blocked(own_server, run, "paused")
    assert worker.poll(2, 0)["tasks"] == []
    call(own_server, "POST", "/pipelines/held/resume", {})
    worker.done(worker.take()["lease"], 2)
    assert end_of(own_server, run)["status"] == "SUCCEEDED"


def test_a_group_holds_its_mutex_until_it_ends_though_the_server_is_killed(own_server):
    text = """pipeline: {name}
tasks:
  deploy:
    mutex: production
    tasks:
      build: {{uses: 'worker:work'}}
      switch: {{needs: build, uses: 'worker:work'}}
"""
    for name in ["one", "two"]:
        push(own_server, text.format(name=name))
    worker = Worker(own_server, "w1", handlers=["work"], slots=4)
    first = start(own_server, "one")
    task = worker.take()
    second = start(own_server, "two")
    until_blocked(own_server, second, f"mutex:production (one/{task['run']}/deploy)")
    worker.done(task["lease"], 1)
    switch = worker.take()
    assert switch["task"] == "switch"
    own_server.kill()
    own_server.start()
    until_blocked(own_server, second, f"mutex:production (one/{task['run']}/deploy)")
    rows = call(own_server, "GET", f"/runs/{second}/tasks")["items"]
    assert [row["state"] for row in rows if row["id"] == "deploy"] == ["queued"]
    worker.register()
    worker.done(switch["lease"], 2)
    for _ in range(2):
        worker.done(worker.take()["lease"], 3)
    assert {end_of(own_server, run)["status"] for run in [first, second]} == {"SUCCEEDED"}
