"""What is refused while the machine is short of something, and what passes."""

import json
import re
import threading
import urllib.request

import pytest
from botocore.exceptions import ClientError

from clients import ROLE, ended, eventually, step_functions
from server import Server
from small_disk import SmallDisk

DISK_MEGABYTES = 128
# Between the marks of a disk of that size: a fortieth for tasks, and a quarter of the reserve, which is a
# twentieth.
LOW_BYTES = 2 << 20


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
    assert refused["ResponseMetadata"]["HTTPHeaders"]["retry-after"] == "1"

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


@pytest.fixture
def cramped():
    """A server on a small disk of its own, and that disk."""
    disk = SmallDisk(DISK_MEGABYTES)
    server = Server(disk.path / "data")
    try:
        yield server.start(), disk
        assert server.stop() == 0, server.tail()
    finally:
        if server.process.poll() is None:
            server.kill()
        disk.remove()


def get(server, path):
    with urllib.request.urlopen(f"{server.url}{path}", timeout=60) as answer:
        return answer.read().decode()


def figure(server, name):
    return float(re.search(rf"^{name} (\S+)$", get(server, "/metrics"), re.M)[1])


def refusal_of_a_start(sfn, machine):
    try:
        sfn.start_execution(stateMachineArn=machine)
    except ClientError as error:
        return error.response
    return None


def test_on_a_full_disk_what_is_out_ends_and_all_goes_on_once_there_is_room(cramped):
    server, disk = cramped
    sfn = step_functions(server.url)
    activity = sfn.create_activity(name="hands")["activityArn"]
    work = {"Type": "Task", "Resource": activity, "End": True}
    definition = json.dumps({"StartAt": "Work", "States": {"Work": work}})
    machine = sfn.create_state_machine(name="m", definition=definition, roleArn=ROLE)[
        "stateMachineArn"
    ]
    reserve = server.data / "reserve"
    assert figure(server, "compasso_disk_reserve_bytes") == reserve.stat().st_size > 0
    for _ in range(4):
        sfn.start_execution(stateMachineArn=machine)
    tokens = [sfn.get_activity_task(activityArn=activity)["taskToken"] for _ in range(2)]

    # Little room: nothing new starts, and no task is handed out.
    disk.fill(leave=LOW_BYTES)
    eventually(lambda: figure(server, "compasso_tasks_held") == 1)
    refused = refusal_of_a_start(sfn, machine)
    assert refused["ResponseMetadata"]["HTTPStatusCode"] == 503
    assert re.search("the disk has \\d+ MiB of room", refused["Error"]["Message"])
    ready = get(server, "/readyz")
    assert ready.startswith("ok\nno new executions are started and no tasks begun: the disk has")
    polled = []

    def poll():
        polled.append(sfn.get_activity_task(activityArn=activity).get("taskToken"))

    poller = threading.Thread(target=poll)
    poller.start()
    assert reserve.exists()

    # No room: the reserve has some for what ends.
    disk.fill()
    eventually(lambda: not reserve.exists())
    assert figure(server, "compasso_disk_reserve_bytes") == 0
    large = json.dumps("x" * 200_000)
    sfn.send_task_heartbeat(taskToken=tokens[0])
    sfn.send_task_success(taskToken=tokens[0], output=large)
    sfn.send_task_success(taskToken=tokens[1], output=large)
    running = [
        found["executionArn"]
        for found in sfn.list_executions(stateMachineArn=machine, statusFilter="RUNNING")["executions"]
    ]
    assert len(running) == 2
    sfn.stop_execution(executionArn=running[0])
    assert ended(sfn, running[0])["status"] == "ABORTED"
    assert not polled

    # A server that starts on such a disk begins nothing either, and a stop is orderly.
    assert server.stop() == 0, server.tail()
    poller.join()
    assert polled == [None]
    server.start()
    sfn = step_functions(server.url)
    assert refusal_of_a_start(sfn, machine) is not None
    assert not reserve.exists()

    disk.empty()
    token = sfn.get_activity_task(activityArn=activity)["taskToken"]
    eventually(lambda: get(server, "/readyz") == "ok\n")
    assert reserve.exists()
    sfn.start_execution(stateMachineArn=machine)
    sfn.send_task_success(taskToken=token, output="1")
    assert ended(sfn, running[1])["output"] == "1"


def test_a_server_begins_on_a_disk_that_is_full_but_for_the_reserve(cramped):
    server, disk = cramped
    assert server.stop() == 0, server.tail()
    assert (server.data / "reserve").exists()
    disk.fill()
    server.start()
    assert not (server.data / "reserve").exists()
    assert get(server, "/readyz").startswith("ok\nno new executions are started and no tasks begun")


def test_a_reserve_that_the_disk_has_no_room_for_is_refused(cramped):
    server, _ = cramped
    assert server.stop() == 0, server.tail()
    config = server.data / "compasso.toml"
    config.write_text(f"[admission]\ndisk_reserve = {DISK_MEGABYTES << 20}\n")
    with pytest.raises(AssertionError, match="disk_reserve of \\[admission\\]"):
        server.start()
    config.unlink()
    server.start()


def test_a_setting_that_is_none_is_refused(own_server):
    own_server.stop()
    with open(own_server.arguments[1], "a") as settings:
        settings.write("\n[admission]\ndisk_free_min = -1\n")
    with pytest.raises(AssertionError, match="disk_free_min"):
        own_server.start()
