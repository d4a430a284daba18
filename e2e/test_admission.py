"""What is refused while the machine is short of something, and what passes."""

import json

import pytest
from botocore.exceptions import ClientError

from clients import ROLE, ended, eventually, step_functions


def test_without_room_on_the_disk_nothing_starts_and_what_runs_ends(own_server):
    sfn = step_functions(own_server.url)
    activity = sfn.create_activity(name="hands")["activityArn"]
    definition = {
        "StartAt": "Work",
        "States": {
            "Work": {"Type": "Task", "Resource": activity, "HeartbeatSeconds": 600, "Next": "Pause"},
            "Pause": {"Type": "Wait", "Seconds": 1, "End": True},
        },
    }
    machine = sfn.create_state_machine(
        name="short", definition=json.dumps(definition), roleArn=ROLE
    )["stateMachineArn"]
    first, second = (
        sfn.start_execution(stateMachineArn=machine)["executionArn"] for _ in range(2)
    )
    assert own_server.stop() == 0

    config = own_server.arguments[1]
    with open(config, "a") as settings:
        settings.write(f"\n[admission]\ndisk_free_min = {2**60}\n")
    own_server.start()
    sfn = step_functions(own_server.url)

    def refusal():
        try:
            sfn.start_execution(stateMachineArn=machine)
        except ClientError as error:
            return error.response
        return None

    refused = eventually(refusal)
    assert refused["Error"]["Code"] == "ServiceUnavailable"
    assert "disk_free_min" in refused["Error"]["Message"]
    assert refused["ResponseMetadata"]["HTTPStatusCode"] == 503

    # Signs of life, results, timers and stops pass.
    task = sfn.get_activity_task(activityArn=activity)
    sfn.send_task_heartbeat(taskToken=task["taskToken"])
    sfn.send_task_success(taskToken=task["taskToken"], output="1")
    done, other = (first, second) if finished(sfn, first) else (second, first)
    assert ended(sfn, done)["output"] == "1"
    sfn.stop_execution(executionArn=other)
    assert ended(sfn, other)["status"] == "ABORTED"


def finished(sfn, execution):
    history = sfn.get_execution_history(executionArn=execution)["events"]
    return any(event["type"] == "ActivitySucceeded" for event in history)


def test_a_setting_that_is_none_is_refused(own_server):
    own_server.stop()
    with open(own_server.arguments[1], "a") as settings:
        settings.write("\n[admission]\ndisk_free_min = -1\n")
    with pytest.raises(AssertionError, match="disk_free_min"):
        own_server.start()
