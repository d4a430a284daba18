"""TestState: one state on its own, as boto3 asks for it."""

import json

import boto3
import pytest
from botocore.exceptions import ClientError

from clients import ACCOUNT, REGION, ROLE
from web_services import mirror, serving

ECHO = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:echo"
FAIL = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:fail"
SQS_SYNC = "arn:aws:states:::states:startExecution.sync:2"


@pytest.fixture
def tested(sfn):
    """Tests a state and returns the answer without its metadata, JSON texts read."""

    def test(state, value=None, **fields):
        answer = sfn.test_state(
            definition=json.dumps(state),
            input=json.dumps({} if value is None else value),
            **{name: json.dumps(field) if name in {"variables", "context"} else field
               for name, field in fields.items()},
        )
        del answer["ResponseMetadata"]
        return read(answer)

    return test


TEXTS = {
    "output", "input", "afterArguments", "afterInputPath", "afterParameters", "result",
    "afterResultSelector", "afterResultPath", "variables", "afterItemsPath", "afterItemSelector",
}


def read(value):
    if not isinstance(value, dict):
        return value
    return {
        name: json.loads(member) if name in TEXTS and isinstance(member, str) else read(member)
        for name, member in value.items()
    }


@pytest.fixture
def refused(sfn):
    """Tests a state that is refused, and returns the error's name and message."""

    def test(state, **fields):
        definition = state if isinstance(state, str) else json.dumps(state)
        with pytest.raises(ClientError) as refusal:
            sfn.test_state(definition=definition, **fields)
        error = refusal.value.response["Error"]
        return error["Code"], error["Message"]

    return test


def mocked(result):
    return {"result": json.dumps(result)}


def failing(error, cause="because"):
    return {"errorOutput": {"error": error, "cause": cause}}


def test_a_pass_state_is_answered_with_its_output_and_what_follows(tested):
    state = {"Type": "Pass", "Parameters": {"b.$": "$.a"}, "ResultPath": "$.c", "Next": "Other"}
    assert tested(state, {"a": 1}) == {
        "output": {"a": 1, "c": {"b": 1}},
        "nextState": "Other",
        "status": "SUCCEEDED",
    }


def test_debug_shows_the_data_flow_of_a_pass_state(tested):
    state = {
        "Type": "Pass",
        "InputPath": "$.in",
        "Parameters": {"b.$": "$.a"},
        "ResultPath": "$.out",
        "OutputPath": "$.out",
        "End": True,
    }
    assert tested(state, {"in": {"a": 1}}, inspectionLevel="DEBUG") == {
        "output": {"b": 1},
        "inspectionData": {
            "input": {"in": {"a": 1}},
            "afterInputPath": {"a": 1},
            "afterParameters": {"b": 1},
            "result": {"b": 1},
            "afterResultSelector": {"b": 1},
            "afterResultPath": {"in": {"a": 1}, "out": {"b": 1}},
        },
        "status": "SUCCEEDED",
    }


def test_a_fixed_result_shows_no_input_after_fields(tested):
    state = {"Type": "Pass", "Result": 5, "ResultPath": "$.n", "End": True}
    assert tested(state, {"a": 1}, inspectionLevel="DEBUG")["inspectionData"] == {
        "input": {"a": 1},
        "result": 5,
        "afterResultSelector": 5,
        "afterResultPath": {"a": 1, "n": 5},
    }


@pytest.mark.parametrize(
    "state",
    [
        {"Type": "Succeed", "InputPath": "$.a"},
        {"Type": "Wait", "InputPath": "$.a", "Seconds": 0, "End": True},
        {
            "Type": "Choice",
            "InputPath": "$.a",
            "Choices": [{"Variable": "$.b", "IsPresent": True, "Next": "Yes"}],
        },
    ],
    ids=lambda state: state["Type"],
)
def test_states_without_work_show_only_their_input(tested, state):
    answer = tested(state, {"a": {"b": 1}}, inspectionLevel="DEBUG")
    assert answer["output"] == {"b": 1}
    assert answer["inspectionData"] == {"input": {"a": {"b": 1}}, "afterInputPath": {"b": 1}}


def test_a_choice_tells_where_it_goes(tested):
    rule = {"Variable": "$.n", "NumericGreaterThan": 3, "Next": "Many"}
    state = {"Type": "Choice", "Choices": [rule], "Default": "Few"}
    assert tested(state, {"n": 4})["nextState"] == "Many"
    assert tested(state, {"n": 3})["nextState"] == "Few"


def test_a_choice_without_a_match_fails(tested):
    rule = {"Variable": "$.n", "NumericGreaterThan": 3, "Next": "Many"}
    answer = tested({"Type": "Choice", "Choices": [rule]}, {"n": 1})
    assert answer["status"] == "FAILED" and answer["error"] and answer["cause"]
    assert "output" not in answer and "nextState" not in answer


def test_a_fail_state_fails_with_its_error(tested):
    state = {"Type": "Fail", "Error": "Broken", "Cause": "no luck"}
    assert tested(state, 5, inspectionLevel="DEBUG") == {
        "error": "Broken",
        "cause": "no luck",
        "inspectionData": {"input": 5, "afterInputPath": 5},
        "status": "FAILED",
    }


def test_a_jsonata_state_reads_and_assigns_variables(tested):
    state = {
        "Type": "Task",
        "QueryLanguage": "JSONata",
        "Resource": "arn:aws:states:::lambda:invoke",
        "Arguments": {"FunctionName": "f", "Payload": "{% $x + 1 %}"},
        "Assign": {"y": "{% $states.result.Payload %}"},
        "Output": "{% $states.result.Payload * 2 %}",
        "End": True,
    }
    answer = tested(
        state,
        {"a": 1},
        variables={"x": 1},
        mock={**mocked({"Payload": 21}), "fieldValidationMode": "NONE"},
        inspectionLevel="DEBUG",
    )
    assert answer == {
        "output": 42,
        "inspectionData": {
            "input": {"a": 1},
            "afterArguments": {"FunctionName": "f", "Payload": 2},
            "result": {"Payload": 21},
            "variables": {"x": 1, "y": 21},
        },
        "status": "SUCCEEDED",
    }


def test_a_real_task_is_carried_out(tested):
    state = {"Type": "Task", "Resource": ECHO, "ResultPath": "$.echo", "End": True}
    answer = tested(state, {"a": 1}, roleArn=ROLE)
    assert answer == {"output": {"a": 1, "echo": {"a": 1}}, "status": "SUCCEEDED"}


def test_a_real_task_that_fails_is_answered_with_its_error(tested):
    answer = tested({"Type": "Task", "Resource": FAIL, "End": True}, roleArn=ROLE)
    assert answer["status"] == "FAILED"
    assert answer["error"] and answer["cause"]


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


MACHINE = {
    "StartAt": "First",
    "States": {
        "First": {"Type": "Pass", "Next": "Each"},
        "Each": {
            "Type": "Map",
            "ItemsPath": "$.list",
            "ItemSelector": {"n.$": "$$.Map.Item.Value", "i.$": "$$.Map.Item.Index"},
            "MaxConcurrency": 2,
            "ItemProcessor": {
                "StartAt": "Inner",
                "States": {"Inner": {"Type": "Pass", "Parameters": {"x.$": "$.n"}, "End": True}},
            },
            "ResultPath": "$.done",
            "Next": "Both",
        },
        "Both": {
            "Type": "Parallel",
            "Branches": [
                {"StartAt": "L", "States": {"L": {"Type": "Pass", "End": True}}},
                {"StartAt": "R", "States": {"R": {"Type": "Pass", "End": True}}},
            ],
            "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "First"}],
            "End": True,
        },
    },
}


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


@pytest.mark.parametrize("reveal", [False, True])
def test_trace_shows_the_http_call_and_its_secrets_only_if_asked_to(tested, server, unique, reveal):
    events = boto3.client(
        "events",
        endpoint_url=server.url,
        region_name=REGION,
        aws_access_key_id="test",
        aws_secret_access_key="secret",
    )
    key = {"ApiKeyName": "x-key", "ApiKeyValue": "open-sesame"}
    connection = events.create_connection(
        Name=unique(), AuthorizationType="API_KEY", AuthParameters={"ApiKeyAuthParameters": key}
    )["ConnectionArn"]
    with serving(mirror) as url:
        state = {
            "Type": "Task",
            "Resource": "arn:aws:states:::http:invoke",
            "Parameters": {
                "ApiEndpoint": f"{url}/orders",
                "Method": "POST",
                "Authentication": {"ConnectionArn": connection},
                "QueryParameters": {"a": "1"},
                "RequestBody": {"n.$": "$.n"},
            },
            "ResultSelector": {"status.$": "$.StatusCode"},
            "End": True,
        }
        answer = tested(
            state, {"n": 5}, roleArn=ROLE, inspectionLevel="TRACE", revealSecrets=reveal
        )
    assert answer["output"] == {"status": 200}
    request = answer["inspectionData"]["request"]
    assert (request["protocol"], request["method"]) == ("http", "POST")
    assert (request["url"], request["body"]) == (f"{url}/orders?a=1", '{"n":5}')
    headers = request["headers"]
    assert headers.startswith("[") and headers.endswith("]")
    assert f"user-agent: Amazon|StepFunctions|HttpInvoke|{REGION}" in headers
    assert "range: bytes=0-262144" in headers
    assert ("x-key: open-sesame" in headers) == reveal
    response = answer["inspectionData"]["response"]
    assert response["protocol"] == "http"
    assert (response["statusCode"], response["statusMessage"]) == ("200", "OK")
    assert "content-type: application/json" in response["headers"]
    assert json.loads(response["body"])["headers"]["x-key"] == "open-sesame"


def test_debug_shows_no_http_call(tested):
    with serving(mirror) as url:
        parameters = {"ApiEndpoint": url, "Method": "GET"}
        resource = "arn:aws:states:::http:invoke"
        state = {"Type": "Task", "Resource": resource, "Parameters": parameters, "End": True}
        answer = tested(state, roleArn=ROLE, inspectionLevel="DEBUG")
    assert not {"request", "response"} & set(answer["inspectionData"])


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


TASK = {"Type": "Task", "Resource": ECHO, "End": True}
START = {
    "Type": "Task",
    "Resource": "arn:aws:states:::states:startExecution",
    "Parameters": {"StateMachineArn": "arn"},
    "End": True,
}
PASS = {"Type": "Pass", "End": True}
WITHOUT_MOCK = "TestState does not support {} when a mock is not specified."


@pytest.mark.parametrize(
    ("state", "fields", "code", "message"),
    [
        (TASK, {}, "ValidationException", "RoleArn must be specified when testing a Task state"),
        (
            TASK,
            {"mock": {}},
            "ValidationException",
            "A test mock should have only one of the following fields: [result, errorOutput].",
        ),
        (
            TASK,
            {"mock": {**mocked(1), **failing("E")}},
            "ValidationException",
            "A test mock should have only one of the following fields: [result, errorOutput].",
        ),
        (
            PASS,
            {"mock": mocked(1)},
            "ValidationException",
            "State type 'Pass' is not supported when a mock is specified",
        ),
        (
            TASK,
            {"mock": {"result": "{"}},
            "ValidationException",
            "Mocked result must be valid JSON",
        ),
        (
            START,
            {"mock": mocked({"ExecutionArn": "arn"})},
            "ValidationException",
            "Mock result schema validation error: Required field 'StartDate' is missing",
        ),
        (
            START,
            {"mock": {**mocked({"ExecutionArn": 1}), "fieldValidationMode": "PRESENT"}},
            "ValidationException",
            "Mock result schema validation error: Field 'ExecutionArn' must be a string",
        ),
        (
            START,
            {"mock": mocked("text")},
            "ValidationException",
            "Mocked result must be a JSON object.",
        ),
        (
            MACHINE,
            {"stateName": "Each", "input": '{"list":[]}', "mock": mocked(1)},
            "ValidationException",
            "Mocked result must be an array.",
        ),
        (
            MACHINE,
            {"stateName": "Each"},
            "InvalidDefinition",
            "TestState API does not support Map or Parallel states. Supported state types "
            "include: [Task, Wait, Pass, Succeed, Fail, Choice]",
        ),
        (
            MACHINE,
            {"stateName": "Nowhere"},
            "ValidationException",
            "State not found in definition",
        ),
        (
            MACHINE,
            {
                "stateName": "Each",
                "input": '{"list":[1]}',
                "mock": mocked([1]),
                "stateConfiguration": {"mapIterationFailureCount": 2},
            },
            "ValidationException",
            "Map iteration failure count must be less than or equal to the number of Map "
            "iterations",
        ),
        (
            PASS,
            {"stateConfiguration": {"mapIterationFailureCount": 1}},
            "ValidationException",
            WITHOUT_MOCK.format("MapIterationFailureCount"),
        ),
        (PASS, {"context": "{}"}, "ValidationException", WITHOUT_MOCK.format("Context")),
        (
            TASK,
            {"mock": mocked(1), "revealSecrets": True},
            "ValidationException",
            "TestState does not support RevealSecrets when a mock is specified.",
        ),
        (
            MACHINE,
            {
                "stateName": "Both",
                "mock": failing("E"),
                "stateConfiguration": {"errorCausedByState": "Nowhere"},
            },
            "ValidationException",
            "State not found in definition",
        ),
        (
            TASK,
            {"mock": mocked(1), "context": '{"State":1}'},
            "ValidationException",
            "Invalid Context object provided: 'State' must be a JSON object.",
        ),
        (
            PASS,
            {"input": "{"},
            "InvalidExecutionInput",
            None,
        ),
        (
            PASS,
            {"inspectionLevel": "ALL"},
            "ValidationException",
            "1 validation error detected: Value 'ALL' at 'inspectionLevel' failed to satisfy "
            "constraint: Member must satisfy enum value set: [INFO, DEBUG, TRACE]",
        ),
        ("{}", {}, "InvalidDefinition", None),
        ("[]", {}, "InvalidDefinition", None),
        ("{", {}, "InvalidDefinition", None),
    ],
)
def test_what_cannot_be_tested_is_refused(refused, state, fields, code, message):
    name, text = refused(state, **fields)
    assert name == code
    assert message is None or text == message
