"""People hold, release and skip tasks of runs, and see why tasks do not go on."""

from datetime import UTC, datetime, timedelta

import pytest
from clients import command, ended, eventually, step_functions
from plain_worker import Worker, end_of, push, start
from rest import Refused, call, quoted
from test_backfills import DAY, today
from test_pipeline_schedules import iso, runs

GATED = """pipeline: gated
tasks:
  gate: {wait: {signal: open}}
  load: {needs: gate, noop: true}
  groups:
    needs: load
    tasks:
      inner: {noop: true}
      last: {needs: inner, noop: true}
  report: {needs: groups, when: all_done, noop: true}
"""


def tasks(server, run):
    items = call(server, "GET", f"/runs/{quoted(run)}/tasks")["items"]
    return {item["id"]: item for item in items}


def blocks(server, run, task):
    return [block["text"] for block in tasks(server, run)[task].get("blockedBy", [])]


def steer(server, run, task, order, **body):
    return call(server, "POST", f"/runs/{quoted(run)}/tasks/{task}/{order}", body)


def short(run):
    return ":".join(run.split(":")[-2:])


def begun(server, run, task, state="waiting"):
    eventually(lambda: tasks(server, run)[task]["state"] == state)


def test_a_held_task_waits_across_a_kill_until_it_is_released(own):
    push(own, GATED)
    run = start(own, "gated")
    begun(own, run, "gate")
    ran = command(own, "hold", short(run), "load")
    assert (ran.returncode, ran.stdout) == (0, "load is held\n"), ran.stderr
    assert steer(own, run, "groups.inner", "hold", by="ana")["by"] == "ana"
    needs, held = blocks(own, run, "load")
    assert needs == "needs (gate)" and held.startswith("hold ("), held
    own.kill()
    own.start()
    assert command(own, "signal", run, "open").returncode == 0
    begun(own, run, "gate", "success")
    (held,) = blocks(own, run, "load")
    assert held.startswith("hold ("), held
    assert tasks(own, run)["load"]["state"] == "blocked"
    own.kill()
    own.start()
    ran = command(own, "release", short(run), "load")
    assert (ran.returncode, ran.stdout) == (0, "load is released\n"), ran.stderr
    begun(own, run, "load", "success")
    (held,) = blocks(own, run, "groups.inner")
    assert held.startswith("hold (ana, "), held
    assert call(own, "GET", f"/runs/{quoted(run)}")["run"]["status"] == "RUNNING"
    steer(own, run, "groups.inner", "release")
    assert end_of(own, run)["status"] == "SUCCEEDED"
    history = step_functions(own.url).get_execution_history(executionArn=run)["events"]
    types = [event["type"] for event in history]
    assert types.count("BranchHeld") == 2 and types.count("BranchReleased") == 2


def test_a_task_is_skipped_when_its_turn_comes_or_at_once_if_it_is_held(own):
    push(own, GATED)
    run = start(own, "gated")
    begun(own, run, "gate")
    steer(own, run, "groups.last", "skip", by="bo")
    steer(own, run, "load", "hold")
    assert tasks(own, run)["groups.last"]["asked"]["order"] == "skip"
    command(own, "signal", run, "open")
    begun(own, run, "gate", "success")
    ran = command(own, "skip", short(run), "load")
    assert (ran.returncode, ran.stdout) == (0, "load is to be skipped\n"), ran.stderr
    assert end_of(own, run)["status"] == "SUCCEEDED"
    found = tasks(own, run)
    states = {task: view["state"] for task, view in found.items()}
    assert states["load"] == "skipped" and states["groups"] == "skipped", states
    assert states["report"] == "success", states
    run = start(own, "gated")
    begun(own, run, "gate")
    steer(own, run, "groups.last", "skip", by="bo")
    command(own, "signal", run, "open")
    assert end_of(own, run)["status"] == "SUCCEEDED"
    last = tasks(own, run)["groups.last"]
    assert (last["state"], last["cause"]) == ("skipped", "bo had it skipped.")


def test_what_has_begun_or_is_not_there_is_not_steered(own, machine):
    push(own, GATED)
    run = start(own, "gated")
    begun(own, run, "gate")
    refusals = [
        ("gate", "hold", 409, "has begun"),
        ("load", "release", 409, "neither held nor to be skipped"),
        ("laod", "skip", 404, "did you mean 'load'"),
        ("groups.nobody", "hold", 404, "no task 'groups.nobody'"),
    ]
    for task, order, status, text in refusals:
        with pytest.raises(Refused, match=text) as refused:
            steer(own, run, task, order)
        assert refused.value.status == status, text
    command(own, "signal", run, "open")
    assert end_of(own, run)["status"] == "SUCCEEDED"
    with pytest.raises(Refused, match="is over") as refused:
        steer(own, run, "load", "hold")
    assert refused.value.status == 409
    sfn = step_functions(own.url)
    other = machine({"Done": {"Type": "Succeed"}}, client=sfn)
    execution = sfn.start_execution(stateMachineArn=other)["executionArn"]
    ended(sfn, execution)
    ran = command(own, "hold", execution, "Done")
    assert ran.returncode == 2 and "no run of a pipeline" in ran.stderr, ran.stderr


def test_each_task_says_what_it_waits_for(own):
    text = """pipeline: waiting
tasks:
  signalled: {wait: {signal: go}}
  timed: {wait: 1h}
  asked: {approve: {by: [user:ana, group:ops], count: 2}}
  looked: {wait: {file: /nowhere/at-all-*.csv}}
  failing: {run: exit 3, retry: {max: 3, delay: 1h, jitter: none}}
  tagged: {run: 'true', runs_on: [gpu]}
  later: {needs: [timed, asked], noop: true}
"""
    push(own, text)
    run = start(own, "waiting")
    expected = {
        "signalled": "wait (signal go)",
        "timed": "wait (until 20",
        "asked": "approval (user:ana, group:ops, 0 of 2 agreed)",
        "looked": "wait (file /nowhere/at-all-*.csv, next look 20",
        "failing": "retry (20",
        "tagged": "workers (no worker has tags gpu)",
        "later": "needs (timed, asked)",
    }
    for task, text in expected.items():
        eventually(lambda: any(found.startswith(text) for found in blocks(own, run, task)))
    states = {task: view["state"] for task, view in tasks(own, run).items()}
    assert states == {
        "signalled": "waiting",
        "timed": "waiting",
        "asked": "waiting",
        "looked": "waiting",
        "failing": "retrying",
        "tagged": "queued",
        "later": "blocked",
    }
    (approval,) = call(own, "GET", "/approvals", run=run)["items"]
    call(own, "POST", f"/approvals/{approval['id']}", {"decision": "approve"})
    assert blocks(own, run, "asked") == ["approval (user:ana, group:ops, 1 of 2 agreed)"]
    call(own, "POST", "/pipelines/waiting/pause", {"hold": True})
    assert "paused" in blocks(own, run, "tagged")
    command(own, "stop", run)
    assert all("blockedBy" not in view for view in tasks(own, run).values())


def test_pausing_with_hold_and_drain_keeps_tasks_back_and_waits_for_the_last_run(own):
    push(own, "pipeline: resting\ntasks:\n  a: {uses: 'worker:work'}\n")
    worker = Worker(own, "w1", handlers=["work"])
    run = start(own, "resting")
    task = worker.take()
    ran = command(own, "pause", "resting", "--hold", "--reason", "repairs")
    assert ran.returncode == 0, ran.stderr
    worker.done(task["lease"], 1)
    assert end_of(own, run)["status"] == "SUCCEEDED"
    ran = command(own, "start", "resting", "--force", "--name", "late")
    assert ran.returncode == 0, ran.stderr
    late = run.rsplit(":", 1)[0] + ":late"
    eventually(lambda: "paused" in blocks(own, late, "a"))
    own.kill()
    own.start()
    eventually(lambda: "paused" in blocks(own, late, "a"))
    assert command(own, "resume", "resting").returncode == 0
    worker.register()
    worker.done(worker.take()["lease"], 2)
    assert command(own, "pause", "resting", "--drain").returncode == 0
    assert end_of(own, late)["status"] == "SUCCEEDED"


def test_all_pipelines_are_drained_at_once_and_until_they_go_on(own):
    ongoing, workers = [], {}
    for name in ["one", "two"]:
        push(own, f"pipeline: {name}\ntasks:\n  a: {{uses: 'worker:{name}'}}\n")
        workers[name] = Worker(own, name, handlers=[name])
        ongoing.append(start(own, name))
    # Nobody ends their runs: one drain after the other would come too late for the second.
    until = datetime.now(UTC) + timedelta(seconds=10)
    ran = command(own, "pause", "--all", "--drain", "--until", until.isoformat())
    assert ran.returncode == 0, ran.stderr
    assert datetime.now(UTC) >= until
    for name, run in zip(workers, ongoing, strict=True):
        workers[name].done(workers[name].take()["lease"], 1)
        assert end_of(own, run)["status"] == "SUCCEEDED"
    eventually(lambda: not any("paused" in it for it in call(own, "GET", "/pipelines")["items"]))


def test_a_task_in_a_group_waits_for_the_run_before_and_says_for_which(own, unique):
    name = unique("chain")
    begin = today() - 3 * DAY
    text = (
        f"pipeline: {name}\n"
        f"on: {{schedule: {{cron: '0 0 * * *', start: '{iso(begin)}', end: '{iso(begin + 2 * DAY)}',"
        " catchup: all, overlap: allow_all}}\n"
        "tasks:\n"
        "  load: {noop: true}\n"
        "  area:\n"
        "    needs: load\n"
        "    each: [north, south]\n"
        "    max_parallel: 1\n"
        "    tasks:\n"
        "      gate: {wait: {signal: go}}\n"
        "      load: {needs: gate, noop: true, depends_on_past: true}\n"
    )
    push(own, text)
    found = eventually(lambda: len(runs(own, name)) == 2 and runs(own, name))
    one, two = (tick["run"] for tick in found)
    go = lambda run: call(own, "POST", f"/runs/{quoted(run)}/signals/go")
    go(two)
    past = lambda: [text for text in blocks(own, two, "area.load") if text.startswith("past (")]
    eventually(past)
    name_of_one = one.rsplit(":", 1)[1]
    eventually(lambda: any(text.startswith(f"past (run {name_of_one}") for text in past()))
    assert tasks(own, two)["area.load"]["state"] == "blocked"
    own.kill()
    own.start()
    go(one)
    eventually(lambda: (tasks(own, one)["area"].get("instances") or {}).get("succeeded") == 1)
    # One instance of the run before is through, the other one is not.
    assert tasks(own, two)["area.load"]["state"] == "blocked"
    go(one)
    go(two)
    assert end_of(own, one)["status"] == "SUCCEEDED"
    assert end_of(own, two)["status"] == "SUCCEEDED"


def test_a_task_that_waits_for_the_run_before_or_is_queued_behind_it_is_held(own, unique):
    name = unique("chain")
    begin = today() - 3 * DAY
    push(
        own,
        f"pipeline: {name}\n"
        f"on: {{schedule: {{cron: '0 0 * * *', start: '{iso(begin)}', end: '{iso(begin + 2 * DAY)}',"
        " catchup: all, overlap: allow_all}}\n"
        "tasks:\n"
        f"  load: {{uses: 'worker:work', depends_on_past: true}}\n",
    )
    found = eventually(lambda: len(runs(own, name)) == 2 and runs(own, name))
    one, two = (tick["run"] for tick in found)
    past = lambda: any(text.startswith("past (") for text in blocks(own, two, "load"))
    held = lambda run: any(text.startswith("hold (") for text in blocks(own, run, "load"))
    eventually(past)
    steer(own, two, "load", "hold")
    assert held(two) and not past()
    begun(own, one, "load", "queued")
    steer(own, one, "load", "hold")
    worker = Worker(own, "w1", handlers=["work"], slots=2)
    assert worker.poll(wait_ms=0)["tasks"] == [] and held(one)
    own.kill()
    own.start()
    worker.register()
    steer(own, one, "load", "release")
    worker.done(worker.take()["lease"], 1)
    assert end_of(own, one)["status"] == "SUCCEEDED"
    assert worker.poll(wait_ms=0)["tasks"] == [] and held(two)
    steer(own, two, "load", "release")
    # It has looked back again before it came into the queue, and is not of two attempts for that.
    begun(own, two, "load", "queued")
    steer(own, two, "load", "hold")
    assert worker.poll(wait_ms=0)["tasks"] == [] and held(two)
    steer(own, two, "load", "release")
    worker.done(worker.take()["lease"], 2)
    assert end_of(own, two)["status"] == "SUCCEEDED"
    assert tasks(own, two)["load"]["attempts"] == 1


def test_a_task_in_a_group_waits_for_what_came_after_it_in_the_run_before(own, unique):
    name = unique("chain")
    begin = today() - 3 * DAY
    push(
        own,
        f"pipeline: {name}\n"
        f"on: {{schedule: {{cron: '0 0 * * *', start: '{iso(begin)}', end: '{iso(begin + 2 * DAY)}',"
        " catchup: all, overlap: allow_all}}\n"
        "tasks:\n"
        "  area:\n"
        "    tasks:\n"
        "      load: {noop: true, wait_for_downstream: true}\n"
        "      publish: {needs: load, wait: {signal: go}}\n",
    )
    found = eventually(lambda: len(runs(own, name)) == 2 and runs(own, name))
    one, two = (tick["run"] for tick in found)
    begun(own, one, "area.publish")
    begun(own, two, "area.load", "blocked")
    call(own, "POST", f"/runs/{quoted(two)}/signals/go")
    assert tasks(own, one)["area.load"]["state"] == "success"
    assert tasks(own, two)["area.load"]["state"] == "blocked"
    call(own, "POST", f"/runs/{quoted(one)}/signals/go")
    assert end_of(own, one)["status"] == "SUCCEEDED"
    assert end_of(own, two)["status"] == "SUCCEEDED"


def test_a_teardown_of_two_tasks_runs_if_one_of_them_was_set_up(own_server):
    push(
        own_server,
        "pipeline: torn\n"
        "tasks:\n"
        "  disk: {setup: true, noop: true}\n"
        "  net: {setup: true, uses: fail, with: {error: NoNet, cause: none}}\n"
        "  work: {needs: [disk, net], noop: true}\n"
        "  clean: {teardown: [disk, net], noop: true}\n",
    )
    run = start(own_server, "torn")
    assert end_of(own_server, run)["status"] == "FAILED"
    states = {task: view["state"] for task, view in tasks(own_server, run).items()}
    assert states == {
        "disk": "success",
        "net": "failed",
        "work": "upstream_failed",
        "clean": "success",
    }


def test_a_pipeline_goes_with_its_runs_only_by_force(own):
    push(own, GATED)
    run = start(own, "gated")
    begun(own, run, "gate")
    refused = command(own, "delete", "pipeline", "gated")
    assert refused.returncode == 2 and "1 under way, 0 waiting" in refused.stderr, refused.stderr
    with pytest.raises(Refused, match="409"):
        call(own, "DELETE", "/pipelines/gated")
    assert tasks(own, run)["gate"]["state"] == "waiting"
    gone = command(own, "delete", "pipeline", "gated", "--force")
    assert gone.returncode == 0, gone.stderr
    with pytest.raises(Refused, match="404"):
        call(own, "GET", "/pipelines/gated")
