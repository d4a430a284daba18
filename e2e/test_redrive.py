"""RedriveExecution over boto3."""

import json

import pytest

from clients import ended, event_types, eventually, history, step_functions



@pytest.fixture
def activity(sfn, unique):
    return sfn.create_activity(name=unique("work"))["activityArn"]


@pytest.fixture
def answer(sfn, activity):
    """Takes the next task of the activity and ends it."""

    def end(output=None, *, error=None):
        task = sfn.get_activity_task(activityArn=activity)
        if error:
            sfn.send_task_failure(taskToken=task["taskToken"], error=error, cause="on purpose")
        else:
            sfn.send_task_success(taskToken=task["taskToken"], output=json.dumps(output))
        return json.loads(task["input"])

    return end


@pytest.fixture
def failed(sfn, machine, start, activity, answer):
    """An execution whose second state failed."""
    arn = machine(
        {
            "First": {"Type": "Pass", "Next": "Work"},
            "Work": {
                "Type": "Task",
                "Resource": activity,
                "Parameters": {"redrives.$": "$$.Execution.RedriveCount"},
                "End": True,
            },
        }
    )
    execution = start(arn)
    answer(error="Boom")
    ended(sfn, execution)
    return execution


def test_a_redriven_execution_goes_on_from_the_state_that_failed(sfn, failed, answer):
    before = sfn.describe_execution(executionArn=failed)
    assert before["redriveStatus"] == "REDRIVABLE" and before["redriveCount"] == 0
    assert "redriveStatusReason" not in before and "redriveDate" not in before

    redriven = sfn.redrive_execution(executionArn=failed)
    running = sfn.describe_execution(executionArn=failed)
    assert running["status"] == "RUNNING" and "stopDate" not in running
    assert "error" not in running and "cause" not in running
    assert running["startDate"] == before["startDate"]
    assert running["redriveCount"] == 1 and running["redriveDate"] == redriven["redriveDate"]
    assert running["redriveStatus"] == "NOT_REDRIVABLE"
    assert running["redriveStatusReason"] == "Execution is RUNNING and cannot be redriven"

    assert answer("well done") == {"redrives": 1}
    described = ended(sfn, failed)
    assert (described["status"], described["output"]) == ("SUCCEEDED", '"well done"')
    assert described["redriveCount"] == 1 and described["redriveDate"] == redriven["redriveDate"]
    assert event_types(sfn, failed) == [
        "ExecutionStarted",
        "PassStateEntered",
        "PassStateExited",
        "TaskStateEntered",
        "ActivityScheduled",
        "ActivityStarted",
        "ActivityFailed",
        "ExecutionFailed",
        "ExecutionRedriven",
        "ActivityScheduled",
        "ActivityStarted",
        "ActivitySucceeded",
        "TaskStateExited",
        "ExecutionSucceeded",
    ]
    event = history(sfn, failed)[8]
    assert event["executionRedrivenEventDetails"] == {"redriveCount": 1}
    assert event["previousEventId"] == 8


def test_listings_show_redrives(sfn, failed, answer):
    redriven = sfn.redrive_execution(executionArn=failed)
    answer(1)
    described = ended(sfn, failed)
    (item,) = sfn.list_executions(stateMachineArn=described["stateMachineArn"])["executions"]
    assert item["redriveCount"] == 1 and item["redriveDate"] == redriven["redriveDate"]


def test_the_same_client_token_redrives_once(sfn, failed, answer):
    first = sfn.redrive_execution(executionArn=failed, clientToken="once")
    second = sfn.redrive_execution(executionArn=failed, clientToken="once")
    assert first["redriveDate"] == second["redriveDate"]
    answer(error="Boom")
    ended(sfn, failed)
    third = sfn.redrive_execution(executionArn=failed, clientToken="once")
    assert third["redriveDate"] == first["redriveDate"]
    assert sfn.describe_execution(executionArn=failed)["status"] == "FAILED"


def test_what_cannot_be_redriven_says_why(sfn, machine, start):
    succeeded = start(machine({"A": {"Type": "Pass", "End": True}}))
    ended(sfn, succeeded)
    running = start(machine({"Hold": {"Type": "Wait", "Seconds": 3600, "End": True}}))
    for execution, status in [(succeeded, "SUCCEEDED"), (running, "RUNNING")]:
        with pytest.raises(sfn.exceptions.ExecutionNotRedrivable) as refused:
            sfn.redrive_execution(executionArn=execution)
        reason = f"Execution is {status} and cannot be redriven"
        assert refused.value.response["Error"]["Message"] == reason
        assert sfn.describe_execution(executionArn=execution)["redriveStatusReason"] == reason
    sfn.stop_execution(executionArn=running)
    sfn.redrive_execution(executionArn=running)
    assert sfn.describe_execution(executionArn=running)["status"] == "RUNNING"
    sfn.stop_execution(executionArn=running)


def test_an_execution_of_a_deleted_state_machine_cannot_be_redriven(sfn, failed):
    machine = sfn.describe_execution(executionArn=failed)["stateMachineArn"]
    sfn.delete_state_machine(stateMachineArn=machine)
    described = sfn.describe_execution(executionArn=failed)
    assert described["redriveStatus"] == "NOT_REDRIVABLE"
    assert described["redriveStatusReason"] == "State machine is in DELETING status."
    with pytest.raises(sfn.exceptions.ExecutionNotRedrivable):
        sfn.redrive_execution(executionArn=failed)


@pytest.mark.parametrize("token", ["", "x" * 65, "two words", "ü"])
def test_tokens_are_short_and_printable(sfn, failed, token):
    with pytest.raises(sfn.exceptions.ClientError) as refused:
        sfn.redrive_execution(executionArn=failed, clientToken=token)
    assert refused.value.response["Error"]["Code"] == "ValidationException"
    assert "'clientToken'" in refused.value.response["Error"]["Message"]


def test_only_failed_branches_run_again(sfn, machine, start, activity, answer):
    branch = {"StartAt": "W", "States": {"W": {"Type": "Task", "Resource": activity, "End": True}}}
    done = {"StartAt": "P", "States": {"P": {"Type": "Pass", "Result": "done", "End": True}}}
    arn = machine({"Both": {"Type": "Parallel", "Branches": [done, branch], "End": True}})
    execution = start(arn)
    answer(error="Boom")
    ended(sfn, execution)
    sfn.redrive_execution(executionArn=execution)
    answer("late")
    described = ended(sfn, execution)
    assert json.loads(described["output"]) == ["done", "late"]
    assert event_types(sfn, execution).count("PassStateEntered") == 1


def test_a_redrive_survives_a_power_cut(own_server, machine, start):
    sfn = step_functions(own_server.url)
    activity = sfn.create_activity(name="a")["activityArn"]
    states = {"W": {"Type": "Task", "Resource": activity, "End": True}}
    execution = start(machine(states, client=sfn), client=sfn)
    sfn.stop_execution(executionArn=execution)
    own_server.kill()
    own_server.start()
    redriven = sfn.redrive_execution(executionArn=execution)
    own_server.kill()
    own_server.start()
    described = sfn.describe_execution(executionArn=execution)
    assert described["status"] == "RUNNING"
    assert described["redriveDate"] == redriven["redriveDate"]
    task = eventually(lambda: sfn.get_activity_task(activityArn=activity).get("taskToken"))
    sfn.send_task_success(taskToken=task, output="1")
    assert ended(sfn, execution)["status"] == "SUCCEEDED"
