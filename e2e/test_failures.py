"""What happens when something breaks; docs/testing.md says of all of it which tests show it."""

import json
import pathlib
import re
import subprocess
import threading
import time
import urllib.error
import urllib.request

import pytest
from botocore.exceptions import ClientError, HTTPClientError

from clients import ROLE, ended, eventually, step_functions
from cluster import Cluster
from postgres import Postgres
from server import BINARY, REPOSITORY, Server

SHIM = pathlib.Path(__file__).with_name("shims") / "disk.c"
# More than one window of starts that the limit follows.
STARTS = 160
THREADS = 40


@pytest.fixture
def disk(tmp_path):
    """A server on a disk whose mood a test sets, and the function that sets it."""
    library, mood = tmp_path / "disk.so", tmp_path / "mood"
    subprocess.run(["cc", "-shared", "-fPIC", "-O1", "-o", library, SHIM, "-ldl"], check=True)
    environment = {"LD_PRELOAD": str(library), "DISK_MOOD": str(mood)}
    server = Server(tmp_path / "data", environment=environment).start()
    yield server, mood.write_text
    if server.process.poll() is None:
        server.kill()


def machine(sfn, states):
    definition = json.dumps({"StartAt": next(iter(states)), "States": states})
    answer = sfn.create_state_machine(name="m", definition=definition, roleArn=ROLE)
    return answer["stateMachineArn"]


def test_a_disk_that_does_not_keep_what_it_was_given_ends_the_server(disk):
    server, set_mood = disk
    sfn = step_functions(server.url)
    arn = machine(sfn, {"Wait": {"Type": "Wait", "Seconds": 3600, "End": True}})
    kept = [sfn.start_execution(stateMachineArn=arn)["executionArn"] for _ in range(5)]
    set_mood("f")
    with pytest.raises((ClientError, HTTPClientError)):
        for _ in range(1000):
            kept.append(sfn.start_execution(stateMachineArn=arn)["executionArn"])
    assert server.process.wait(60) == 1, server.tail()
    assert re.search("ERROR.*the server cannot go on and ends", server.tail()), server.tail()
    set_mood("well")
    server.kill()
    server.start()
    sfn = step_functions(server.url)
    for execution in kept:
        assert sfn.describe_execution(executionArn=execution)["status"] == "RUNNING"


def start_limit(server):
    with urllib.request.urlopen(f"{server.url}/metrics", timeout=60) as answer:
        return float(re.search(r"^compasso_starts_max (\S+)$", answer.read().decode(), re.M)[1])


def test_a_slow_disk_lets_fewer_start_at_once_and_results_pass(disk):
    server, set_mood = disk
    sfn = step_functions(server.url)
    activity = sfn.create_activity(name="hands")["activityArn"]
    arn = machine(sfn, {"Work": {"Type": "Task", "Resource": activity, "End": True}})
    execution = sfn.start_execution(stateMachineArn=arn)["executionArn"]
    token = sfn.get_activity_task(activityArn=activity)["taskToken"]
    before = start_limit(server)
    set_mood("s")

    def start():
        client = step_functions(server.url)
        for _ in range(STARTS // THREADS):
            client.start_execution(stateMachineArn=arn)

    threads = [threading.Thread(target=start) for _ in range(THREADS)]
    for thread in threads:
        thread.start()
    sfn.send_task_success(taskToken=token, output='"through"')
    for thread in threads:
        thread.join()
    assert start_limit(server) < before
    set_mood("well")
    assert ended(sfn, execution)["output"] == '"through"'


def readiness(node):
    try:
        with urllib.request.urlopen(f"{node.url}/readyz", timeout=60) as answer:
            return answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.read().decode()


def lease_age(node):
    """How long ago a node asked the database who owns it."""
    with urllib.request.urlopen(f"{node.url}/metrics", timeout=60) as answer:
        figures = answer.read().decode()
    return float(re.search(r"^compasso_node_lease_age_seconds (\S+)$", figures, re.M)[1])


def test_nodes_take_no_part_in_an_old_copy_of_their_database_until_they_are_restarted(tmp_path):
    postgres = Postgres()
    cluster = Cluster(tmp_path, postgres, count=2).start()
    try:
        sfn = step_functions(cluster.owner().url)
        activity = sfn.create_activity(name="hands")["activityArn"]
        arn = machine(sfn, {"Work": {"Type": "Task", "Resource": activity, "End": True}})
        early = sfn.start_execution(stateMachineArn=arn)["executionArn"]
        kept = sfn.get_activity_task(activityArn=activity)["taskToken"]
        postgres.crash()
        postgres.copy()
        postgres.start()
        cluster.owner()
        late = eventually(lambda: started(cluster, arn))
        sfn = step_functions(cluster.owner().url)
        lost = sfn.get_activity_task(activityArn=activity)["taskToken"]
        since = time.monotonic()
        for node in cluster.nodes:
            # Who has not seen that would rightly go on with the copy.
            eventually(lambda node=node: lease_age(node) < time.monotonic() - since)
        postgres.crash()
        postgres.put_copy_back()
        postgres.start()
        for node in cluster.nodes:
            eventually(lambda node=node: "older than this node has seen it" in readiness(node))
            assert "an old copy was put in its place" in node.tail(400)
        for node in cluster.nodes:
            assert node.stop() == 0, node.tail()
        noted = [BINARY, "restore", "--store", cluster.address]
        subprocess.run(noted, check=True, timeout=60)
        for node in cluster.nodes:
            node.start()
        sfn = step_functions(cluster.owner().url)
        assert sfn.describe_execution(executionArn=early)["status"] == "RUNNING"
        with pytest.raises(sfn.exceptions.ExecutionDoesNotExist):
            sfn.describe_execution(executionArn=late)
        # The same place again: the task that was lost was there before.
        again = sfn.start_execution(stateMachineArn=arn, name="late")["executionArn"]
        assert answered(sfn, lost) == "InvalidToken"
        assert answered(sfn, kept) is None
        assert ended(sfn, early)["status"] == "SUCCEEDED"
        assert sfn.describe_execution(executionArn=again)["status"] == "RUNNING"
    finally:
        cluster.kill()
        postgres.stop()


def answered(sfn, token):
    """Reports a result; returns the name of the error, if it is refused."""
    try:
        sfn.send_task_success(taskToken=token, output="1")
        return None
    except ClientError as error:
        return error.response["Error"]["Code"]


def started(cluster, arn):
    """Starts an execution; None if no node takes it at present."""
    sfn = step_functions(cluster.nodes[0].url)
    try:
        return sfn.start_execution(stateMachineArn=arn, name="late")["executionArn"]
    except (ClientError, HTTPClientError):
        return None


def test_the_tests_that_are_said_to_show_what_follows_are_there():
    told = (REPOSITORY / "docs/testing.md").read_text().split("## The server itself")[1]
    failures, mutants = told.split("The checker of the simulator")
    named = [
        (path, name)
        for path, names in re.findall(r"`([\w/.-]+\.(?:py|rs))`((?:[:,] `\w+`)*)", failures)
        for name in re.findall(r"`(\w+)`", names) or [""]
    ]
    named += [("sim/tests/promises.rs", name) for name in re.findall(r"\| `(\w+)` \|$", mutants, re.M)]
    missing = {
        (path, name)
        for path, name in named
        if not re.search(rf"^\s*(?:async )?(?:fn|def) {name}\b", (REPOSITORY / path).read_text(), re.M)
    }
    assert len(named) > 40 and not missing, missing


def test_every_wrong_version_that_the_simulator_knows_is_told():
    told = (REPOSITORY / "docs/testing.md").read_text().split("The checker of the simulator")[1]
    known = (REPOSITORY / "sim/src/mutant.rs").read_text().split("pub enum Mutant {")[1].split("}")[0]
    assert set(re.findall(r"^\| `(\w+)`:", told, re.M)) == set(re.findall(r"^    (\w+),$", known, re.M))
