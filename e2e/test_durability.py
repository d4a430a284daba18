"""Stops, kills and restarts of one server, and what it refuses at its start."""

import json
import subprocess

from clients import ROLE, ended, history, step_functions
from server import BINARY


def create(sfn, states, name="restarted"):
    definition = json.dumps({"StartAt": next(iter(states)), "States": states})
    answer = sfn.create_state_machine(name=name, definition=definition, roleArn=ROLE)
    return answer["stateMachineArn"]


WAITS = {
    "One": {"Type": "Wait", "Seconds": 2, "Next": "Two"},
    "Two": {"Type": "Wait", "Seconds": 1, "End": True},
}


def test_an_execution_finishes_after_the_server_was_killed(own_server):
    sfn = step_functions(own_server.url)
    execution = sfn.start_execution(stateMachineArn=create(sfn, WAITS))["executionArn"]
    before = history(sfn, execution)
    own_server.kill()
    own_server.start()
    described = ended(sfn, execution)
    after = history(sfn, execution)
    assert described["status"] == "SUCCEEDED"
    assert after[: len(before)] == before
    assert [event["id"] for event in after] == list(range(1, len(after) + 1))
    waited = after[2]["timestamp"] - after[1]["timestamp"]
    assert waited.total_seconds() >= 2


def test_a_token_given_before_a_kill_is_good_after_it(own_server):
    sfn = step_functions(own_server.url)
    activity = sfn.create_activity(name="hands")["activityArn"]
    arn = create(sfn, {"Work": {"Type": "Task", "Resource": activity, "End": True}})
    execution = sfn.start_execution(stateMachineArn=arn)["executionArn"]
    token = sfn.get_activity_task(activityArn=activity)["taskToken"]
    own_server.kill()
    own_server.start()
    sfn.send_task_success(taskToken=token, output='"kept"')
    assert ended(sfn, execution)["output"] == '"kept"'


def test_a_stop_is_orderly_and_everything_is_there_afterwards(own_server):
    sfn = step_functions(own_server.url)
    arn = create(sfn, WAITS)
    execution = sfn.start_execution(stateMachineArn=arn)["executionArn"]
    assert own_server.stop() == 0
    own_server.start()
    assert sfn.describe_state_machine(stateMachineArn=arn)["name"] == "restarted"
    assert ended(sfn, execution)["status"] == "SUCCEEDED"


def test_a_stop_does_not_wait_for_a_worker_s_long_poll(own_server):
    sfn = step_functions(own_server.url)
    activity = sfn.create_activity(name="idle")["activityArn"]
    poll = subprocess.Popen(
        [
            "python3",
            "-c",
            "import http.client, json, sys\n"
            "c = http.client.HTTPConnection('127.0.0.1', int(sys.argv[1]))\n"
            "c.request('POST', '/', json.dumps({'activityArn': sys.argv[2]}), {\n"
            " 'Content-Type': 'application/x-amz-json-1.0',\n"
            " 'X-Amz-Target': 'AWSStepFunctions.GetActivityTask'})\n"
            "print('sent', flush=True)\n"
            "try:\n c.getresponse().read()\nexcept OSError:\n pass\n",
            str(own_server.port),
            activity,
        ],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert poll.stdout.readline() == "sent\n"
    assert own_server.stop() == 0
    poll.communicate(timeout=60)


def test_a_second_server_on_the_same_data_is_refused(own_server):
    second = subprocess.run(
        [BINARY, "serve", "--listen", "127.0.0.1:0", "--data", own_server.data],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert second.returncode != 0
    assert str(own_server.data) in second.stderr
    assert step_functions(own_server.url).list_state_machines()["stateMachines"] == []


def test_an_open_listen_address_without_authentication_is_refused(tmp_path):
    refused = subprocess.run(
        [BINARY, "serve", "--listen", "0.0.0.0:0", "--data", tmp_path],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert refused.returncode != 0
    assert "[[auth.keys]]" in refused.stderr
    assert refused.stdout == ""
