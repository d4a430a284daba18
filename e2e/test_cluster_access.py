"""Tokens and the audit log of a cluster: what one node is told, all of them know."""

import collections

from bearer import attempt, command, created

ACTS = 30


def test_a_token_is_good_on_all_nodes_at_once_and_outlives_its_owner(cluster):
    owner = cluster.owner()
    first, second = cluster.others(owner)
    root = created(first, "root", "admin", "--user", "ana")
    viewer = created(second, "board", "viewer", token=root)
    for node in cluster.nodes:
        command(node, "list", token=viewer)
        assert "COMPASSO_TOKEN" in command(node, "list", fails=True)
    owner.kill()
    cluster.owner()
    for node in (first, second):
        names = [row["name"] for row in command(node, "tokens", "list", token=root)]
        assert names == ["board", "root"]
        refused = command(node, "pools", "set", "p", "1", token=viewer, fails=True)
        assert "needs the role 'operator'" in refused
    owner.start()
    command(owner, "tokens", "revoke", "board", token=root)
    for node in cluster.nodes:
        assert "revoked" in command(node, "list", token=viewer, fails=True)


def test_what_was_answered_is_in_the_audit_log_once_whoever_owned_the_store(cluster):
    root = created(cluster.nodes[0], "root", "admin", "--user", "ana")
    answered = []
    for number in range(ACTS):
        node = cluster.nodes[number % len(cluster.nodes)]
        if number % 10 == 5:
            owner = cluster.owner()
            owner.kill()
            owner.start()
        # Whoever has no answer does not know whether it was done.
        if attempt(node, "pools", "set", f"pool-{number}", "1", token=root).returncode == 0:
            answered.append(f"pool-{number}")
    assert len(answered) > ACTS / 2
    for node in cluster.nodes:
        rows = command(node, "audit", "--action", "pool.set", "--limit", "1000", token=root)
        told = collections.Counter(
            row["on"].rsplit(":", 1)[-1] for row in rows if row["outcome"] == "done"
        )
        assert {name: told[name] for name in answered} == dict.fromkeys(answered, 1)
        assert {row["who"] for row in rows} == {"ana"}
    made = {row["name"] for row in command(node, "pools", "list", token=root)}
    assert set(answered) <= made == set(told), "what was done is told, and nothing else"
