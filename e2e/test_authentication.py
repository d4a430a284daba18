"""With access keys configured, requests must be signed with one of them."""

import boto3
import pytest
from botocore.config import Config

from clients import REGION
from server import Server

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
