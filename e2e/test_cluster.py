"""Several servers on one PostgreSQL: any of them answers, and when one is gone another goes on."""

import concurrent.futures
import json
import os
import pathlib
import re
import signal
import subprocess
import threading
import time
import urllib.error
import urllib.request

import pytest
from botocore.exceptions import ClientError, HTTPClientError

from clients import ROLE, step_functions
from cluster import Cluster, role
from server import BINARY, write_config
from test_pipeline_runs import ended, until

# More than what opens and closes by chance.
HAND_OVERS = 5
WAITS = json.dumps(
    {
        "StartAt": "Wait",
        "States": {
            "Wait": {"Type": "Wait", "Seconds": 1, "Next": "Done"},
            "Done": {"Type": "Pass", "End": True},
        },
    }
)


def machine(node, name="waits", definition=WAITS):
    sfn = step_functions(node.url)
    answer = sfn.create_state_machine(name=name, definition=definition, roleArn=ROLE)
    return answer["stateMachineArn"]


def start_until_taken(node, arn, name):
    """Starts as a client that tries again, and returns when it was taken."""
    sfn = step_functions(node.url)
    limit = time.monotonic() + 60
    while True:
        try:
            sfn.start_execution(stateMachineArn=arn, name=name)
            return time.monotonic()
        except sfn.exceptions.ExecutionAlreadyExists:
            # It was taken, its answer was lost, and it has ended since.
            return time.monotonic()
        except (ClientError, HTTPClientError):
            assert time.monotonic() < limit, node.tail()
            time.sleep(0.05)


def test_every_node_takes_every_request(cluster):
    arn = machine(cluster.nodes[1])
    runs = [
        step_functions(node.url).start_execution(stateMachineArn=arn)["executionArn"]
        for node in cluster.nodes
    ]
    for node in cluster.nodes:
        sfn = step_functions(node.url)
        assert {ended(sfn, run)["status"] for run in runs} == {"SUCCEEDED"}
    assert sorted(role(node) for node in cluster.nodes) == ["owner", "standby", "standby"]


def test_when_the_owner_is_killed_another_node_goes_on(cluster):
    owner = cluster.owner()
    arn = machine(owner)
    sfn = step_functions(owner.url)
    runs = [sfn.start_execution(stateMachineArn=arn)["executionArn"] for _ in range(20)]
    owner.kill()
    killed = time.monotonic()
    first, second = cluster.others(owner)
    took = start_until_taken(first, arn, "after") - killed
    print(f"first turn after kill -9: {took:.2f} s")
    assert took < 30
    sfn = step_functions(second.url)
    assert {ended(sfn, run)["status"] for run in runs} == {"SUCCEEDED"}
    # The one that comes back stands by.
    owner.start()
    assert role(owner) == "standby"
    assert ended(step_functions(owner.url), runs[0])["status"] == "SUCCEEDED"


def test_an_owner_that_is_asked_to_stop_hands_over_at_once(cluster):
    owner = cluster.owner()
    arn = machine(owner)
    other = cluster.others(owner)[0]
    owner.process.send_signal(signal.SIGTERM)
    asked = time.monotonic()
    took = start_until_taken(other, arn, "after") - asked
    print(f"first turn after SIGTERM: {took:.2f} s")
    assert owner.stop() == 0, owner.tail()
    # Far less than a lease, which would have had to run out otherwise.
    assert took < 2.5


def test_a_hand_over_fails_no_request_of_any_node(cluster):
    owner = cluster.owner()
    arn = machine(owner)
    others = cluster.others(owner)
    is_over = threading.Event()

    def write(number):
        """Starts one execution after the other, and never tries again."""
        sfn = step_functions(others[number % 2].url)
        started = []
        while not is_over.is_set():
            started.append(sfn.start_execution(stateMachineArn=arn)["executionArn"])
        return started

    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        writers = [pool.submit(write, number) for number in range(8)]
        try:
            assert owner.stop() == 0, owner.tail()
            until(lambda: "owner" in [role(node) for node in others])
            sfn = step_functions(others[0].url)
            sfn.start_execution(stateMachineArn=arn)
        finally:
            is_over.set()
        started = [run for writer in writers for run in writer.result()]
    assert len(started) == len(set(started)) > 8
    for run in started[-8:]:
        assert ended(sfn, run)["status"] == "SUCCEEDED"


def test_an_owner_that_was_frozen_does_nothing_when_it_wakes(cluster):
    owner = cluster.owner()
    arn = machine(owner)
    owner.process.send_signal(signal.SIGSTOP)
    frozen = time.monotonic()
    other = cluster.others(owner)[0]
    took = start_until_taken(other, arn, "after") - frozen
    print(f"first turn after SIGSTOP: {took:.2f} s")
    owner.process.send_signal(signal.SIGCONT)
    # Whatever it is asked, it does not answer by itself.
    sfn = step_functions(owner.url)
    described = sfn.describe_execution(executionArn=arn.replace("stateMachine", "execution") + ":after")
    assert described["name"] == "after"
    until(lambda: role(owner) == "standby")
    assert cluster.owner() is not owner


def test_a_standby_that_is_killed_disturbs_nobody(cluster, postgres):
    def taken():
        return postgres.rows("SELECT epoch FROM fence", cluster.address)

    owner = cluster.owner()
    arn = machine(owner)
    standby, third = cluster.others(owner)
    before = taken()
    runs = [
        step_functions(node.url).start_execution(stateMachineArn=arn)["executionArn"]
        for node in (owner, standby, third)
    ]
    standby.kill()
    # Nobody has to try again: neither the owner nor another that passes requests on.
    for node in (owner, third):
        sfn = step_functions(node.url)
        runs.append(sfn.start_execution(stateMachineArn=arn)["executionArn"])
        assert {ended(sfn, run)["status"] for run in runs} == {"SUCCEEDED"}
    assert (cluster.owner(), taken()) == (owner, before)
    standby.start()
    assert role(standby) == "standby"
    assert ended(step_functions(standby.url), runs[1])["status"] == "SUCCEEDED"


@pytest.mark.parametrize("lost", ["both", "requests", "answers"])
def test_an_owner_that_is_cut_off_from_the_database_is_replaced_and_stands_by_later(
    tmp_path, postgres, lost
):
    cluster = Cluster(tmp_path, postgres, wires=True).start()
    try:
        owner = cluster.owner()
        arn = machine(owner)
        sfn = step_functions(owner.url)
        run = sfn.start_execution(stateMachineArn=arn)["executionArn"]
        cluster.wires[owner].cut = lost
        first, second = cluster.others(owner)
        start_until_taken(first, arn, "meanwhile")
        # The one that is cut off works no longer, and does not say so either.
        until(lambda: role(owner) != "owner")
        assert role(second) in ("owner", "standby")
        cluster.wires[owner].heal()
        until(lambda: role(owner) == "standby")
        for node in cluster.nodes:
            sfn = step_functions(node.url)
            for name in (run, arn.replace("stateMachine", "execution") + ":meanwhile"):
                assert ended(sfn, name)["status"] == "SUCCEEDED"
    finally:
        cluster.kill()


def test_a_node_that_is_the_owner_again_and_again_keeps_nothing_of_each_time(tmp_path, postgres):
    cluster = Cluster(tmp_path, postgres, count=1).start()
    try:
        node = cluster.owner()
        counts = []
        for _ in range(HAND_OVERS):
            arn = machine(node, name=f"waits-{len(counts)}")
            sfn = step_functions(node.url)
            ended(sfn, sfn.start_execution(stateMachineArn=arn)["executionArn"])
            before = epoch(node)
            postgres.run("UPDATE fence SET epoch = epoch + 1, owner = NULL", cluster.address)
            until(lambda before=before: role(node) == "owner" and epoch(node) > before + 1)
            counts.append(len(os.listdir(f"/proc/{node.process.pid}/fd")))
        # What grows by something each time grows by at least one.
        assert counts[-1] < counts[0] + HAND_OVERS - 1, counts
    finally:
        cluster.kill()


def epoch(node):
    """How often the store was taken, as a node knows; 0 while it does not answer."""
    try:
        with urllib.request.urlopen(f"{node.url}/metrics", timeout=60) as answer:
            figures = answer.read().decode()
    except urllib.error.HTTPError:
        return 0
    return float(re.search(r"^compasso_cluster_epoch (\S+)$", figures, re.M)[1])


def test_a_cluster_waits_for_its_database(cluster, postgres):
    arn = machine(cluster.nodes[0])
    sfn = step_functions(cluster.nodes[0].url)
    run = sfn.start_execution(stateMachineArn=arn)["executionArn"]
    postgres.crash()
    postgres.start()
    start_until_taken(cluster.nodes[1], arn, "after")
    assert ended(sfn, run, 60)["status"] == "SUCCEEDED"


# Whoever waited for scripts, of its own or of others, would wait for longer than anybody here does.
LONG_DRAIN = "[worker]\ndrain = 300\n"


def test_a_node_without_scripts_that_is_stopped_waits_for_nothing(tmp_path, postgres):
    cluster = Cluster(tmp_path, postgres, settings=LONG_DRAIN).start()
    try:
        owner = cluster.owner()
        machine(owner)
        standby, last = cluster.others(owner)
        for node in [standby, owner, last]:
            assert node.stop() == 0, node.tail()
            assert "still in use" not in node.log.read_text(), node.tail()
    finally:
        cluster.kill()


@pytest.mark.parametrize("is_away", [False, True], ids=["at work", "away"])
def test_nodes_that_are_stopped_together_wait_for_nobody(tmp_path, postgres, is_away):
    cluster = Cluster(tmp_path, postgres, settings=LONG_DRAIN).start()
    try:
        machine(cluster.owner())
        if is_away:
            postgres.crash()
        for node in cluster.nodes:
            node.process.send_signal(signal.SIGTERM)
        assert [node.process.wait(30) for node in cluster.nodes] == [0, 0, 0], cluster.nodes[0].tail()
    finally:
        for node in cluster.nodes:
            node.kill()
        if is_away:
            postgres.start()


@pytest.mark.parametrize("setting", ["vault", "artifacts"])
def test_a_node_that_has_other_keys_or_files_is_refused(cluster, tmp_path, setting):
    config = write_config(tmp_path / "other")
    if setting == "artifacts":
        shared = pathlib.Path(cluster.nodes[0].arguments[1]).read_text()
        config.write_text(shared.replace("artifacts = ", "artifacts = 'other' # "))
    done = subprocess.run(
        [BINARY, "serve", "--listen", "127.0.0.1:0", "--data", tmp_path / "data", "--config", config,
         "--store", cluster.address],
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 2 and f"{setting}" in done.stderr, done.stderr
    assert "servers that share the database" in done.stderr
