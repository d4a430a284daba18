"""TestState: states whose work is mocked, and those of a whole state machine."""

import json

import pytest

from clients import ACCOUNT, REGION, ROLE
from one_state import ECHO, MACHINE, START, failing, mocked

SQS_SYNC = "arn:aws:states:::states:startExecution.sync:2"
RETRIED = {
    "Type": "Task",
    "Resource": ECHO,
    "Retry": [
        {"ErrorEquals": ["Never"], "MaxAttempts": 1},
        {"ErrorEquals": ["Busy"], "IntervalSeconds": 3, "BackoffRate": 2, "MaxAttempts": 2},
    ],
    "Catch": [
        {"ErrorEquals": ["Other"], "Next": "Elsewhere"},
        {"ErrorEquals": ["States.ALL"], "ResultPath": "$.error", "Next": "Handler"},
    ],
    "End": True,
}


@pytest.mark.parametrize(("count", "seconds"), [(None, 3), (0, 3), (1, 6)])
def test_an_error_that_is_retried_tells_when(tested, count, seconds):
    configuration = {} if count is None else {"stateConfiguration": {"retrierRetryCount": count}}
    answer = tested(RETRIED, mock=failing("Busy"), inspectionLevel="DEBUG", **configuration)
    assert answer["status"] == "RETRIABLE"
    assert (answer["error"], answer["cause"]) == ("Busy", "because")
    assert "output" not in answer and "nextState" not in answer
    details = answer["inspectionData"]["errorDetails"]
    assert details == {"retryIndex": 1, "retryBackoffIntervalSeconds": seconds}


def test_an_error_that_used_up_its_retries_is_caught(tested):
    answer = tested(
        RETRIED,
        {"a": 1},
        mock=failing("Busy"),
        inspectionLevel="DEBUG",
        stateConfiguration={"retrierRetryCount": 2},
    )
    assert answer["status"] == "CAUGHT_ERROR"
    assert answer["nextState"] == "Handler"
    assert answer["output"] == {"a": 1, "error": {"Error": "Busy", "Cause": "because"}}
    assert (answer["error"], answer["cause"]) == ("Busy", "because")
    assert answer["inspectionData"]["errorDetails"] == {"catchIndex": 1}


def test_a_state_is_found_in_its_state_machine_wherever_it_stands(tested):
    assert tested(MACHINE, {"n": 7}, stateName="Inner")["output"] == {"x": 7}
    assert tested(MACHINE, stateName="First")["nextState"] == "Each"


def test_a_map_shows_its_items_and_takes_a_mocked_result(tested):
    answer = tested(
        MACHINE,
        {"list": [5, 6, 7]},
        stateName="Each",
        mock=mocked(["a", "b", "c"]),
        inspectionLevel="DEBUG",
    )
    assert answer["output"] == {"list": [5, 6, 7], "done": ["a", "b", "c"]}
    assert answer["nextState"] == "Both"
    data = answer["inspectionData"]
    assert data["afterItemsPath"] == [5, 6, 7]
    assert data["afterItemSelector"] == [{"n": n + 5, "i": n} for n in range(3)]
    assert data["maxConcurrency"] == 2
    assert data["result"] == ["a", "b", "c"]


DISTRIBUTED = {
    "Type": "Map",
    "MaxConcurrency": 7,
    "ToleratedFailureCount": 1,
    "ItemSelector": {"n.$": "$$.Map.Item.Value"},
    "ItemProcessor": {
        "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
        "StartAt": "I",
        "States": {"I": {"Type": "Pass", "End": True}},
    },
    "End": True,
}


@pytest.mark.parametrize(("failures", "status"), [(0, "SUCCEEDED"), (1, "SUCCEEDED"), (2, "FAILED")])
def test_a_distributed_map_tolerates_as_many_failures_as_it_says(tested, failures, status):
    answer = tested(
        DISTRIBUTED,
        [1, 2, 3],
        mock=mocked([1, 2, 3]),
        stateConfiguration={"mapIterationFailureCount": failures},
        inspectionLevel="DEBUG",
    )
    assert answer["status"] == status
    error = "States.ExceedToleratedFailureThreshold" if status == "FAILED" else None
    assert answer.get("error") == error
    data = answer["inspectionData"]
    assert (data["maxConcurrency"], data["toleratedFailureCount"]) == (7, 1)
    assert data["afterItemSelector"] == [{"n": 1}, {"n": 2}, {"n": 3}]


READING = {
    **DISTRIBUTED,
    "ItemReader": {
        "Resource": "arn:aws:states:::s3:getObject",
        "Parameters": {"Bucket": "b", "Key.$": "$.key"},
        "ReaderConfig": {"InputType": "JSON", "ItemsPointer": "/rows", "MaxItems": 3},
    },
    "ItemSelector": {"n.$": "$$.Map.Item.Value", "from.$": "$$.Map.Item.Source"},
    "ItemBatcher": {"MaxItemsPerBatch": 2, "BatchInput": {"key.$": "$.key"}},
}


def test_a_map_shows_what_it_makes_of_given_items_of_its_reader(tested):
    answer = tested(
        READING,
        {"key": "k"},
        mock=mocked(["a"]),
        stateConfiguration={
            "mapItemReaderData": json.dumps({"rows": [1, 2, 3, 4]}),
            "mapIterationFailureCount": 1,
        },
        inspectionLevel="DEBUG",
    )
    assert (answer["status"], answer["output"]) == ("SUCCEEDED", ["a"])
    data = answer["inspectionData"]
    assert data["afterItemsPointer"] == [1, 2, 3, 4]
    inputs = [{"n": n, "from": "S3://b/k"} for n in [1, 2, 3]]
    assert data["afterItemSelector"] == inputs
    batch = {"BatchInput": {"key": "k"}}
    assert data["afterItemBatcher"] == [
        {**batch, "Items": inputs[:2]},
        {**batch, "Items": inputs[2:]},
    ]


def test_given_items_are_in_the_form_that_the_reader_reads(tested):
    config = {"InputType": "CSV", "CSVHeaderLocation": "FIRST_ROW"}
    state = {**DISTRIBUTED, "ItemReader": {**READING["ItemReader"], "ReaderConfig": config}}

    def given(data):
        return tested(
            state,
            {"key": "k"},
            mock=mocked([]),
            stateConfiguration={"mapItemReaderData": data},
            inspectionLevel="DEBUG",
        )

    data = given("a,b\n1,2\n")["inspectionData"]
    assert data["afterItemSelector"] == [{"n": {"a": "1", "b": "2"}}]
    assert "afterItemsPointer" not in data and "afterItemBatcher" not in data
    assert given("a,a\n1,2\n")["error"] == "States.ItemReaderFailed"


def test_a_parallel_state_takes_a_result_for_each_branch(tested, refused):
    assert tested(MACHINE, stateName="Both", mock=mocked([1, 2]))["output"] == [1, 2]
    assert refused(MACHINE, stateName="Both", mock=mocked([1])) == (
        "ValidationException",
        "Mocked result must contain the same number of items as number of Parallel branches.",
    )
    caught = tested(MACHINE, stateName="Both", mock=failing("Broken"))
    assert (caught["status"], caught["nextState"]) == ("CAUGHT_ERROR", "First")


@pytest.mark.parametrize(
    "resource",
    [f"arn:aws:states:{REGION}:{ACCOUNT}:activity:any", SQS_SYNC],
    ids=["activity", "sync"],
)
def test_work_that_others_end_needs_a_mock(tested, refused, resource):
    state = {"Type": "Task", "Resource": resource, "Parameters": {}, "End": True}
    if "startExecution" in resource:
        state["Parameters"] = {"StateMachineArn": "arn"}
    mock = {**mocked({"ok": True}), "fieldValidationMode": "NONE"}
    assert tested(state, mock=mock)["output"] == {"ok": True}
    assert refused(state, roleArn=ROLE)[0] == "InvalidDefinition"


@pytest.mark.parametrize("mode", ["PRESENT", "NONE"])
def test_a_mock_may_leave_out_what_a_service_always_answers(tested, mode):
    mock = {**mocked({"ExecutionArn": "arn"}), "fieldValidationMode": mode}
    assert tested(START, mock=mock)["output"] == {"ExecutionArn": "arn"}


def test_a_context_takes_the_place_of_the_states_own(tested):
    state = {
        "Type": "Task",
        "Resource": ECHO,
        "Parameters": {"id.$": "$$.Execution.Id", "name.$": "$$.State.Name"},
        "End": True,
    }
    answer = tested(
        state,
        context={"Execution": {"Id": "mine"}, "State": {"Name": "Here"}},
        mock=mocked({}),
        inspectionLevel="DEBUG",
    )
    assert answer["inspectionData"]["afterParameters"] == {"id": "mine", "name": "Here"}
