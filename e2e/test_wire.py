"""What a broken or hostile client sends: an AWS-shaped error comes back and nothing changes."""

import http.client
import json
import socket

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


@pytest.mark.parametrize("size, status", [(10_000_000, 400), (11_000_000, 413)])
def test_a_body_of_ten_megabytes_is_refused_and_the_server_lives(post, size, status):
    assert post("StartExecution", {"stateMachineArn": "x", "input": "x" * size})[0] == status
    assert post("ListStateMachines", {})[0] == 200


def exchange(server, request, *, half_close=False):
    """Sends bytes as they are and returns what comes back until the server hangs up."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=60) as connection:
        connection.sendall(request)
        if half_close:
            connection.shutdown(socket.SHUT_WR)
        answer = b""
        while chunk := connection.recv(65_536):
            answer += chunk
        return answer


HEAD = (
    b"POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
    b"X-Amz-Target: AWSStepFunctions.ListActivities\r\n"
)


@pytest.mark.parametrize(
    "request_bytes, status",
    [
        (HEAD.replace(b"1.1", b"1.0") + b"Content-Length: 2\r\n\r\n{}", 200),
        (HEAD + b"Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n", 200),
        (HEAD + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n", 400),
        (HEAD + b"Content-Length: -1\r\n\r\n{}", 400),
        (HEAD + b"Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}", 400),
        (HEAD + b"\r\n", 400),
        (HEAD + b"Expect: 100-continue\r\nContent-Length: 99999999\r\n\r\n", 413),
        (HEAD + b"X-A: \0\r\nContent-Length: 2\r\n\r\n{}", 400),
        (HEAD + b"X-A: y\r\n" * 200 + b"\r\n", 431),
        (HEAD + b"X-A: " + b"y" * 100_000 + b"\r\n\r\n", 431),
        (HEAD.replace(b"POST / ", b"PUT / ") + b"\r\n", 405),
        (HEAD.replace(b"POST / ", b"POST /nope ") + b"\r\n", 404),
        (b"nonsense\r\n\r\n", 400),
    ],
)
def test_a_request_is_read_by_the_rules_of_http(server, request_bytes, status):
    answer = exchange(server, request_bytes)
    assert int(answer.split(b" ", 2)[1]) == status, answer


def test_a_body_that_breaks_off_changes_nothing(server, post, unique):
    name = unique()
    body = json.dumps({"name": name}).encode()
    head = HEAD.replace(b"ListActivities", b"CreateActivity")
    head += b"Content-Length: %d\r\n\r\n" % (len(body) + 1)
    answer = exchange(server, head + body, half_close=True)
    assert b"SerializationException" in answer
    _, _, listed = post("ListActivities", {"maxResults": 1000})
    assert name not in [item["name"] for item in listed["activities"]]


def test_hundreds_of_idle_connections_keep_nobody_out(server, post):
    idle = [socket.create_connection(("127.0.0.1", server.port)) for _ in range(900)]
    try:
        assert post("ListStateMachines", {})[0] == 200
    finally:
        for connection in idle:
            connection.close()


def test_a_member_that_is_there_twice_is_refused(post, unique):
    status, _, body = post("CreateActivity", f'{{"name":"{unique()}","name":"{unique()}"}}')
    assert (status, error_name(body)) == (400, "SerializationException")


@pytest.mark.parametrize("token", ["AAAA" * 30, "\N{COLLISION SYMBOL}", "x"])
def test_tokens_nobody_gave_are_refused(post, token):
    for action, more in [("SendTaskSuccess", {"output": "1"}), ("SendTaskHeartbeat", {})]:
        assert error_name(post(action, {"taskToken": token, **more})[2]) == "InvalidToken"
    for action in ["ListActivities", "ListStateMachines"]:
        assert error_name(post(action, {"nextToken": token})[2]) == "InvalidToken"


def test_a_page_token_is_good_for_its_own_listing_only(post, unique):
    for _ in range(2):
        post("CreateActivity", {"name": unique()})
    _, _, page = post("ListActivities", {"maxResults": 1})
    token = page["nextToken"]
    changed = ("A" if token[0] != "A" else "B") + token[1:]
    assert post("ListActivities", {"nextToken": token})[0] == 200
    for action, wrong in [("ListStateMachines", token), ("ListActivities", changed)]:
        assert error_name(post(action, {"nextToken": wrong})[2]) == "InvalidToken"


STATES = "arn:aws:states:us-east-1:000000000000"
MEMBERS = {
    "CreateActivity": ["name", "tags", "encryptionConfiguration"],
    "CreateStateMachine": [
        "name", "definition", "roleArn", "type", "loggingConfiguration", "tags",
        "tracingConfiguration", "publish", "versionDescription", "encryptionConfiguration",
    ],
    "DeleteActivity": ["activityArn"],
    "DeleteStateMachine": ["stateMachineArn"],
    "DescribeActivity": ["activityArn"],
    "DescribeExecution": ["executionArn", "includedData"],
    "DescribeStateMachine": ["stateMachineArn", "includedData"],
    "DescribeStateMachineForExecution": ["executionArn", "includedData"],
    "GetActivityTask": ["activityArn", "workerName"],
    "GetExecutionHistory": [
        "executionArn", "maxResults", "reverseOrder", "nextToken", "includeExecutionData",
    ],
    "ListActivities": ["maxResults", "nextToken"],
    "ListExecutions": ["stateMachineArn", "statusFilter", "maxResults", "nextToken", "mapRunArn"],
    "ListStateMachines": ["maxResults", "nextToken"],
    "ListTagsForResource": ["resourceArn"],
    "SendTaskFailure": ["taskToken", "error", "cause"],
    "SendTaskHeartbeat": ["taskToken"],
    "SendTaskSuccess": ["taskToken", "output"],
    "StartExecution": ["stateMachineArn", "name", "input", "traceHeader"],
    "StartSyncExecution": ["stateMachineArn", "name", "input", "includedData"],
    "StopExecution": ["executionArn", "error", "cause"],
    "TagResource": ["resourceArn", "tags"],
    "UntagResource": ["resourceArn", "tagKeys"],
    "UpdateStateMachine": ["stateMachineArn", "definition", "roleArn", "publish"],
    "ValidateStateMachineDefinition": ["definition", "type", "severity", "maxResults"],
}
# What a member of each name holds; texts are the rest.
OTHERS = {
    "maxResults": 1, "publish": False, "reverseOrder": False, "includeExecutionData": True,
    "tags": [], "tagKeys": [], "loggingConfiguration": {}, "tracingConfiguration": {},
    "encryptionConfiguration": {},
}


@pytest.mark.parametrize("action", MEMBERS)
def test_every_member_of_every_action_has_its_type(post, action):
    right = {
        member: OTHERS.get(member, f"{STATES}:activity:A" if member.endswith("Arn") else "x")
        for member in MEMBERS[action]
    }
    for member, value in right.items():
        for wrong in ["x", 1.5, 10**30, True, [], {}, [[0]]]:
            if type(wrong) is type(value) and wrong != [[0]]:
                continue
            status, _, body = post(action, {**right, member: wrong})
            assert status == 400
            assert error_name(body) == "SerializationException", (member, wrong, body)


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
