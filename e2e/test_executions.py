"""Executions over boto3: start, follow, fail, stop, list, history, synchronous Express."""

import datetime
import json

import pytest

from clients import ACCOUNT, REGION, ask_plain, ended, event_types, history
from rest import call, quoted

PASS = {"A": {"Type": "Pass", "End": True}}
HOLD = {"Hold": {"Type": "Wait", "Seconds": 3600, "End": True}}
BREAK = {"Break": {"Type": "Fail", "Error": "Broken", "Cause": "on purpose"}}
UNKNOWN = f"arn:aws:states:{REGION}:{ACCOUNT}:execution:nobody:started"


def test_an_execution_runs_to_its_output(sfn, machine, start, unique):
    states = {
        "Sum": {
            "Type": "Pass",
            "Parameters": {"sum.$": "States.MathAdd($.a, $.b)"},
            "Next": "Big?",
        },
        "Big?": {
            "Type": "Choice",
            "Choices": [{"Variable": "$.sum", "NumericGreaterThan": 10, "Next": "Big"}],
            "Default": "Small",
        },
        "Big": {"Type": "Pass", "Result": "big", "End": True},
        "Small": {"Type": "Pass", "Result": "small", "End": True},
    }
    arn, name = machine(states), unique("run")
    execution = start(arn, {"a": 5, "b": 6}, name=name)
    described = ended(sfn, execution)
    machine_name = arn.rsplit(":", 1)[1]
    assert execution == f"arn:aws:states:{REGION}:{ACCOUNT}:execution:{machine_name}:{name}"
    assert described["status"] == "SUCCEEDED"
    assert described["output"] == '"big"'
    assert json.loads(described["input"]) == {"a": 5, "b": 6}
    assert described["stateMachineArn"] == arn
    assert described["name"] == name
    assert described["stopDate"] >= described["startDate"]
    assert described["inputDetails"] == described["outputDetails"] == {"included": True}
    assert "error" not in described and "cause" not in described


def test_a_failed_execution_has_error_and_cause_and_no_output(sfn, machine, start):
    described = ended(sfn, start(machine(BREAK)))
    assert described["status"] == "FAILED"
    assert (described["error"], described["cause"]) == ("Broken", "on purpose")
    assert "output" not in described


def test_an_execution_without_a_name_gets_one(sfn, machine):
    answer = sfn.start_execution(stateMachineArn=machine(PASS))
    described = ended(sfn, answer["executionArn"])
    assert len(described["name"]) == 36
    assert described["input"] == "{}"


def test_starting_the_same_again_while_it_runs_gives_the_same_answer(sfn, machine, unique):
    arn, name = machine(HOLD), unique()
    same = {"stateMachineArn": arn, "name": name, "input": '{"n": 1}'}
    first, second = sfn.start_execution(**same), sfn.start_execution(**same)
    assert first["executionArn"] == second["executionArn"]
    assert first["startDate"] == second["startDate"]
    with pytest.raises(sfn.exceptions.ExecutionAlreadyExists) as refused:
        sfn.start_execution(**{**same, "input": '{"n": 2}'})
    expected = f"Execution Already Exists: '{first['executionArn']}'"
    assert refused.value.response["Error"]["Message"] == expected
    sfn.stop_execution(executionArn=first["executionArn"])


def test_the_name_of_a_closed_execution_stays_taken(sfn, machine, start, unique):
    arn, name = machine(PASS), unique()
    ended(sfn, start(arn, {"n": 1}, name=name))
    with pytest.raises(sfn.exceptions.ExecutionAlreadyExists):
        start(arn, {"n": 1}, name=name)


@pytest.mark.parametrize("text", ["", "not json", "{", '{"a":}', "[1,]"])
def test_input_that_is_no_json_is_refused(sfn, machine, text):
    with pytest.raises(sfn.exceptions.InvalidExecutionInput) as refused:
        sfn.start_execution(stateMachineArn=machine(PASS), input=text)
    assert "Invalid State Machine Execution Input: '" in str(refused.value)


@pytest.mark.parametrize("text", ["null", "1", '"text"', "[]", "true"])
def test_input_may_be_any_json_value(sfn, machine, text):
    execution = sfn.start_execution(stateMachineArn=machine(PASS), input=text)["executionArn"]
    assert ended(sfn, execution)["output"] == text


def test_the_blanks_of_untouched_input_are_kept(sfn, machine):
    text = '{ "a" : [1,  2] }'
    execution = sfn.start_execution(stateMachineArn=machine(PASS), input=text)["executionArn"]
    ended(sfn, execution)
    events = history(sfn, execution)
    assert events[0]["executionStartedEventDetails"]["input"] == text
    assert events[1]["stateEnteredEventDetails"]["input"] == text


def test_a_forbidden_name_of_an_execution_is_refused(sfn, machine):
    with pytest.raises(sfn.exceptions.InvalidName):
        sfn.start_execution(stateMachineArn=machine(PASS), name="no blanks")


def test_a_stopped_execution_is_aborted_with_what_the_caller_said(sfn, machine, start):
    execution = start(machine(HOLD))
    answer = sfn.stop_execution(executionArn=execution, error="Enough", cause="we changed our mind")
    described = sfn.describe_execution(executionArn=execution)
    assert isinstance(answer["stopDate"], datetime.datetime)
    assert described["status"] == "ABORTED"
    assert (described["error"], described["cause"]) == ("Enough", "we changed our mind")
    last = history(sfn, execution)[-1]
    assert last["type"] == "ExecutionAborted"
    assert last["executionAbortedEventDetails"] == {
        "error": "Enough",
        "cause": "we changed our mind",
    }


def test_who_stopped_an_execution_is_told_if_that_is_known_and_not_to_sdks(server, machine, start):
    waits = machine(HOLD)
    for said, who in [({"by": "ana"}, "ana"), ({}, None)]:
        execution = start(waits)
        call(server, "POST", f"/runs/{quoted(execution)}/stop", {"cause": "enough", **said})
        assert call(server, "GET", f"/runs/{quoted(execution)}")["run"].get("stoppedBy") == who
        last = call(server, "GET", f"/runs/{quoted(execution)}/events")["items"][-1]
        assert last["details"].get("by") == who
        asked = {"executionArn": execution, "reverseOrder": True}
        _, told = ask_plain(server, "AWSStepFunctions.GetExecutionHistory", **asked)
        assert told["events"][0]["executionAbortedEventDetails"] == {"cause": "enough"}


def test_unknown_executions_are_told_by_their_arn(sfn):
    for call in [
        sfn.describe_execution,
        sfn.stop_execution,
        sfn.get_execution_history,
        sfn.describe_state_machine_for_execution,
    ]:
        with pytest.raises(sfn.exceptions.ExecutionDoesNotExist) as refused:
            call(executionArn=UNKNOWN)
        expected = f"Execution Does Not Exist: '{UNKNOWN}'"
        assert refused.value.response["Error"]["Message"] == expected
        with pytest.raises(sfn.exceptions.InvalidArn):
            call(executionArn="nonsense")


def test_the_history_of_a_small_execution_is_what_aws_writes(sfn, machine, start):
    states = {
        "Each": {
            "Type": "Map",
            "ItemsPath": "$.items",
            "MaxConcurrency": 1,
            "ItemProcessor": {
                "StartAt": "Item",
                "States": {"Item": {"Type": "Pass", "End": True}},
            },
            "End": True,
        }
    }
    execution = start(machine(states), {"items": ["a", "b"]})
    ended(sfn, execution)
    events = history(sfn, execution)
    assert [(e["id"], e["type"], e["previousEventId"]) for e in events] == [
        (1, "ExecutionStarted", 0),
        (2, "MapStateEntered", 0),
        (3, "MapStateStarted", 2),
        (4, "MapIterationStarted", 3),
        (5, "PassStateEntered", 4),
        (6, "PassStateExited", 5),
        (7, "MapIterationSucceeded", 6),
        (8, "MapIterationStarted", 6),
        (9, "PassStateEntered", 8),
        (10, "PassStateExited", 9),
        (11, "MapIterationSucceeded", 10),
        (12, "MapStateSucceeded", 11),
        (13, "MapStateExited", 11),
        (14, "ExecutionSucceeded", 13),
    ]
    assert events[2]["mapStateStartedEventDetails"] == {"length": 2}
    assert events[3]["mapIterationStartedEventDetails"] == {"name": "Each", "index": 0}
    assert events[4]["stateEnteredEventDetails"]["input"] == '"a"'
    assert events[-1]["executionSucceededEventDetails"]["output"] == '["a","b"]'


def test_history_comes_in_pages_both_ways_and_without_data_if_asked(sfn, machine, start):
    states = {f"S{n}": {"Type": "Pass", "Next": f"S{n + 1}"} for n in range(9)}
    execution = start(machine({**states, "S9": {"Type": "Pass", "End": True}}), {"secret": 1})
    ended(sfn, execution)
    paginator = sfn.get_paginator("get_execution_history")

    def ids(**more):
        pages = paginator.paginate(
            executionArn=execution, PaginationConfig={"PageSize": 4}, **more
        )
        return [event["id"] for page in pages for event in page["events"]]

    assert ids() == list(range(1, 23))
    assert ids(reverseOrder=True) == list(range(22, 0, -1))
    bare = sfn.get_execution_history(executionArn=execution, includeExecutionData=False)
    assert "input" not in bare["events"][0]["executionStartedEventDetails"]
    assert "input" not in bare["events"][1]["stateEnteredEventDetails"]


def test_executions_are_listed_newest_first_in_pages_and_by_status(sfn, machine, start):
    arn = machine({"Hold?": {**_hold_if_asked()}, **PASS, **HOLD})
    finished = [start(arn, {"hold": False}) for _ in range(5)]
    held = start(arn, {"hold": True})
    for execution in finished:
        ended(sfn, execution)
    paginator = sfn.get_paginator("list_executions")
    pages = list(paginator.paginate(stateMachineArn=arn, PaginationConfig={"PageSize": 2}))
    listed = [item for page in pages for item in page["executions"]]
    assert sorted(item["executionArn"] for item in listed) == sorted([*finished, held])
    assert all(len(page["executions"]) <= 2 for page in pages)

    def by_status(status):
        answer = sfn.list_executions(stateMachineArn=arn, statusFilter=status)
        return [item["executionArn"] for item in answer["executions"]]

    assert by_status("RUNNING") == [held]
    assert sorted(by_status("SUCCEEDED")) == sorted(finished)
    assert by_status("FAILED") == []
    starts = [item["startDate"] for item in listed if item["status"] == "SUCCEEDED"]
    assert starts == sorted(starts, reverse=True)
    sfn.stop_execution(executionArn=held)


def _hold_if_asked():
    return {
        "Type": "Choice",
        "Choices": [{"Variable": "$.hold", "BooleanEquals": True, "Next": "Hold"}],
        "Default": "A",
    }


def test_an_unknown_status_filter_is_refused(sfn, machine):
    with pytest.raises(sfn.exceptions.ValidationException):
        sfn.list_executions(stateMachineArn=machine(PASS), statusFilter="succeeded")


def test_a_machine_time_out_ends_the_execution(sfn, machine, start):
    described = ended(sfn, start(machine(HOLD, TimeoutSeconds=1)))
    assert described["status"] == "TIMED_OUT"
    assert "output" not in described and "error" not in described


def test_jsonata_and_variables_work_and_their_failure_is_told(sfn, machine, start):
    states = {
        "Keep": {
            "Type": "Pass",
            "Assign": {"total": "{% $sum($states.input.prices) %}"},
            "Output": {},
            "Next": "Tell",
        },
        "Tell": {"Type": "Pass", "Output": "{% $total * 2 %}", "End": True},
    }
    arn = machine(states, QueryLanguage="JSONata")
    good = start(arn, {"prices": [1, 2, 3]})
    assert ended(sfn, good)["output"] == "12"
    assigned = [e for e in history(sfn, good) if "assignedVariables" in str(e)]
    assert assigned[0]["stateExitedEventDetails"]["assignedVariables"] == {"total": "6"}
    bad = start(arn, {"prices": ["a"]})
    described = ended(sfn, bad)
    assert described["status"] == "FAILED"
    assert described["error"] == "States.QueryEvaluationError"
    assert event_types(sfn, bad)[-2:] == ["EvaluationFailed", "ExecutionFailed"]


def test_parallel_branches_and_a_caught_failure(sfn, machine, start):
    states = {
        "Both": {
            "Type": "Parallel",
            "Branches": [
                {"StartAt": "Left", "States": {"Left": {"Type": "Pass", "End": True}}},
                {"StartAt": "Right", "States": {"Right": {"Type": "Fail", "Error": "Slipped"}}},
            ],
            "Catch": [{"ErrorEquals": ["Slipped"], "ResultPath": "$.why", "Next": "Mended"}],
            "End": True,
        },
        "Mended": {"Type": "Pass", "End": True},
    }
    described = ended(sfn, start(machine(states), {"n": 1}))
    assert json.loads(described["output"]) == {"n": 1, "why": {"Error": "Slipped"}}


def test_a_synchronous_express_execution_answers_with_its_outcome(sfn, machine):
    good = sfn.start_sync_execution(
        stateMachineArn=machine(PASS, kind="EXPRESS"), input='{"a":1}', name="once"
    )
    assert (good["status"], good["output"], good["name"]) == ("SUCCEEDED", '{"a":1}', "once")
    assert ":express:" in good["executionArn"]
    assert good["stopDate"] >= good["startDate"]
    assert good["billingDetails"]["billedMemoryUsedInMB"] % 64 == 0
    bad = sfn.start_sync_execution(stateMachineArn=machine(BREAK, kind="EXPRESS"))
    assert (bad["status"], bad["error"], bad["cause"]) == ("FAILED", "Broken", "on purpose")


def test_a_synchronous_start_needs_an_express_machine(sfn, machine):
    with pytest.raises(sfn.exceptions.StateMachineTypeNotSupported):
        sfn.start_sync_execution(stateMachineArn=machine(PASS))


def test_express_executions_have_no_list_and_no_history(sfn, machine, start):
    arn = machine(PASS, kind="EXPRESS")
    execution = start(arn)
    with pytest.raises(sfn.exceptions.StateMachineTypeNotSupported):
        sfn.list_executions(stateMachineArn=arn)
    for call in [sfn.describe_execution, sfn.get_execution_history, sfn.stop_execution]:
        with pytest.raises(sfn.exceptions.InvalidArn) as refused:
            call(executionArn=execution)
        assert "Resource type not valid in this context: express" in str(refused.value)
