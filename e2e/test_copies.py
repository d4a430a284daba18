"""Copies of executions, over the command that asks for them."""

import json

import pytest

from clients import command, ended, event_types, history, step_functions
from rest import Refused, call, quoted

STATES = {
    "First": {
        "Type": "Pass",
        "Assign": {"kept.$": "$$.Execution.Input.n"},
        "Result": {"step": 1},
        "Next": "Second",
    },
    "Second": {
        "Type": "Pass",
        "Parameters": {"kept.$": "$kept", "step.$": "$.step"},
        "Next": "Broken",
    },
    "Broken": {"Type": "Fail", "Error": "Broken"},
}


def copied(server, *arguments):
    ran = command(server, "copy", *arguments)
    assert ran.returncode == 0, ran.stderr
    return ran.stdout.strip()


def test_a_copy_begins_at_a_state_with_what_it_had(own, machine, start):
    sfn = step_functions(own.url)
    arn = machine(STATES, client=sfn)
    execution = start(arn, {"n": 7}, client=sfn)
    before = ended(sfn, execution)
    copy = copied(own, execution, "--from", "Second", "--name", "again")
    assert copy == execution.rsplit(":", 1)[0] + ":again"
    ended(sfn, copy)
    events = history(sfn, copy)
    assert json.loads(events[0]["executionStartedEventDetails"]["input"]) == {"step": 1}
    assert events[1]["stateEnteredEventDetails"]["name"] == "Second"
    output = events[2]["stateExitedEventDetails"]["output"]
    assert json.loads(output) == {"kept": 7, "step": 1}
    assert call(own, "GET", f"/runs/{quoted(copy)}")["run"]["againOf"] == execution
    [again] = call(own, "GET", "/runs", q=f'input.run.again_of = "{execution}"')["items"]
    assert again["id"] == copy
    assert sfn.describe_execution(executionArn=execution)["stopDate"] == before["stopDate"]


def test_a_run_from_the_beginning_leads_to_the_one_that_it_runs_again(own, machine, start):
    sfn = step_functions(own.url)
    arn = machine(STATES, client=sfn)
    execution = start(arn, {"n": 7}, client=sfn)
    ended(sfn, execution)
    order = {"workflow": arn, "name": "whole", "input": '{"n": 8}', "againOf": execution}
    again = call(own, "POST", "/runs", order)["id"]
    ended(sfn, again)
    own.kill()
    own.start()
    assert call(own, "GET", f"/runs/{quoted(again)}")["run"]["againOf"] == execution
    assert "againOf" not in call(own, "GET", f"/runs/{quoted(execution)}")["run"]
    [found] = call(own, "GET", "/runs", q=f'input.run.again_of = "{execution}"')["items"]
    assert found["id"] == again
    other = start(machine({"A": {"Type": "Pass", "End": True}}, client=sfn), client=sfn)
    with pytest.raises(Refused, match="is no execution of this state machine"):
        call(own, "POST", "/runs", {"workflow": arn, "againOf": other})
    with pytest.raises(Refused, match="Execution Does Not Exist"):
        call(own, "POST", "/runs", {"workflow": arn, "againOf": f"{execution}-gone"})


def test_a_copy_can_have_another_input_and_survives_a_power_cut(own, machine, start):
    sfn = step_functions(own.url)
    states = {**STATES, "Broken": {"Type": "Wait", "Seconds": 1, "End": True}}
    execution = start(machine(states, client=sfn), {"n": 7}, client=sfn)
    ended(sfn, execution)
    copy = copied(own, execution, "--from", "Second", "--input", '{"step": "edited"}')
    own.kill()
    own.start()
    assert json.loads(ended(sfn, copy)["output"]) == {"kept": 7, "step": "edited"}
    assert "First" not in json.dumps(history(sfn, copy), default=str)


def test_a_copy_of_a_copy_and_its_redrive_keep_where_it_began(own, machine, start):
    sfn = step_functions(own.url)
    execution = start(machine(STATES, client=sfn), {"n": 7}, client=sfn)
    ended(sfn, execution)
    first = copied(own, execution, "--from", "Second")
    ended(sfn, first)
    second = copied(own, first, "--from", "Broken")
    ended(sfn, second)
    sfn.redrive_execution(executionArn=second)
    ended(sfn, second)
    entered = ["FailStateEntered", "ExecutionFailed"]
    assert event_types(sfn, second) == [
        "ExecutionStarted",
        *entered,
        "ExecutionRedriven",
        *entered,
    ]


def test_what_was_not_entered_cannot_be_begun_at(own, machine, start):
    sfn = step_functions(own.url)
    branch = {"StartAt": "Inner", "States": {"Inner": {"Type": "Pass", "End": True}}}
    states = {"Outer": {"Type": "Parallel", "Branches": [branch], "End": True}}
    execution = start(machine(states, client=sfn), client=sfn)
    ended(sfn, execution)
    for state in ["Inner", "Nowhere"]:
        ran = command(own, "copy", execution, "--from", state)
        assert ran.returncode == 2 and state in ran.stderr, ran.stderr
    ran = command(own, "copy", execution, "--from", "Outer", "--name", "a b")
    assert ran.returncode == 2 and "Invalid Name" in ran.stderr, ran.stderr
    copied(own, execution, "--from", "Outer", "--name", "taken")
    ran = command(own, "copy", execution, "--from", "Outer", "--name", "taken")
    assert ran.returncode == 2 and "Already Exists" in ran.stderr, ran.stderr


def test_copies_are_off_unless_they_are_asked_for(server, sfn, machine, start):
    execution = start(machine(STATES), {"n": 7})
    ended(sfn, execution)
    ran = command(server, "copy", execution, "--from", "Second")
    assert ran.returncode == 2 and "[beyond-aws]" in ran.stderr, ran.stderr


def test_a_copy_can_be_asked_for_over_rest(server, sfn, machine, start):
    execution = start(machine(STATES), {"n": 7})
    ended(sfn, execution)
    order = {"state": "Second", "name": "at-second", "input": '{"step": "edited"}'}
    copy = call(server, "POST", f"/runs/{quoted(execution)}/copy", order)["id"]
    assert copy == execution.rsplit(":", 1)[0] + ":at-second"
    ended(sfn, copy)
    output = history(sfn, copy)[2]["stateExitedEventDetails"]["output"]
    assert json.loads(output) == {"kept": 7, "step": "edited"}
    with pytest.raises(Refused, match="entered no state 'Third'"):
        call(server, "POST", f"/runs/{quoted(execution)}/copy", {"state": "Third"})
