"""Limits that an operator can set, and the profile with all of Amazon's."""

import json
import subprocess

import pytest

from clients import ask_own, ended, eventually, history, step_functions
from server import BINARY, Server, write_config

PASS = {"A": {"Type": "Pass", "End": True}}
LARGE = "x" * 3_000_000


@pytest.fixture
def serve(tmp_path):
    """Starts a server with more settings than those of the tests."""
    servers = []

    def start(more, *arguments):
        config = write_config(tmp_path)
        config.write_text(more + config.read_text())
        arguments = ["--config", config, *arguments]
        servers.append(Server(tmp_path / "data", arguments=arguments).start())
        return servers[-1]

    yield start
    for server in servers:
        if server.process.poll() is None:
            server.kill()


def test_without_settings_a_payload_has_amazons_limit(sfn, machine, start):
    arn = machine(PASS)
    assert ended(sfn, start(arn, "x" * 262_142))["status"] == "SUCCEEDED"
    with pytest.raises(sfn.exceptions.ClientError) as refused:
        start(arn, "x" * 262_143)
    assert refused.value.response["Error"]["Code"] == "ValidationException"


def test_payloads_can_be_larger_if_that_is_set(serve, machine, start):
    server = serve("[quotas]\npayload_bytes = 4_000_000\n")
    sfn = step_functions(server.url)
    echo = {
        "Type": "Task",
        "Resource": "arn:aws:states:::lambda:invoke",
        "Parameters": {"FunctionName": "echo", "Payload.$": "$"},
        "OutputPath": "$.Payload",
        "End": True,
    }
    execution = start(machine({"Echo": echo}, client=sfn), LARGE, client=sfn)
    assert json.loads(ended(sfn, execution)["output"]) == LARGE
    server.kill()
    server.start()
    described = sfn.describe_execution(executionArn=execution)
    assert json.loads(described["input"]) == json.loads(described["output"]) == LARGE
    assert json.loads(history(sfn, execution)[-1]["executionSucceededEventDetails"]["output"]) == LARGE


def test_the_strict_profile_refuses_calls_that_come_too_fast(serve):
    server = serve("", "--profile", "aws-strict")
    sfn = step_functions(server.url)
    with pytest.raises(sfn.exceptions.ClientError) as refused:
        # One a second is allowed beyond the first hundred.
        for _ in range(1_000):
            sfn.validate_state_machine_definition(definition="{}")
    error = refused.value.response["Error"]
    assert (error["Code"], error["Message"]) == ("ThrottlingException", "Rate exceeded")


def test_what_there_is_no_room_for_is_refused(serve, machine, start):
    server = serve("[quotas]\nopen_executions = 2\nstate_machines = 1\nactivities = 1\n")
    sfn = step_functions(server.url)
    waiting = machine({"W": {"Type": "Wait", "Seconds": 600, "End": True}}, client=sfn)
    with pytest.raises(sfn.exceptions.StateMachineLimitExceeded):
        machine(PASS, client=sfn)
    sfn.create_activity(name="one")
    sfn.create_activity(name="one")
    with pytest.raises(sfn.exceptions.ActivityLimitExceeded):
        sfn.create_activity(name="two")
    first = start(waiting, client=sfn)
    start(waiting, client=sfn)
    for _ in range(2):
        with pytest.raises(sfn.exceptions.ExecutionLimitExceeded):
            start(waiting, client=sfn)
    sfn.stop_execution(executionArn=first)
    start(waiting, client=sfn)
    with pytest.raises(sfn.exceptions.ExecutionLimitExceeded):
        sfn.redrive_execution(executionArn=first)


def test_a_tick_waits_for_room(serve, machine, start):
    server = serve("[beyond-aws]\nschedules = true\n[quotas]\nopen_executions = 1\n")
    sfn = step_functions(server.url)
    waiting = machine({"W": {"Type": "Wait", "Seconds": 600, "End": True}}, client=sfn)
    first = start(waiting, client=sfn)
    spec = {"every": "1d", "start": "2026-01-01T00:00:00Z", "catchup": "all", "limit": 1}
    new = {"name": "late", "stateMachineArn": waiting, "spec": spec}
    assert ask_own(server, "CreateSchedule", **new)[0] == 200
    ticks = lambda: ask_own(server, "ListTicks", name="late")[1]["ticks"]
    for _ in range(100):
        assert ticks() == []
    sfn.stop_execution(executionArn=first)
    assert eventually(ticks)[-1]["state"] == "run"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("profile = 'aws-strict'\n[quotas]\nevents = 30_000\n", "aws-strict"),
        ("[quotas]\npayload_bytes = 7\n", "payload_bytes"),
        ("profile = 'lenient'\n", "profile"),
    ],
)
def test_limits_that_cannot_be_are_refused_at_the_start(tmp_path, text, said):
    config = tmp_path / "compasso.toml"
    config.write_text(text)
    line = [BINARY, "serve", "--config", config, "--data", tmp_path, "--listen", "127.0.0.1:0"]
    ran = subprocess.run(line, capture_output=True, text=True, timeout=30, check=False)
    assert ran.returncode == 2 and said in ran.stderr, ran.stderr


def test_events_can_be_unlimited_and_stay_so_after_a_kill(serve, machine, start):
    server = serve('[quotas]\nevents = "unlimited"\n')
    sfn = step_functions(server.url)
    states = {
        "Wait": {"Type": "Wait", "Seconds": 1, "Next": "Fail"},
        "Fail": {"Type": "Fail", "Error": "Once"},
    }
    execution = start(machine(states, client=sfn), client=sfn)
    server.kill()
    server.start()
    assert ended(sfn, execution)["status"] == "FAILED"
    sfn.redrive_execution(executionArn=execution)
    ended(sfn, execution)
    assert history(sfn, execution)[-1]["executionFailedEventDetails"]["error"] == "Once"
