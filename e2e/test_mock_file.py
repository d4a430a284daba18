"""Test cases of a mock file, as Step Functions Local has them, on a server."""

import json

import pytest
from botocore.exceptions import ClientError

from clients import ACCOUNT, REGION, ROLE, ended, eventually, event_types, step_functions
from server import Server

FUNCTION = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:nobody"
TASK = {"Type": "Task", "Resource": FUNCTION}


def definition(states):
    return json.dumps({"StartAt": next(iter(states)), "States": states})


@pytest.fixture
def mocks(tmp_path):
    """Writes the mock file: its cases of the machine `M`, and its responses."""
    path = tmp_path / "mocks.json"

    def write(cases, responses):
        machines = {"M": {"TestCases": cases}}
        path.write_text(json.dumps({"StateMachines": machines, "MockedResponses": responses}))

    write({}, {})
    return write


@pytest.fixture
def mocking(tmp_path, mocks):
    """A server that has a mock file."""
    environment = {"SFN_MOCK_CONFIG": str(tmp_path / "mocks.json")}
    running = Server(tmp_path / "data", environment=environment).start()
    yield running
    if running.process.poll() is None:
        running.kill()


@pytest.fixture
def client(mocking):
    return step_functions(mocking.url)


def create(client, states, kind="STANDARD"):
    answer = client.create_state_machine(
        name="M", definition=definition(states), roleArn=ROLE, type=kind
    )
    return answer["stateMachineArn"]


def test_a_test_case_is_named_behind_the_arn(client, mocks):
    machine = create(client, {"A": {**TASK, "End": True}})
    mocks({"Happy": {"A": "fine"}}, {"fine": {"0": {"Return": {"ok": True}}}})
    execution = client.start_execution(stateMachineArn=f"{machine}#Happy")["executionArn"]
    described = ended(client, execution)
    assert (described["status"], described["output"]) == ("SUCCEEDED", '{"ok":true}')
    assert described["stateMachineArn"] == machine
    assert event_types(client, execution) == [
        "ExecutionStarted",
        "TaskStateEntered",
        "LambdaFunctionScheduled",
        "LambdaFunctionStarted",
        "LambdaFunctionSucceeded",
        "TaskStateExited",
        "ExecutionSucceeded",
    ]


def test_the_file_is_read_at_every_start(client, mocks):
    machine = create(client, {"A": {**TASK, "End": True}})
    for number in (1, 2):
        mocks({"Case": {"A": "r"}}, {"r": {"0": {"Return": number}}})
        execution = client.start_execution(stateMachineArn=f"{machine}#Case")["executionArn"]
        assert ended(client, execution)["output"] == str(number)


def test_a_synchronous_execution_takes_a_test_case(client, mocks):
    machine = create(client, {"A": {**TASK, "End": True}}, kind="EXPRESS")
    mocks({"Sad": {"A": "r"}}, {"r": {"0": {"Throw": {"Error": "Boom", "Cause": "no"}}}})
    answer = client.start_sync_execution(stateMachineArn=f"{machine}#Sad")
    assert (answer["status"], answer["error"], answer["cause"]) == ("FAILED", "Boom", "no")


def test_a_killed_server_goes_on_with_the_same_test_case(mocking, mocks, client):
    retry = [{"ErrorEquals": ["Busy"], "IntervalSeconds": 1, "MaxAttempts": 5}]
    states = {"A": {**TASK, "Retry": retry, "End": True}}
    machine = create(client, states)
    busy = {"Throw": {"Error": "Busy"}}
    mocks({"Case": {"A": "r"}}, {"r": {"0-1": busy, "2": {"Return": "third"}}})
    execution = client.start_execution(stateMachineArn=f"{machine}#Case")["executionArn"]
    eventually(lambda: "LambdaFunctionFailed" in event_types(client, execution))
    mocking.kill()
    mocks({}, {})
    mocking.start()
    assert ended(client, execution)["output"] == '"third"'
    assert event_types(client, execution).count("LambdaFunctionFailed") == 2


def test_the_same_name_is_not_another_test_case(client, mocks):
    states = {"A": {"Type": "Wait", "Seconds": 600, "Next": "B"}, "B": {**TASK, "End": True}}
    machine = create(client, states)
    mocks({"One": {"B": "r"}, "Two": {"B": "r"}}, {"r": {"0": {"Return": 1}}})
    first = client.start_execution(stateMachineArn=f"{machine}#One", name="n")
    again = client.start_execution(stateMachineArn=f"{machine}#One", name="n")
    assert first["executionArn"] == again["executionArn"]
    with pytest.raises(client.exceptions.ExecutionAlreadyExists):
        client.start_execution(stateMachineArn=f"{machine}#Two", name="n")


def test_a_case_that_cannot_be_used_is_refused(client, mocks, tmp_path):
    machine = create(client, {"A": {**TASK, "End": True}})

    def refusal(case):
        with pytest.raises(ClientError) as refused:
            client.start_execution(stateMachineArn=f"{machine}#{case}")
        error = refused.value.response["Error"]
        assert error["Code"] == "ValidationException"
        return error["Message"]

    mocks({"Case": {"A": "nowhere"}}, {})
    assert "there is no mocked response 'nowhere'" in refusal("Case")
    assert "has no test case 'Other'; it has: Case" in refusal("Other")
    (tmp_path / "mocks.json").write_text("{")
    assert "is not of the form of a mock file" in refusal("Case")
    (tmp_path / "mocks.json").unlink()
    assert "cannot be used" in refusal("Case")


def test_a_server_without_a_mock_file_knows_no_test_cases(sfn, machine):
    arn = machine({"A": {"Type": "Succeed"}})
    with pytest.raises(ClientError):
        sfn.start_execution(stateMachineArn=f"{arn}#Case")
