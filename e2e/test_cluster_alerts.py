"""Alerts of a cluster: told once, whichever node sees their cause."""

from clients import eventually
from hooks import push
from test_alerts import FAILING, TELLING, fail, states


def test_an_alert_whose_node_dies_between_cause_and_telling_is_told_once(cluster):
    """A node looks at most once a second: what fails just after the first failure is not looked at yet."""
    node = cluster.owner()
    push(node, FAILING.format(name="failing"))
    rule = "{failures: {count: 2, within: 1h, workflow: failing}}"
    push(node, TELLING.format(name="told", rule=rule))
    # It is looked at together with the other, so its news say that the last failure was looked at.
    push(node, TELLING.format(name="last", rule=rule.replace("count: 2", "count: 4")))
    fail(node, "failing", 2)
    node.kill()
    other = cluster.owner()
    eventually(lambda: states(other, "told") == ["firing"])
    node.start()
    fail(other, "failing", 1)
    other.kill()
    third = cluster.owner()
    fail(third, "failing", 1)
    eventually(lambda: states(third, "last") == ["firing"])
    assert states(third, "told") == ["firing"]
