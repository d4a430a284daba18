"""What nodes say of themselves at /readyz when something is wrong, so that nobody sends them requests in vain."""

import contextlib
import json
import time
import urllib.error
import urllib.request

from clients import command, eventually, step_functions
from cluster import Cluster
from test_backup import run
from test_cluster import machine
from test_failures import lease_age, readiness


def figures(node):
    """What a node tells at /metrics."""
    with urllib.request.urlopen(f"{node.url}/metrics", timeout=60) as answer:
        return answer.read().decode()


def test_no_node_is_ready_while_the_database_is_away(cluster, postgres):
    postgres.crash()
    try:
        for node in cluster.nodes:
            eventually(lambda node=node: "the database does not answer" in readiness(node))
        told = [node.log.read_text().count("the lease of this node is not renewed") for node in cluster.nodes]
        assert max(told) <= 2, told
    finally:
        postgres.start()
    owner = cluster.owner()
    for node in cluster.others(owner):
        eventually(lambda node=node: readiness(node).startswith("standby of"))


def test_an_owner_that_others_do_not_reach_is_told_by_all(tmp_path, postgres):
    cluster = Cluster(tmp_path, postgres, count=2)
    lost, other = cluster.nodes
    # Nobody listens there.
    lost.environment["COMPASSO_ADVERTISE"] = "127.0.0.1:1"
    try:
        lost.start()
        eventually(lambda: readiness(lost).startswith("owner"))
        eventually(lambda: "does not find itself where others are to reach it" in lost.tail())
        other.start()
        eventually(lambda: "the owner 127.0.0.1:1 cannot be reached" in readiness(other))
        assert other.log.read_text().count("cannot be reached from this node") == 1
        # Requests are answered again as soon as it is gone.
        assert lost.stop() == 0, lost.tail()
        eventually(lambda: readiness(other).startswith("owner"))
        machine(other)
    finally:
        cluster.kill()


def test_an_owner_whose_database_refuses_every_write_is_not_ready(tmp_path, postgres):
    cluster = Cluster(tmp_path, postgres, count=1).start()
    node = cluster.owner()
    arn = machine(node)
    sfn = step_functions(node.url)

    def refused():
        try:
            sfn.start_execution(stateMachineArn=arn)
        except sfn.exceptions.ClientError:
            return "refuses" in readiness(node) or "refused" in readiness(node)
        return False

    try:
        postgres.run("CREATE FUNCTION no_room() RETURNS trigger LANGUAGE plpgsql AS $$ "
                     "BEGIN RAISE 'no room'; END $$; CREATE TRIGGER no_room BEFORE UPDATE OF commits ON fence "
                     "FOR EACH ROW EXECUTE FUNCTION no_room()", cluster.address)  # fmt: skip
        eventually(refused)
        assert "no room" in readiness(node)
        assert node.log.read_text().count("the store refuses every write") == 1
        postgres.run("DROP TRIGGER no_room ON fence", cluster.address)
        # It finds out by itself.
        eventually(lambda: readiness(node).startswith("owner"))
    finally:
        cluster.kill()


def test_a_node_that_takes_no_part_is_listed_as_that(tmp_path, postgres):
    cluster = Cluster(tmp_path, postgres, count=2).start()
    try:
        owner = cluster.owner()
        machine(owner)
        other = cluster.others(owner)[0]
        since = time.monotonic()
        for node in cluster.nodes:
            eventually(lambda node=node: lease_age(node) < time.monotonic() - since)
        # As if a standby had taken over that had not all commits.
        postgres.run("UPDATE fence SET commits = 0", cluster.address)
        for node in cluster.nodes:
            eventually(lambda node=node: "older than this node has seen it" in readiness(node))
            assert "compasso_node_aside 1\n" in figures(node)
        # One that has not seen that goes on, and tells of the others.
        other.kill()
        other.start()
        eventually(lambda: readiness(other).startswith("owner"))
        rows = [json.loads(row) for row in command(other, "--json", "nodes").stdout.splitlines()]
        roles = {row["address"]: (row["role"], row.get("reason", "")) for row in rows}
        role, reason = roles[owner.url.removeprefix("http://")]
        assert role == "aside" and "older than this node has seen it" in reason, rows
    finally:
        cluster.kill()


def test_a_node_of_an_earlier_release_never_owns_newer_tables(tmp_path, postgres):
    cluster = Cluster(tmp_path, postgres, count=2).start()
    try:
        owner = cluster.owner()
        machine(owner)
        other = cluster.others(owner)[0]
        # As if a node of a later release had started.
        later = "UPDATE compasso_format SET format = format + 90"
        postgres.run(later, cluster.address)
        # The owner works on until it ends.
        assert machine(owner, name="late")
        owner.kill()
        said = "this node is never the owner again: restart it with the later release"
        eventually(lambda: said in other.tail(400))
        assert readiness(other).startswith("no owner")
        eventually(lambda: "compasso_node_aside 1\n" in figures(other))
        # The later release is there.
        postgres.run("UPDATE compasso_format SET format = format - 90", cluster.address)
        owner.start()
        eventually(lambda: readiness(owner).startswith("owner"))
        eventually(lambda: readiness(other).startswith("standby"))
        rows = [json.loads(row) for row in command(owner, "--json", "nodes").stdout.splitlines()]
        reasons = {row["address"]: row.get("reason", "") for row in rows}
        assert "knows formats up to" in reasons[other.url.removeprefix("http://")], rows
    finally:
        cluster.kill()


def test_all_nodes_say_that_their_database_may_lose_commits(cluster, postgres):
    def change(what):
        postgres.run(f"ALTER SYSTEM {what}")
        postgres.run("SELECT pg_reload_conf()")

    cluster.owner()
    change("SET fsync = off")
    try:
        for node in cluster.nodes:
            eventually(lambda node=node: "fsync is off" in readiness(node))
            assert "ALTER SYSTEM SET fsync = 'on'" in readiness(node)
            assert "compasso_database_unsafe 1\n" in figures(node)
    finally:
        change("RESET fsync")
    owner = cluster.owner()
    for node in cluster.others(owner):
        eventually(lambda node=node: readiness(node).startswith("standby of"))
        assert "compasso_database_unsafe 0\n" in figures(node)


def test_a_node_waits_for_the_end_of_a_restore_and_what_fences_others_off_holds_after_it(tmp_path, postgres):
    cluster = Cluster(tmp_path, postgres, count=1).start()
    node = cluster.nodes[0]
    try:
        arn = machine(node)
        place = cluster.address.rsplit("%3D", 1)[1]
        dump = postgres.dump(cluster.address)
        assert node.stop() == 0
        # As pg_restore does it: rows first, then keys, and the one that fences off at the very end.
        rows, keys = dump.split("ADD CONSTRAINT", 1)
        rows, begun = rows.rsplit("ALTER TABLE ONLY", 1)
        keys = f"ALTER TABLE ONLY{begun}ADD CONSTRAINT{keys}"
        last = keys.rindex("ALTER TABLE ONLY")
        assert "fence_lane_epoch_fkey" in keys[last:]
        postgres.put(rows, place)
        node.begin()

        def waits():
            with contextlib.suppress(urllib.error.URLError):
                return "is not there, or not whole" in readiness(node)

        eventually(waits)
        postgres.run(keys[:last])
        eventually(lambda: readiness(node).startswith("owner"))
        assert "it is mended" in node.log.read_text()
        following = "SELECT count(*) FROM fence_lane JOIN fence USING (epoch)"
        assert postgres.rows(following, cluster.address) == ["3"]
        assert step_functions(node.url).start_execution(stateMachineArn=arn)
        looked = run("fsck", node.data, "--store", cluster.address)
        assert looked.returncode == 0, looked.stdout + looked.stderr
    finally:
        cluster.kill()
