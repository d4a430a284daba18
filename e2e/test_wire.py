"""What a broken or hostile client sends: an AWS-shaped error comes back and nothing changes."""

import http.client
import json

import pytest

from clients import REGION, ROLE

AUTHORIZATION = (
    f"AWS4-HMAC-SHA256 Credential=test/20260101/{REGION}/states/aws4_request, "
    "SignedHeaders=host, Signature=0"
)


@pytest.fixture
def post(server):
    """Sends one request as it is and returns status, headers and the parsed body."""

    def send(target, body, **headers):
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
        try:
            given = {
                "Content-Type": "application/x-amz-json-1.0",
                "X-Amz-Target": f"AWSStepFunctions.{target}",
                "Authorization": AUTHORIZATION,
                **headers,
            }
            text = body if isinstance(body, (str, bytes)) else json.dumps(body)
            connection.request("POST", "/", text, given)
            answer = connection.getresponse()
            return answer.status, answer.headers, json.loads(answer.read() or b"null")
        finally:
            connection.close()

    return send


def error_name(body):
    return body["__type"].rsplit("#", 1)[-1]


def test_an_answer_looks_like_one_of_aws(post):
    status, headers, body = post("ListStateMachines", {})
    assert status == 200
    assert headers["Content-Type"] == "application/x-amz-json-1.0"
    assert headers["x-amzn-RequestId"]
    assert isinstance(body["stateMachines"], list)


def test_the_health_of_the_server_can_be_asked(server):
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
    connection.request("GET", "/healthz")
    assert connection.getresponse().status == 200
    connection.close()


@pytest.mark.parametrize("target", ["Nonsense", "", "listStateMachines", "X" * 3000])
def test_an_unknown_action_is_told_as_one(post, target):
    status, _, body = post(target, {})
    assert status == 400
    assert error_name(body) == "UnknownOperationException"


@pytest.mark.parametrize("body", ["", "{", "nonsense", b"\xff\xfe", "[" * 10_000, "[]", "3"])
def test_a_body_that_is_no_json_object_is_refused(post, body):
    status, _, answer = post("ListStateMachines", body)
    if body == "":
        assert status in (200, 400)
        return
    assert status == 400
    assert error_name(answer) == "SerializationException"


@pytest.mark.parametrize(
    "action, body",
    [
        ("StartExecution", {"stateMachineArn": 7}),
        ("StartExecution", {"stateMachineArn": "arn:x", "input": {}}),
        ("ListStateMachines", {"maxResults": "ten"}),
        ("CreateStateMachine", {"name": [], "definition": {}, "roleArn": ROLE}),
    ],
)
def test_a_member_of_the_wrong_type_is_refused(post, action, body):
    status, _, answer = post(action, body)
    assert status == 400
    assert error_name(answer) in ("SerializationException", "ValidationException")


@pytest.mark.parametrize(
    "action", ["StartExecution", "CreateStateMachine", "SendTaskSuccess", "DescribeExecution"]
)
def test_a_missing_member_is_refused(post, action):
    status, _, answer = post(action, {})
    assert status == 400
    assert error_name(answer) in ("ValidationException", "InvalidArn", "InvalidName", "InvalidToken")


def test_members_nobody_knows_are_ignored(post):
    status, _, _ = post("ListStateMachines", {"tomorrow": {"deep": [1]}})
    assert status == 200


def test_a_definition_that_is_too_large_is_refused(post, unique):
    name = unique()
    definition = json.dumps(
        {"StartAt": "A", "Comment": "x" * 1_100_000, "States": {"A": {"Type": "Succeed"}}}
    )
    status, _, _ = post(
        "CreateStateMachine", {"name": name, "definition": definition, "roleArn": ROLE}
    )
    assert status in (400, 413)
    _, _, listed = post("ListStateMachines", {"maxResults": 1000})
    assert name not in [item["name"] for item in listed["stateMachines"]]


def test_a_body_of_ten_megabytes_is_refused_and_the_server_lives(post):
    try:
        status, _, _ = post("StartExecution", {"stateMachineArn": "x", "input": "x" * 10_000_000})
        assert status in (400, 413)
    except (BrokenPipeError, ConnectionResetError):
        # The server may hang up on a body it will not read.
        pass
    assert post("ListStateMachines", {})[0] == 200


def test_deep_nesting_in_definition_and_input_is_refused(post, unique):
    deep = "[" * 10_000 + "]" * 10_000
    status, _, body = post(
        "CreateStateMachine",
        {
            "name": unique(),
            "definition": f'{{"StartAt":"A","States":{{"A":{{"Type":"Pass","Result":{deep},"End":true}}}}}}',
            "roleArn": ROLE,
        },
    )
    assert (status, error_name(body)) == (400, "InvalidDefinition")
    definition = json.dumps({"StartAt": "A", "States": {"A": {"Type": "Succeed"}}})
    _, _, made = post(
        "CreateStateMachine", {"name": unique(), "definition": definition, "roleArn": ROLE}
    )
    status, _, body = post(
        "StartExecution", {"stateMachineArn": made["stateMachineArn"], "input": deep}
    )
    assert (status, error_name(body)) == (400, "InvalidExecutionInput")


def test_input_past_the_limit_is_refused(post, unique):
    definition = json.dumps({"StartAt": "A", "States": {"A": {"Type": "Succeed"}}})
    _, _, made = post(
        "CreateStateMachine", {"name": unique(), "definition": definition, "roleArn": ROLE}
    )
    arn = made["stateMachineArn"]
    status, _, body = post("StartExecution", {"stateMachineArn": arn, "input": f'"{"x" * 262_143}"'})
    assert status == 400
    assert error_name(body) in ("InvalidExecutionInput", "ValidationException")
    status, _, _ = post("StartExecution", {"stateMachineArn": arn, "input": f'"{"x" * 262_142}"'})
    assert status == 200
