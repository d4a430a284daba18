"""Scripts on a cluster: every node runs them, and what runs goes on while owners come and go."""

import json
import signal

import pytest

from clients import command
from cluster import Cluster
from remote import push, start, until
from rest import call
from test_cluster_work import patiently
from test_failures import readiness
from test_workers import ended, text_of

# One place a node; and no lease that runs out says that a node is gone.
SETTINGS = "[worker]\nslots = 1\nlease = 3600\ndrain = 60\n"
KEYS = '[[auth.keys]]\nid = "test"\nsecret = "secret"\n'

# Each of three scripts waits until all three have begun.
TOGETHER = """
    pipeline: together
    tasks:
      meet:
        matrix: {{who: [a, b, c]}}
        run: |
          touch {place}/${{{{ matrix.who }}}}
          while [ "$(ls {place} | wc -l)" -lt 3 ]; do sleep 0.05; done
"""

# A script that says who runs it, and ends when it may.
PATIENT = """
    pipeline: patient
    tasks:
      wait:
        output: text
        run: |
          echo $PPID >> {place}/begun
          while [ ! -e {place}/may-end ]; do sleep 0.05; done
          cat {place}/begun
    outputs: ${{{{ needs.wait.output }}}}
"""


@pytest.fixture
def nodes(tmp_path, postgres):
    """Three nodes with room for one script each."""
    nodes = Cluster(tmp_path, postgres, settings=SETTINGS).start()
    yield nodes
    nodes.kill()


def begun(nodes, place):
    """Starts the patient run; returns it and the node whose script runs."""
    place.mkdir()
    push(nodes.nodes[0], PATIENT.format(place=place))
    run = start(nodes.nodes[0], "patient")
    pid = int(text_of(place / "begun"))
    return run, next(node for node in nodes.nodes if node.process.pid == pid)


def test_all_nodes_run_scripts(nodes, tmp_path):
    place = tmp_path / "meeting"
    place.mkdir()
    push(nodes.nodes[0], TOGETHER.format(place=place))
    run = start(nodes.nodes[0], "together")
    assert ended(nodes.nodes[1], run) == {}, nodes.nodes[0].tail()
    workers = call(nodes.nodes[2], "GET", "/workers")["items"]
    expected = {f"node:{node.url.removeprefix('http://')}" for node in nodes.nodes}
    assert {worker["name"].split("@")[0] for worker in workers} == expected


def test_scripts_go_on_while_owners_come_and_go(nodes, tmp_path):
    """Each node has one; only that of the owner, which is killed, is begun again."""
    places = [tmp_path / f"place-{number}" for number in range(3)]
    begun_by = dict(begun(nodes, place) for place in places)
    owner = nodes.owner()
    owner.kill()
    nodes.owner()
    for place in places:
        (place / "may-end").touch()
    other = nodes.others(owner)[0]
    for run, node in begun_by.items():
        pids = patiently(lambda run=run: ended(other, run)).split()
        assert len(pids) == (2 if node is owner else 1), pids


def test_a_script_of_a_node_that_dies_runs_elsewhere(nodes, tmp_path):
    place = tmp_path / "place"
    run, node = begun(nodes, place)
    node.kill()
    other = nodes.others(node)[0]
    until(lambda: len((place / "begun").read_text().split()) == 2, "it does not begin again")
    (place / "may-end").touch()
    pids = patiently(lambda: ended(other, run)).split()
    assert int(pids[1]) in {it.process.pid for it in nodes.others(node)}


def test_a_node_that_is_asked_to_stop_ends_its_scripts_first(nodes, tmp_path):
    place = tmp_path / "place"
    run, node = begun(nodes, place)
    node.process.send_signal(signal.SIGTERM)
    other = nodes.others(node)[0]
    until(lambda: "takes no more scripts" in node.log.read_text(), "it does not stop")
    assert readiness(node) == "this node is stopping\n"
    (place / "may-end").touch()
    node.process.wait(60)
    assert node.stop() == 0, node.tail()
    assert patiently(lambda: ended(other, run)) == str(node.process.pid)


def test_nodes_need_no_token_of_workers_where_keys_are_asked_for(tmp_path, postgres):
    nodes = Cluster(tmp_path, postgres, settings=SETTINGS + KEYS).start()
    try:
        pipeline = tmp_path / "one.yaml"
        pipeline.write_text("pipeline: one\ntasks:\n  one:\n    run: echo one\n")
        for node in nodes.nodes:
            ran = command(node, "push", str(pipeline))
            assert ran.returncode == 0, ran.stderr
        started = command(nodes.nodes[0], "start", "one", "--wait", "--json")
        assert started.returncode == 0, started.stderr
        assert json.loads(started.stdout.splitlines()[-1])["status"].upper() == "SUCCEEDED"
    finally:
        nodes.kill()
