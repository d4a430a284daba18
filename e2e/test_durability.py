"""Stops, kills and restarts of one server, and what it refuses at its start."""

import json
import re
import resource
import socket
import subprocess

import pytest
from botocore.exceptions import ClientError, HTTPClientError

from clients import ROLE, ended, eventually, history, step_functions
from server import BINARY, READY


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


def test_a_stop_does_not_wait_for_a_request_that_never_ends(own_server):
    with socket.create_connection(("127.0.0.1", own_server.port)) as half:
        half.sendall(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{")
        # The server has read it when it answers a later one.
        step_functions(own_server.url).list_state_machines()
        assert own_server.stop() == 0


def test_parent_and_child_go_on_after_an_orderly_stop(own_server):
    sfn = step_functions(own_server.url)
    child = create(sfn, {"Wait": {"Type": "Wait", "Seconds": 3, "End": True}}, name="child")
    start = {
        "Type": "Task",
        "Resource": "arn:aws:states:::states:startExecution.sync:2",
        "Parameters": {"StateMachineArn": child, "Name": "only", "Input": {"n": 1}},
        "OutputPath": "$.Output",
        "End": True,
    }
    parent = create(sfn, {"Start": start}, name="parent")
    execution = sfn.start_execution(stateMachineArn=parent)["executionArn"]
    eventually(lambda: "TaskSubmitted" in [event["type"] for event in history(sfn, execution)])
    assert own_server.stop() == 0
    own_server.start()
    running = sfn.list_executions(stateMachineArn=child)["executions"]
    assert [(found["name"], found["status"]) for found in running] == [("only", "RUNNING")]
    described = ended(sfn, execution)
    assert (described["status"], described["output"]) == ("SUCCEEDED", '{"n":1}')
    only = sfn.list_executions(stateMachineArn=child)["executions"]
    assert [found["status"] for found in only] == ["SUCCEEDED"]


def test_a_disk_that_fails_ends_the_server_and_nothing_acknowledged_is_lost(tmp_path, own_server):
    data, log = tmp_path / "failing", tmp_path / "failing.log"
    data.mkdir()
    # A limit on the size of files makes writes fail; ignoring its signal turns it into an error.
    ignoring = ["sh", "-c", 'trap "" XFSZ; exec "$0" "$@"', BINARY, "serve"]
    with log.open("wb") as stderr:
        failing = subprocess.Popen(
            [*ignoring, "--listen", "127.0.0.1:0", "--data", data],
            stdout=subprocess.PIPE,
            stderr=stderr,
            text=True,
        )
    try:
        sfn = step_functions(READY.match(failing.stdout.readline().strip())[1])
        arn = create(sfn, {"Wait": {"Type": "Wait", "Seconds": 3600, "End": True}})
        limit = (data / "compasso.db-wal").stat().st_size + 200_000
        resource.prlimit(failing.pid, resource.RLIMIT_FSIZE, (limit, limit))
        acknowledged = []
        with pytest.raises((ClientError, HTTPClientError)):
            while len(acknowledged) < 10_000:
                acknowledged.append(sfn.start_execution(stateMachineArn=arn)["executionArn"])
        assert failing.wait(60) == 1
    finally:
        failing.kill()
        failing.wait()
        failing.stdout.close()
    assert re.search("ERROR.*the server cannot go on and ends", log.read_text())
    own_server.kill()
    own_server.data = data
    own_server.start()
    sfn = step_functions(own_server.url)
    for execution in acknowledged:
        assert sfn.describe_execution(executionArn=execution)["status"] == "RUNNING"


def test_a_second_server_on_the_same_data_is_refused(own_server):
    second = subprocess.run(
        [BINARY, "serve", "--listen", "127.0.0.1:0", "--data", own_server.data],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert second.returncode != 0
    assert f"{own_server.data} cannot be used" in second.stderr
    assert f"process {own_server.process.pid} uses the directory: stop that server" in second.stderr
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
