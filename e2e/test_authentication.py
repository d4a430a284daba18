"""With access keys configured, requests must be signed with one of them."""

import json
import os
import subprocess

import boto3
import pytest
from botocore.config import Config

from clients import REGION, ended
from server import BINARY, Server

CONFIG = """
[[auth.keys]]
id = "AKIAEXAMPLE"
secret = "right"
account = "123456789012"
"""


@pytest.fixture
def guarded(tmp_path):
    (tmp_path / "compasso.toml").write_text(CONFIG)
    running = Server(tmp_path / "data", arguments=["--config", tmp_path / "compasso.toml"]).start()
    yield running
    running.kill()


def client(server, key, secret, service="stepfunctions"):
    return boto3.client(
        service,
        endpoint_url=server.url,
        region_name=REGION,
        aws_access_key_id=key,
        aws_secret_access_key=secret,
        config=Config(retries={"total_max_attempts": 1}),
    )


def test_connections_are_guarded_by_the_same_keys(guarded):
    events = client(guarded, "AKIAEXAMPLE", "right", "events")
    created = events.create_connection(
        Name="signed",
        AuthorizationType="BASIC",
        AuthParameters={"BasicAuthParameters": {"Username": "me", "Password": "mine"}},
    )
    assert ":123456789012:" in created["ConnectionArn"]
    wrong = client(guarded, "AKIAEXAMPLE", "wrong", "events")
    with pytest.raises(wrong.exceptions.ClientError) as refused:
        wrong.list_connections()
    assert refused.value.response["Error"]["Code"] == "InvalidSignatureException"


@pytest.mark.parametrize(
    "resource, parameters",
    [
        ("aws-sdk:sfn:listStateMachines", {}),
        ("aws-sdk:sfn:startExecution", {"StateMachineArn": "CHILD"}),
        ("states:startExecution", {"StateMachineArn": "CHILD"}),
        ("states:startExecution.sync:2", {"StateMachineArn": "CHILD"}),
    ],
)
def test_tasks_call_the_server_in_the_account_of_their_execution(guarded, resource, parameters):
    sfn = client(guarded, "AKIAEXAMPLE", "right")

    def machine(name, state):
        definition = {"StartAt": "A", "States": {"A": {**state, "End": True}}}
        created = sfn.create_state_machine(
            name=name, definition=json.dumps(definition), roleArn="arn:aws:iam::123456789012:role/r"
        )
        return created["stateMachineArn"]

    child = machine("child", {"Type": "Pass"})
    parameters = {name: child for name in parameters}
    resource = f"arn:aws:states:::{resource}"
    parent = machine("parent", {"Type": "Task", "Resource": resource, "Parameters": parameters})
    description = ended(sfn, sfn.start_execution(stateMachineArn=parent)["executionArn"])
    assert description["status"] == "SUCCEEDED", description
    assert "123456789012" in description["output"]


def test_the_right_secret_opens_the_account_of_its_key(guarded):
    created = client(guarded, "AKIAEXAMPLE", "right").create_activity(name="signed")
    assert ":123456789012:" in created["activityArn"]


@pytest.mark.parametrize(
    "key, secret, code",
    [
        ("AKIAEXAMPLE", "wrong", "InvalidSignatureException"),
        ("AKIAUNKNOWN", "right", "UnrecognizedClientException"),
    ],
)
def test_a_wrong_secret_and_an_unknown_key_are_refused(guarded, key, secret, code):
    wrong = client(guarded, key, secret)
    with pytest.raises(wrong.exceptions.ClientError) as refused:
        wrong.list_activities()
    assert refused.value.response["Error"]["Code"] == code


PIPELINE = "pipeline: kept\ntasks: {only: {run: 'true'}}\n"


def test_commands_find_out_the_account_of_a_key_where_no_state_machine_is(guarded, tmp_path):
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "kept.pipeline.yaml").write_text(PIPELINE)
    keys = {"AWS_ACCESS_KEY_ID": "AKIAEXAMPLE", "AWS_SECRET_ACCESS_KEY": "right", "AWS_DEFAULT_REGION": REGION}

    def compasso(*arguments):
        return subprocess.run(
            [BINARY, *arguments],
            cwd=tmp_path / "elsewhere",
            env={**os.environ, **keys, "COMPASSO_ENDPOINT": guarded.url},
            capture_output=True,
            text=True,
            timeout=120,
        )

    assert compasso("push", "kept.pipeline.yaml").returncode == 0
    started = compasso("start", "kept", "--name", "first", "--wait")
    assert started.returncode == 0, started.stderr
    assert ":123456789012:run:kept:first" in compasso("describe", "kept:first", "--json").stdout
