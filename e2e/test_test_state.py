"""TestState: one state on its own, as boto3 asks for it."""

import json

import boto3
import pytest

from clients import REGION, ROLE
from one_state import ECHO, FAIL, mocked
from web_services import mirror, serving


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
