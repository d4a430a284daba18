"""Executions that the server cannot carry on with: set aside, listed, released."""

import contextlib
import json
import sqlite3
import urllib.request

import pytest

from clients import ROLE, command, ended, eventually, step_functions
from cluster import Cluster, role
from rest import Refused, call, quoted
from server import Server, write_config

# A server built for tests ends itself at a task's result of the execution with this name.
ABORT = "COMPASSO_ABORT_AT_RESULT_OF"
ABORTED = -6
ECHO = "arn:aws:lambda:us-east-1:000000000000:function:echo"


@pytest.fixture
def fragile(tmp_path):
    """A server that a result of the execution `deadly` ends."""
    config = write_config(tmp_path)
    arguments, environment = ["--config", config], {ABORT: "deadly"}
    server = Server(tmp_path / "data", arguments=arguments, environment=environment).start()
    yield server
    if server.process.poll() is None:
        server.kill()


def machine(sfn, states):
    definition = json.dumps({"StartAt": next(iter(states)), "States": states})
    return sfn.create_state_machine(name="m", definition=definition, roleArn=ROLE)[
        "stateMachineArn"
    ]


def aborts(server):
    """Waits until a server ends itself."""
    assert server.process.wait(60) == ABORTED, server.tail()
    server.kill()


def set_aside(server):
    listed = command(server, "quarantine", "list", "--json")
    assert listed.returncode == 0, listed.stderr
    return [json.loads(row)["name"] for row in listed.stdout.splitlines()]


def metrics(server):
    with urllib.request.urlopen(f"{server.url}/metrics", timeout=10) as answer:
        return answer.read().decode()


def test_a_turn_that_ends_the_server_twice_is_set_aside_and_goes_on_once_released(fragile):
    sfn = step_functions(fragile.url)
    task = {"Type": "Task", "Resource": ECHO, "End": True}
    arn = machine(sfn, {"Wait": {"Type": "Wait", "Seconds": 2, "Next": "Work"}, "Work": task})
    names = ["healthy", "deadly"]
    healthy, deadly = (
        sfn.start_execution(stateMachineArn=arn, name=name, input='{"n": 1}')["executionArn"]
        for name in names
    )
    aborts(fragile)
    # The same turn ends it again, before it is ready or soon after.
    with contextlib.suppress(AssertionError):
        fragile.start()
    aborts(fragile)
    fragile.start()
    sfn = step_functions(fragile.url)
    eventually(lambda: set_aside(fragile) == ["deadly"])
    assert ended(sfn, healthy)["status"] == "SUCCEEDED"
    assert "the server ended twice while it decided this turn" in fragile.tail(400)
    run = call(fragile, "GET", f"/runs/{quoted(deadly)}")["run"]
    assert run["isQuarantined"] and "/quarantine/release" in run["quarantine"]
    described = command(fragile, "describe", "m:deadly")
    assert "set aside" in described.stdout and "compasso quarantine release" in described.stdout
    assert "quarantine" in json.loads(command(fragile, "--json", "describe", "m:deadly").stdout)
    assert "set aside" not in command(fragile, "describe", "m:healthy").stdout

    # Another release, in which that is mended.
    assert fragile.stop() == 0
    del fragile.environment[ABORT]
    fragile.start()
    sfn = step_functions(fragile.url)
    assert set_aside(fragile) == ["deadly"]
    eventually(lambda: "compasso_quarantined_executions 1\n" in metrics(fragile))
    released = command(fragile, "quarantine", "release", "m:deadly")
    assert (released.returncode, released.stdout) == (0, "it goes on\n"), released.stderr
    assert ended(sfn, deadly)["status"] == "SUCCEEDED"
    assert set_aside(fragile) == []
    with pytest.raises(Refused, match="was not set aside"):
        call(fragile, "POST", f"/runs/{quoted(deadly)}/quarantine/release")
    acts = call(fragile, "GET", "/audit", action="quarantine")["items"]
    told = [(act["action"], act["on"].rsplit(":", 1)[-1], act["outcome"]) for act in acts]
    release = ("quarantine.release", "deadly")
    assert told == [(*release, "failed"), (*release, "done")]


def test_a_turn_that_ends_two_owners_is_set_aside_by_the_next_whichever_that_is(tmp_path, postgres):
    cluster = Cluster(tmp_path, postgres, count=2, environment={ABORT: "deadly"}).start()
    ends = []

    def next_owner():
        """Starts nodes again that ended, and returns one that has set the execution aside."""
        for node in cluster.nodes:
            if node.process.poll() is not None:
                ends.append(node.process.returncode)
                node.kill()
                with contextlib.suppress(AssertionError):
                    node.start()
        owners = [node for node in cluster.nodes if role(node) == "owner"]
        # One may end while it is asked.
        with contextlib.suppress(AssertionError):
            return next((node for node in owners if set_aside(node) == ["deadly"]), None)
        return None

    try:
        sfn = step_functions(cluster.owner().url)
        task = {"Type": "Task", "Resource": ECHO, "End": True}
        arn = machine(sfn, {"Wait": {"Type": "Wait", "Seconds": 2, "Next": "Work"}, "Work": task})
        healthy, _ = (
            sfn.start_execution(stateMachineArn=arn, name=name, input='{"n": 1}')["executionArn"]
            for name in ["healthy", "deadly"]
        )
        node = eventually(next_owner, seconds=90)
        # One that took over before it was told who ended has its turn as well.
        assert ends in ([ABORTED] * 2, [ABORTED] * 3)
        assert ended(step_functions(node.url), healthy)["status"] == "SUCCEEDED"
        assert "servers ended twice while they decided this turn" in node.tail(400)
    finally:
        cluster.kill()


def test_a_turn_that_takes_long_to_end_owners_is_set_aside_though_nobody_starts_them_again(
    tmp_path, postgres
):
    slowly = {ABORT: "deadly", "COMPASSO_ABORT_AFTER": "3000"}
    cluster = Cluster(tmp_path, postgres, count=3, environment=slowly).start()
    try:
        sfn = step_functions(cluster.owner().url)
        task = {"Type": "Task", "Resource": ECHO, "End": True}
        arn = machine(sfn, {"Wait": {"Type": "Wait", "Seconds": 1, "Next": "Work"}, "Work": task})
        sfn.start_execution(stateMachineArn=arn, name="deadly", input='{"n": 1}')

        def last_owner():
            alive = [node for node in cluster.nodes if node.process.poll() is None]
            is_last = len(alive) == 1 and role(alive[0]) == "owner"
            return alive[0] if is_last else None

        node = eventually(last_owner, seconds=90)
        for other in cluster.others(node):
            aborts(other)
        eventually(lambda: set_aside(node) == ["deadly"])
    finally:
        cluster.kill()


def test_what_is_damaged_is_not_released_and_says_why(own_server):
    sfn = step_functions(own_server.url)
    activity = sfn.create_activity(name="hands")["activityArn"]
    task = {"Type": "Task", "Resource": activity, "End": True}
    arn = machine(sfn, {"Work": task})
    execution = sfn.start_execution(stateMachineArn=arn, name="e")["executionArn"]
    assert own_server.stop() == 0
    database = sqlite3.connect(own_server.data / "compasso.db")
    last = "'\"last_event\":'"
    database.execute(f"UPDATE execution SET image = replace(image, {last}, {last} || '1')")
    database.execute("UPDATE journal SET body = replace(body, 'Work', 'Walk')")
    database.commit()
    database.close()
    own_server.start()
    eventually(lambda: set_aside(own_server) == ["e"])
    released = command(own_server, "quarantine", "release", "m:e")
    assert released.returncode == 2
    assert "still cannot go on" in released.stderr and "compasso stop" in released.stderr
    assert set_aside(own_server) == ["e"]
    sfn = step_functions(own_server.url)
    sfn.stop_execution(executionArn=execution)
    assert ended(sfn, execution)["status"] == "ABORTED"
