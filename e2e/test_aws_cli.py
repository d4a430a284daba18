"""The AWS CLI does the everyday things."""

import json
import pathlib
import subprocess
import sys

import pytest

from clients import ROLE, environment, eventually

AWS = pathlib.Path(sys.executable).with_name("aws")
PASS = json.dumps({"StartAt": "A", "States": {"A": {"Type": "Pass", "End": True}}})


@pytest.fixture
def aws(server):
    """Runs `aws stepfunctions …` and returns its answer; an error's text when one is expected."""

    def run(*arguments, fails=False):
        done = subprocess.run(
            [AWS, "stepfunctions", *arguments, "--output", "json"],
            env=environment(server.url),
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert (done.returncode != 0) == fails, done.stderr
        if fails:
            return done.stderr
        return json.loads(done.stdout) if done.stdout.strip() else None

    return run


@pytest.fixture
def machine_arn(aws, unique):
    answer = aws(
        "create-state-machine", "--name", unique("cli"), "--definition", PASS, "--role-arn", ROLE
    )
    return answer["stateMachineArn"]


def test_a_workflow_is_started_followed_and_read(aws, machine_arn, unique):
    started = aws(
        "start-execution",
        *["--state-machine-arn", machine_arn, "--name", unique(), "--input", '{"a": 1}'],
    )
    execution = ["--execution-arn", started["executionArn"]]

    def described():
        answer = aws("describe-execution", *execution)
        return answer if answer["status"] != "RUNNING" else None

    assert json.loads(eventually(described)["output"]) == {"a": 1}
    events = aws("get-execution-history", *execution)["events"]
    assert [event["type"] for event in events] == [
        "ExecutionStarted",
        "PassStateEntered",
        "PassStateExited",
        "ExecutionSucceeded",
    ]
    listed = aws("list-executions", "--state-machine-arn", machine_arn)["executions"]
    assert [item["executionArn"] for item in listed] == [started["executionArn"]]


def test_machines_are_listed_updated_tagged_and_deleted(aws, machine_arn):
    arn = ["--state-machine-arn", machine_arn]
    listed = aws("list-state-machines", "--page-size", "5")["stateMachines"]
    assert machine_arn in [item["stateMachineArn"] for item in listed]
    assert aws("update-state-machine", *arn, "--role-arn", f"{ROLE}-2")["revisionId"]
    assert aws("describe-state-machine", *arn)["roleArn"] == f"{ROLE}-2"
    aws("tag-resource", "--resource-arn", machine_arn, "--tags", "key=team,value=a")
    tags = aws("list-tags-for-resource", "--resource-arn", machine_arn)["tags"]
    assert tags == [{"key": "team", "value": "a"}]
    aws("delete-state-machine", *arn)
    assert "StateMachineDoesNotExist" in aws("describe-state-machine", *arn, fails=True)


def test_a_synchronous_express_execution_answers(aws, unique):
    made = aws(
        "create-state-machine",
        *["--name", unique(), "--definition", PASS, "--role-arn", ROLE, "--type", "EXPRESS"],
    )
    answer = aws("start-sync-execution", "--state-machine-arn", made["stateMachineArn"])
    assert (answer["status"], answer["output"]) == ("SUCCEEDED", "{}")


def test_a_worker_by_hand_finishes_an_activity(aws, unique):
    activity = aws("create-activity", "--name", unique())["activityArn"]
    states = {"Work": {"Type": "Task", "Resource": activity, "End": True}}
    definition = json.dumps({"StartAt": "Work", "States": states})
    made = aws(
        "create-state-machine",
        *["--name", unique(), "--definition", definition, "--role-arn", ROLE],
    )
    started = aws("start-execution", "--state-machine-arn", made["stateMachineArn"])
    task = aws("get-activity-task", "--activity-arn", activity)
    aws("send-task-success", "--task-token", task["taskToken"], "--task-output", '"by hand"')

    def status():
        answer = aws("describe-execution", "--execution-arn", started["executionArn"])
        return answer["status"] if answer["status"] != "RUNNING" else None

    assert eventually(status) == "SUCCEEDED"


def test_errors_keep_their_names(aws, machine_arn):
    assert "(InvalidExecutionInput)" in aws(
        "start-execution", "--state-machine-arn", machine_arn, "--input", "{", fails=True
    )
    assert "(InvalidDefinition)" in aws(
        "create-state-machine",
        *["--name", "broken", "--definition", "{}", "--role-arn", ROLE],
        fails=True,
    )
