"""Tasks of closed runs that run again, in another generation of the run."""

import json

import pytest

from clients import event_types, step_functions
from rest import Refused, call, quoted
from test_pipeline_runs import command, ended, start, until
from test_pipeline_schedules import try_signal

# Each task leaves a line when it runs; 'check' fails as long as there is no file 'good'.
LOADS = """
pipeline: {name}
params:
  limit: {{type: integer, default: 1, minimum: 1}}
  list: {{type: array, default: [a, b, c]}}
vars:
  double: ${{{{ params.limit * 2 }}}}
defaults:
  env: {{LIMIT: "${{{{ vars.double }}}}", BOOK: "{directory}/book", GOOD: "{directory}/good"}}
tasks:
  extract:
    output: text
    run: echo extract >> "$BOOK"; echo "from $LIMIT"
  load:
    needs: extract
    each: params.list
    key: item
    fail_fast: false
    env: {{ITEM: "${{{{ item }}}}"}}
    output: text
    run: |
      echo "load-$ITEM" >> "$BOOK"
      [ "$ITEM" != b ] || [ -e "$GOOD" ]
      echo "$ITEM of ${{{{ needs.extract.output }}}}"
  checks:
    needs: load
    tasks:
      quick: {{output: text, run: echo quick >> "$BOOK"; echo "$LIMIT"}}
      slow: {{needs: quick, run: echo slow >> "$BOOK"}}
  report: {{needs: [checks, load], run: echo report >> "$BOOK"}}
outputs:
  loaded: ${{{{ needs.load.output }}}}
  attempt: ${{{{ run.attempt }}}}
  limit: ${{{{ params.limit }}}}
  double: ${{{{ vars.double }}}}
"""


@pytest.fixture
def loads(server, unique, tmp_path):
    """Pushes the pipeline and returns its name and its directory."""
    name = unique("loads")
    call(server, "POST", "/pipelines", text=LOADS.format(name=name, directory=tmp_path))
    return name, tmp_path


def rerun(server, run, *, overlap=None, **body):
    query = {"overlap": overlap} if overlap else {}
    return call(server, "POST", f"/runs/{quoted(run)}/rerun", body, **query)


def tasks(server, run):
    found = call(server, "GET", f"/runs/{quoted(run)}/tasks")
    return {task["id"]: task for task in found["items"]}


def lines(directory):
    """Returns what ran since this was asked last, in the order of names."""
    book = directory / "book"
    found = sorted(book.read_text().split()) if book.exists() else []
    book.unlink(missing_ok=True)
    return found


def test_what_failed_runs_again_and_what_ended_well_keeps_its_output(server, sfn, loads):
    name, directory = loads
    run = start(server, name)["id"]
    assert ended(sfn, run)["status"] == "FAILED"
    assert lines(directory) == ["extract", "load-a", "load-b", "load-c"]
    (directory / "good").touch()
    answer = rerun(server, run)
    assert (answer["id"], answer["generation"]) == (run, 2)
    found = ended(sfn, run)
    assert found["status"] == "SUCCEEDED", found
    assert lines(directory) == ["load-b", "quick", "report", "slow"]
    output = json.loads(found["output"])
    assert output["loaded"] == ["a of from 2", "b of from 2", "c of from 2"]
    assert output["attempt"] == 2
    then = tasks(server, run)
    assert {task["state"] for task in then.values()} == {"success"}
    assert "generation" not in then["extract"] and then["report"]["generation"] == 2
    assert then["load"]["instances"] == {"running": 0, "succeeded": 3, "failed": 0}
    assert "ExecutionRedriven" in event_types(sfn, run)


def test_tasks_of_a_run_that_succeeded_run_again(server, sfn, loads):
    name, directory = loads
    (directory / "good").touch()
    run = start(server, name)["id"]
    assert ended(sfn, run)["status"] == "SUCCEEDED"
    lines(directory)
    for body, ran in [
        ({"tasks": ["checks.quick"]}, ["quick"]),
        ({"tasks": ["load[b]"]}, ["load-b"]),
        ({"from": ["checks.quick"]}, ["quick", "report", "slow"]),
        ({"from": ["checks"], "tasks": []}, ["quick", "report", "slow"]),
        ({"tasks": ["load"]}, ["load-a", "load-b", "load-c"]),
        ({"all": True}, ["extract", "load-a", "load-b", "load-c", "quick", "report", "slow"]),
    ]:
        rerun(server, run, **body)
        found = ended(sfn, run)
        assert found["status"] == "SUCCEEDED", (body, found)
        assert lines(directory) == ran, body
    assert json.loads(found["output"])["attempt"] == 7


def test_params_and_what_is_computed_of_them_change(server, sfn, loads):
    name, directory = loads
    run = start(server, name)["id"]
    ended(sfn, run)
    lines(directory)
    (directory / "good").touch()
    rerun(server, run, params={"limit": 5, "list": ["b", "new", "a"]})
    found = ended(sfn, run)
    assert found["status"] == "SUCCEEDED", found
    # Instances are found by their keys; 'extract' is as it was.
    assert lines(directory) == ["load-b", "load-new", "quick", "report", "slow"]
    output = json.loads(found["output"])
    assert output["loaded"] == ["b of from 2", "new of from 2", "a of from 2"]
    assert (output["limit"], output["double"]) == (5, 10)
    shown = call(server, "GET", f"/runs/{quoted(run)}")["run"]
    assert json.loads(shown["input"])["params"] == {"limit": 5, "list": ["b", "new", "a"]}
    rerun(server, run, tasks=["report"], params={"limit": None})
    output = json.loads(ended(sfn, run)["output"])
    assert (output["limit"], output["attempt"], len(output["loaded"])) == (1, 3, 3)


def test_what_cannot_be_run_again_is_refused_with_a_way_out(server, sfn, loads, unique, tmp_path):
    name, directory = loads
    (directory / "good").touch()
    run = start(server, name)["id"]
    ended(sfn, run)

    def refusal(run, **body):
        with pytest.raises(Refused) as refused:
            rerun(server, run, **body)
        return refused.value.status, refused.value.message

    assert refusal(run, tasks=["lode"]) == (
        400, "the run has no task 'lode'; did you mean 'load'?"
    )  # fmt: skip
    assert refusal(run, tasks=["load"], all=True)[0] == 400
    assert refusal(run, tusks=["load"])[0] == 400
    status, message = refusal(run, all=True, params={"limit": 0})
    assert status == 400 and "Invalid Params" in message
    status, message = refusal(run)
    assert status == 409 and "Nothing in the run failed" in message
    waiting = unique("waits")
    call(server, "POST", "/pipelines", text=f"pipeline: {waiting}\ntasks: {{a: {{wait: 1d}}}}\n")
    open_run = start(server, waiting)["id"]
    status, message = refusal(open_run, all=True)
    assert status == 409 and "stop it first" in message
    assert ended(sfn, run)["status"] == "SUCCEEDED"


def test_the_command_runs_tasks_again(server, sfn, loads):
    name, directory = loads
    code, _, errors = command(server, "start", name, "--name", "r", "--wait")
    assert code == 1, errors
    (directory / "good").touch()
    lines(directory)
    code, output, errors = command(server, "rerun", f"{name}:r", "--wait")
    assert code == 0 and json.loads(output)["attempt"] == 2, errors
    assert lines(directory) == ["load-b", "quick", "report", "slow"]
    code, output, errors = command(
        server, "rerun", f"{name}:r", "--task", "report", "--params", "limit=3"
    )
    assert code == 0 and output.startswith("generation 3 of arn:"), errors
    assert command(server, "wait", f"{name}:r")[0] == 0
    assert lines(directory) == ["report"]
    code, _, errors = command(server, "rerun", f"{name}:r", "--from", "extrakt")
    assert code == 2 and "did you mean 'extract'?" in errors
    assert command(server, "rerun", f"{name}:r", "--from", "load", "--all")[0] == 2


# 'hold' waits for a signal that says how it is to end.
SEATS = """
pipeline: {name}
concurrency: {{max_runs: 1}}
tasks:
  done: {{noop: true}}
  hold: {{needs: done, wait: {{signal: go}}}}
"""


def test_a_rerun_takes_a_seat_and_waits_for_one_over_a_kill(own):
    sfn, name = step_functions(own.url), "seats"
    call(own, "POST", "/pipelines", text=SEATS.format(name=name))
    first = start(own, name, name="first")["id"]
    sfn.stop_execution(executionArn=first)
    second = start(own, name, name="second")["id"]
    status = lambda run: sfn.describe_execution(executionArn=run)["status"]
    until(lambda: status(second) == "RUNNING")
    answer = rerun(own, first, all=True)
    assert answer["generation"] == 2 and answer["waiting"]["position"] == 1
    assert status(first) == "QUEUED"
    waits = call(own, "GET", f"/runs/{quoted(first)}")
    assert waits["run"]["status"] == "QUEUED" and waits["lastEvent"] > 0
    told = call(own, "GET", f"/runs/{quoted(first)}/tasks")
    assert told["items"] and told["waiting"]["waitsFor"] == [second]
    assert "number 1 of those that wait for second" in "".join(command(own, "tasks", f"{name}:first")[1:])
    listed = call(own, "GET", f"/runs?workflow={name}")["items"]
    assert [(run["name"], run["status"]) for run in listed] == [("first", "QUEUED"), ("second", "RUNNING")]
    with pytest.raises(Refused, match="waits already"):
        rerun(own, first, all=True)
    own.kill()
    own.start()
    assert status(first) == "QUEUED"
    until(lambda: try_signal(own, second))
    assert ended(sfn, second)["status"] == "SUCCEEDED"
    until(lambda: status(first) == "RUNNING")
    # It has the only seat now.
    third = start(own, name, name="third")
    assert third["waiting"]["position"] == 1
    own.kill()
    own.start()
    until(lambda: try_signal(own, first))
    assert ended(sfn, first)["status"] == "SUCCEEDED"
    until(lambda: status(third["id"]) == "RUNNING")
    with pytest.raises(Refused, match="409.*skipped"):
        rerun(own, first, all=True, overlap="skip")
    assert rerun(own, first, all=True)["waiting"]["position"] == 1
    # Stopped while it waits, it is what it was.
    sfn.stop_execution(executionArn=first)
    assert status(first) == "SUCCEEDED"
    assert "waiting" not in rerun(own, first, all=True, overlap="allow_all")
    until(lambda: status(first) == "RUNNING")


def test_a_redriven_run_takes_a_seat(own):
    sfn, name = step_functions(own.url), "redriven"
    call(own, "POST", "/pipelines", text=SEATS.format(name=name))
    first = start(own, name, name="first")["id"]
    sfn.stop_execution(executionArn=first)
    sfn.redrive_execution(executionArn=first, clientToken="one")
    sfn.redrive_execution(executionArn=first, clientToken="one")
    assert sfn.describe_execution(executionArn=first)["redriveCount"] == 1
    second = start(own, name, name="second")
    assert second["waiting"]["position"] == 1
    until(lambda: try_signal(own, first))
    assert ended(sfn, first)["status"] == "SUCCEEDED"


def test_a_rerun_goes_on_after_a_kill(own_server, tmp_path):
    sfn, gate = step_functions(own_server.url), tmp_path / "gate"
    text = f"""
pipeline: killed
tasks:
  one: {{output: text, run: echo one >> {tmp_path}/book; echo first}}
  two:
    needs: one
    output: text
    run: |
      echo two >> {tmp_path}/book
      until [ -e {gate} ]; do sleep 0.05; done
      echo "${{{{ needs.one.output }}}} and second"
  three: {{needs: two, run: echo three >> {tmp_path}/book}}
outputs: {{said: "${{{{ needs.two.output }}}}", attempt: "${{{{ run.attempt }}}}"}}
"""
    gate.touch()
    call(own_server, "POST", "/pipelines", text=text)
    run = start(own_server, "killed", name="one")["id"]
    assert ended(sfn, run)["status"] == "SUCCEEDED"
    assert lines(tmp_path) == ["one", "three", "two"]
    gate.unlink()
    rerun(own_server, run, **{"from": ["two"]})
    until((tmp_path / "book").exists)
    own_server.kill()
    own_server.start()
    gate.touch()
    found = ended(sfn, run)
    assert found["status"] == "SUCCEEDED", found
    assert json.loads(found["output"]) == {"said": "first and second", "attempt": 2}
    # The script that was killed ran again; what ended before did not.
    assert set(lines(tmp_path)) == {"two", "three"}


def test_an_earlier_generation_is_told_of_as_it_ended(server, sfn, loads):
    name, directory = loads
    run = start(server, name)["id"]
    assert ended(sfn, run)["status"] == "FAILED"
    before = call(server, "GET", f"/runs/{quoted(run)}/tasks")
    (directory / "good").touch()
    rerun(server, run)
    assert ended(sfn, run)["status"] == "SUCCEEDED"
    first = call(server, "GET", f"/runs/{quoted(run)}/tasks", generation=1)
    assert first["generation"] == 1 and first["items"] == before["items"]
    assert call(server, "GET", f"/runs/{quoted(run)}/tasks", generation=2)["generation"] == 2
    for other in (0, 3):
        with pytest.raises(Refused, match="the generations 1 to 2"):
            call(server, "GET", f"/runs/{quoted(run)}/tasks", generation=other)


def test_the_attempts_of_a_task_are_told_one_by_one(server, sfn, unique, tmp_path):
    name = unique("tried")
    text = f"""
pipeline: {name}
tasks:
  try:
    retry: {{max: 3, delay: 10ms}}
    run: echo x >> {tmp_path}/tries; [ $(wc -l < {tmp_path}/tries) -ge 3 ] || exit 7
  each: {{needs: try, each: [1, 2], run: "true"}}
"""
    call(server, "POST", "/pipelines", text=text)
    run = start(server, name)["id"]
    assert ended(sfn, run)["status"] == "SUCCEEDED"
    task = tasks(server, run)["try"]
    assert task["attempts"] == len(task["tries"]) == 3
    assert [("error" in attempt) for attempt in task["tries"]] == [True, True, False]
    times = [attempt[name] for attempt in task["tries"] for name in ("queued", "started", "ended")]
    assert times == sorted(times)
    event = task["tries"][0]["event"]
    [sent] = call(server, "GET", f"/runs/{quoted(run)}/events", first=event, limit=1)["items"]
    assert sent["type"] == "TaskScheduled" and "exit 7" in sent["details"]["parameters"]
    assert "tries" not in tasks(server, run)["each"]
