"""Signals to running executions, over the action and the command that send them."""

import concurrent.futures
import json

from clients import ask_own, command, ended, event_types, eventually, step_functions


def signal_task(name="go", **fields):
    return {
        "Type": "Task",
        "Resource": "arn:aws:states:::compasso:signal",
        "Parameters": {"Name": name},
        **fields,
    }


def send(server, execution, name="go", **members):
    return ask_own(server, "SignalExecution", executionArn=execution, signalName=name, **members)


def waits(sfn, execution):
    eventually(lambda: event_types(sfn, execution)[-1] == "TaskStarted")


def test_a_command_ends_the_wait_with_its_payload(own, machine, start):
    sfn = step_functions(own.url)
    states = {"Paid": signal_task("paid", ResultPath="$.paid", End=True)}
    execution = start(machine(states, client=sfn), {"order": 7}, client=sfn)
    waits(sfn, execution)
    payload = ["--payload", '{"amount": 12}']
    ran = command(own, "signal", execution, "paid", *payload)
    assert (ran.returncode, ran.stdout) == (0, "signalled paid\n"), ran.stderr
    assert json.loads(ended(sfn, execution)["output"]) == {"order": 7, "paid": {"amount": 12}}
    types = event_types(sfn, execution)
    assert types[2:5] == ["TaskScheduled", "TaskStarted", "TaskSucceeded"]


def test_a_wait_and_kept_signals_survive_a_kill(own, machine, start):
    sfn = step_functions(own.url)
    states = {
        "A": signal_task("a", ResultPath="$.a", Next="B"),
        "B": signal_task("b", ResultPath="$.b", Next="C"),
        "C": signal_task("c", ResultPath="$.c", End=True),
    }
    execution = start(machine(states, client=sfn), client=sfn)
    assert send(own, execution, "b", payload='"kept"', id="once") == (200, {})
    own.kill()
    own.start()
    assert send(own, execution, "b", payload='"again"', id="once") == (200, {})
    assert send(own, execution, "a", payload="1") == (200, {})
    own.kill()
    own.start()
    assert send(own, execution, "c") == (200, {})
    output = json.loads(ended(sfn, execution)["output"])
    assert output == {"a": 1, "b": "kept", "c": None}


def test_every_answered_signal_is_taken_once_across_kills(own, machine, start):
    """A state takes signals until one says that it was the last."""
    sfn = step_functions(own.url)
    states = {
        "Take": signal_task(ResultPath="$.got", Next="Add"),
        "Add": {
            "Type": "Pass",
            "Parameters": {"sum.$": "States.MathAdd($.sum, $.got)", "got.$": "$.got"},
            "Next": "More",
        },
        "More": {
            "Type": "Choice",
            "Choices": [{"Variable": "$.got", "NumericEquals": 0, "Next": "Done"}],
            "Default": "Take",
        },
        "Done": {"Type": "Succeed"},
    }
    execution = start(machine(states, client=sfn), {"sum": 0}, client=sfn)

    def insist(number):
        """Sends with an id until it is answered, as a client does whose connection broke."""
        while True:
            try:
                status, answer = send(own, execution, payload=str(number), id=f"n{number}")
            except OSError:
                continue
            assert status == 200, answer
            return

    with concurrent.futures.ThreadPoolExecutor(8) as senders:
        sent = [senders.submit(insist, number) for number in range(1, 61)]
        for number in (10, 30, 50):
            sent[number].result(60)
            own.kill()
            own.start()
        for one in sent:
            one.result(60)
    insist(0)
    assert json.loads(ended(sfn, execution)["output"])["sum"] == sum(range(1, 61))


def test_a_wait_times_out_and_can_be_caught(own, machine, start):
    sfn = step_functions(own.url)
    catch = [{"ErrorEquals": ["States.Timeout"], "ResultPath": "$.late", "Next": "Late"}]
    states = {
        "Wait": signal_task(TimeoutSeconds=1, Catch=catch, End=True),
        "Late": {"Type": "Pass", "End": True},
    }
    execution = start(machine(states, client=sfn), client=sfn)
    output = json.loads(ended(sfn, execution)["output"])
    assert output == {"late": {"Error": "States.Timeout"}}


def test_signals_that_nobody_can_take_are_refused(own, machine, start):
    sfn = step_functions(own.url)
    execution = start(machine({"End": {"Type": "Succeed"}}, client=sfn), client=sfn)
    ended(sfn, execution)
    status, answer = send(own, execution)
    assert (status, answer["__type"]) == (409, "ConflictException")
    assert "closed" in answer["message"] and execution in answer["message"]
    ran = command(own, "signal", execution, "go")
    assert ran.returncode == 2 and "closed" in ran.stderr, ran.stderr
    status, answer = send(own, execution.rsplit(":", 1)[0] + ":nobody")
    assert (status, answer["__type"]) == (400, "ExecutionDoesNotExist")
    for members in [{"payload": "{"}, {"id": "x" * 81}]:
        status, answer = send(own, execution, **members)
        assert (status, answer["__type"]) == (400, "ValidationException")
    status, answer = send(own, execution, "")
    assert (status, answer["__type"]) == (400, "ValidationException")


def test_only_so_many_signals_are_kept(own, machine, start):
    sfn = step_functions(own.url)
    execution = start(machine({"Wait": signal_task("other", End=True)}, client=sfn), client=sfn)
    statuses = [send(own, execution)[0] for _ in range(101)]
    assert statuses == [200] * 100 + [402]
    status, answer = send(own, execution)
    assert answer["__type"] == "ServiceQuotaExceededException"
    assert send(own, execution, "other")[0] == 200
    assert ended(sfn, execution)["status"] == "SUCCEEDED"


def test_signals_are_off_unless_they_are_asked_for(server, sfn, machine, start):
    execution = start(machine({"Wait": signal_task(TimeoutSeconds=30, End=True)}))
    ran = command(server, "signal", execution, "go")
    assert ran.returncode == 2 and "[beyond-aws] signals = true" in ran.stderr, ran.stderr
    sfn.stop_execution(executionArn=execution)
    for target in ["nope:x", execution.rsplit(":", 1)[0] + ":nope"]:
        ran = command(server, "signal", target, "go")
        assert ran.returncode == 2 and "beyond-aws" not in ran.stderr, ran.stderr
    assert "no state machine or pipeline 'nope'" in command(server, "signal", "nope:x", "go").stderr
