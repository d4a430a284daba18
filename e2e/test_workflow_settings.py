"""What people set up of state machines, and how their runs went over time, over the REST interface."""

import json

import pytest
from clients import ended, step_functions
from rest import Refused, call, quoted
from server import Server

ROLE = "arn:aws:iam::000000000000:role/Role"
OTHER = "arn:aws:iam::000000000000:role/Other"
GROUP = "arn:aws:logs:us-east-1:000000000000:log-group:flows:*"
ONE = {"StartAt": "A", "States": {"A": {"Type": "Pass", "End": True}}}
BAD = {"StartAt": "A", "States": {"A": {"Type": "Fail", "Error": "Broken"}}}


@pytest.fixture
def server(tmp_path):
    running = Server(tmp_path / "data").start()
    yield running
    running.kill()


def created(server, name, definition=ONE):
    client = step_functions(server.url)
    return client.create_state_machine(name=name, definition=json.dumps(definition), roleArn=ROLE)["stateMachineArn"]


def put(server, machine, **settings):
    return call(server, "PUT", f"/workflows/{quoted(machine)}/settings", settings)


def test_settings_are_changed_and_what_is_absent_stays(server):
    machine = created(server, "order")
    logging = {"level": "ERROR", "group": GROUP, "withData": True}
    shown = put(server, machine, logging=logging, tags=[{"key": "team", "value": "data"}])
    assert (shown["logLevel"], shown["logGroup"], shown["logsData"]) == ("ERROR", GROUP, True)
    assert (shown["role"], shown["tags"]) == (ROLE, [{"key": "team", "value": "data"}])
    shown = put(server, machine, role=OTHER, tags=[])
    assert (shown["role"], shown["tags"], shown["logLevel"]) == (OTHER, [], "ERROR")
    seen = step_functions(server.url).describe_state_machine(stateMachineArn=machine)
    assert (seen["roleArn"], seen["loggingConfiguration"]["level"]) == (OTHER, "ERROR")
    shown = put(server, machine, logging={"level": "OFF"})
    assert (shown["logLevel"], "logGroup" in shown) == ("OFF", False)


def test_the_audit_log_tells_what_a_setting_was_before(server):
    machine = created(server, "order")
    put(server, machine, role=OTHER)
    put(server, machine, tags=[{"key": "team", "value": "data"}])
    tags, role = [one for one in call(server, "GET", "/audit")["items"] if one["action"] == "workflow.set"]
    assert role["details"] == {"role": f"{ROLE} → {OTHER}"}
    assert tags["details"] == {"tags": "– → team=data"}


def test_settings_that_make_no_sense_are_refused_and_change_nothing(server):
    machine = created(server, "order")
    for wrong, match in [
        ({"logging": {"level": "ALL"}}, "exactly one Log Destination"),
        ({"logging": {"level": "LOUD", "group": GROUP}}, "loggingConfiguration.level"),
        ({"role": "nobody"}, "nobody"),
        ({"tags": [{"key": "aws:x", "value": ""}]}, "must not start with aws:"),
        ({"colour": "red"}, "colour"),
    ]:
        with pytest.raises(Refused, match=match):
            put(server, machine, **wrong)
    with pytest.raises(Refused, match="StateMachineDoesNotExist"):
        put(server, machine + "s", role=OTHER)
    shown = call(server, "GET", f"/workflows/{quoted(machine)}")
    assert (shown["role"], shown["logLevel"], shown["tags"]) == (ROLE, "OFF", [])


def test_bars_tell_how_long_runs_took_that_succeeded(server):
    client = step_functions(server.url)
    good, bad = created(server, "good"), created(server, "bad", BAD)
    for machine in [good, good, bad]:
        ended(client, client.start_execution(stateMachineArn=machine)["executionArn"])
    bars = call(server, "GET", "/runs/histogram", workflow=good)["items"]
    assert sum(bar["succeeded"] for bar in bars) == 2
    assert all(("durations" in bar) == (bar["succeeded"] > 0) for bar in bars)
    assert all(bar["durations"]["p50Ms"] <= bar["durations"]["p95Ms"] for bar in bars if "durations" in bar)
    (bar,) = call(server, "GET", "/runs/histogram", workflow=bad)["items"]
    assert (bar["failed"], "durations" in bar) == (1, False)
