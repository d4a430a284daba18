"""People say how tasks ended, whatever became of them."""

import pytest
from clients import command, eventually, step_functions
from plain_worker import Worker, end_of, push, start
from rest import Refused, call, quoted
from test_backfills import DAY, today
from test_pipeline_schedules import iso, runs
from test_steering import begun, short, tasks

LOAD = """pipeline: load
tasks:
  extract: {uses: fail, with: {error: NoFile, cause: not there}}
  gate: {wait: {signal: open}}
  count:
    needs: extract
    noop: true
    outputs: {twice: "${{ needs.extract.output.rows * 2 }}"}
  parts:
    needs: gate
    each: [1, 2]
    tasks:
      part: {noop: true}
outputs: {twice: "${{ needs.count.output.twice }}"}
"""


def mark(server, run, task, **body):
    return call(server, "POST", f"/runs/{quoted(run)}/tasks/{task}/mark", body)


def test_a_mark_of_an_open_run_lets_the_rest_go_on_across_a_kill(own):
    push(own, LOAD)
    run = start(own, "load")
    begun(own, run, "gate")
    begun(own, run, "count", "upstream_failed")
    ran = command(own, "mark", short(run), "extract", "success", "--output", '{"rows": 21}',
                  "--reason", "by hand")
    assert (ran.returncode, ran.stdout) == (0, "extract is success\n"), ran.stderr
    own.kill()
    own.start()
    begun(own, run, "count", "success")
    view = tasks(own, run)["extract"]
    assert view["state"] == "success" and "error" not in view, view
    assert view["marked"]["reason"] == "by hand" and view["output"]["value"] == {"rows": 21}
    mark(own, run, "gate", state="skipped", by="bo")
    assert end_of(own, run)["status"] == "SUCCEEDED"
    found = tasks(own, run)
    assert found["parts"]["state"] == "skipped", found
    assert found["gate"]["marked"]["by"] == "bo"
    sfn = step_functions(own.url)
    assert sfn.describe_execution(executionArn=run)["output"] == '{"twice":42}'
    events = sfn.get_execution_history(executionArn=run)["events"]
    assert [event["type"] for event in events].count("BranchMarked") == 2


def test_a_mark_of_a_closed_run_begins_a_generation_that_runs_what_did_not(own):
    push(own, LOAD.replace("  gate: {wait: {signal: open}}", "  gate: {noop: true}"))
    run = start(own, "load")
    assert end_of(own, run)["status"] == "FAILED"
    ran = command(own, "mark", run, "extract", "succeeded", "--output", '{"rows": 2}')
    assert (ran.returncode, ran.stdout) == (0, "extract is success, in generation 2\n"), ran.stderr
    assert end_of(own, run)["status"] == "SUCCEEDED"
    states = {task: (view["state"], view.get("generation", 1)) for task, view in tasks(own, run).items()}
    assert states["count"] == ("success", 2) and states["parts"] == ("success", 1), states
    answer = mark(own, run, "count", state="failed", reason="wrong rows", by="ana")
    assert (answer["by"], answer["generation"]) == ("ana", 3)
    ended = end_of(own, run)
    assert ended["status"] == "FAILED", ended
    assert tasks(own, run)["count"]["cause"] == "ana marked it as failed: wrong rows"
    assert command(own, "rerun", run, "--wait").returncode == 0
    assert "marked" not in tasks(own, run)["count"]


def test_what_is_under_way_is_given_up_when_it_is_marked(own):
    push(own, "pipeline: slow\ntasks:\n  a: {uses: 'worker:work'}\n  b: {needs: a, noop: true}\n")
    worker = Worker(own, "w1", handlers=["work"])
    run = start(own, "slow")
    task = worker.take()
    mark(own, run, "a", state="success", output=None)
    assert end_of(own, run)["status"] == "SUCCEEDED"
    with pytest.raises(Refused) as late:
        worker.done(task["lease"], 1)
    assert late.value.status == 409
    step = {step["state"]: step["status"] for step in call(own, "GET", f"/runs/{quoted(run)}")["steps"]}
    assert step["a"] == "aborted", step


def test_what_cannot_be_marked_says_why(own):
    push(own, LOAD)
    run = start(own, "load")
    begun(own, run, "gate")
    begun(own, run, "count", "upstream_failed")
    refusals = [
        ("extract", {"state": "failed"}, 409, "in this state already"),
        ("extract", {"state": "skipped", "output": 1}, 400, "only a task that is marked as success"),
        ("extract", {"state": "green"}, 400, "green"),
        ("extarct", {"state": "failed"}, 404, "did you mean 'extract'"),
        ("parts.part", {"state": "failed"}, 409, "mark the group"),
    ]
    for task, body, status, text in refusals:
        with pytest.raises(Refused, match=text) as refused:
            mark(own, run, task, **body)
        assert refused.value.status == status, text
    ran = command(own, "mark", run, "extract", "success", "--output", "{")
    assert ran.returncode == 2 and "--output is not JSON" in ran.stderr, ran.stderr
    command(own, "stop", run)


def test_the_next_run_of_a_schedule_goes_on_when_its_past_is_marked(own, unique):
    name = unique("chain")
    begin = today() - 3 * DAY
    push(
        own,
        f"pipeline: {name}\n"
        f"on: {{schedule: {{cron: '0 0 * * *', start: '{iso(begin)}', end: '{iso(begin + 2 * DAY)}',"
        " catchup: all, overlap: allow_all}}\n"
        "tasks:\n"
        "  work: {wait: {signal: go}, depends_on_past: true}\n",
    )
    found = eventually(lambda: len(runs(own, name)) == 2 and runs(own, name))
    one, two = (tick["run"] for tick in found)
    begun(own, two, "work", "blocked")
    call(own, "POST", f"/runs/{quoted(two)}/signals/go")
    mark(own, one, "work", state="failed")
    assert end_of(own, one)["status"] == "FAILED"
    begun(own, two, "work", "blocked")
    mark(own, one, "work", state="success")
    assert end_of(own, two)["status"] == "SUCCEEDED"
