"""What goes on in a cluster while owners come and go: workers, schedules, and what is told of nodes."""

import json
import urllib.request

from clients import command
from remote import push, script_worker, start, until
from rest import Refused, call
from test_pipeline_schedules import push as push_schedule
from test_pipeline_schedules import ticks
from test_workers import ended, lines, tagged


def patiently(ask):
    """Asks as often as it takes: while there is no owner, it may be told to come again."""

    def asked():
        try:
            return (ask(),)
        except (Refused, OSError):
            return None

    return until(asked, "no answer")[0]


def test_all_nodes_are_listed_and_tell_figures(cluster):
    owner = cluster.owner()
    expected = {node.url: "owner" if node is owner else "standby" for node in cluster.nodes}
    listed = lambda: call(cluster.nodes[2], "GET", "/nodes")["items"]
    roles = lambda: {f"http://{node['address']}": node["role"] for node in listed()}
    # The owner hears of others now and then.
    until(lambda: roles() == expected, "not all are listed")
    for node in cluster.nodes:
        with urllib.request.urlopen(f"{node.url}/metrics", timeout=60) as answer:
            figures = answer.read().decode()
        assert f"compasso_node_owner {int(node is owner)}\n" in figures, figures
    other = cluster.others(owner)[0]
    other.kill()
    until(lambda: roles()[other.url] == "silent", "it is not missed")


def test_a_remote_worker_goes_on_while_owners_come_and_go(cluster, tmp_path):
    """It has the addresses of all nodes; its task is not begun again, and its end is heard."""
    place = tmp_path / "may-end"
    script = f"echo begun\nwhile [ ! -e {place} ]; do sleep 0.1; done\necho over"
    node = cluster.nodes[0]
    push(node, tagged("slow", "far", script))
    run = start(node, "slow")
    every = type("Every", (), {"url": ",".join(node.url for node in cluster.nodes)})
    worker = script_worker(every, tmp_path, "far", "--tags", "far")
    try:
        until(lambda: "begun" in lines(node, run), "it does not begin")
        owner = cluster.owner()
        owner.kill()
        cluster.owner()
        owner.start()
        place.touch()
        assert patiently(lambda: ended(node, run)) == "begun\nover"
    finally:
        worker.kill()


def test_schedules_tick_once_whoever_is_the_owner(cluster):
    node = cluster.nodes[0]
    push_schedule(node, "ticking")
    count = lambda: len(patiently(lambda: ticks(cluster.nodes[1], "ticking")))
    until(lambda: count() > 1, "it does not tick")
    for _ in range(2):
        owner, seen = cluster.owner(), count()
        assert owner.stop() == 0, owner.tail()
        owner.start()
        until(lambda: count() > seen + 1, "it ticks no more")
    due = [tick["scheduledAt"] for tick in ticks(node, "ticking")]
    assert len(due) == len(set(due)), due
