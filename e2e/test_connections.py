"""Connections, by the EventBridge API, and HTTP tasks that use them."""

import json
import os
import re
import stat
import subprocess
import threading

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from clients import ACCOUNT, DEADLINE_SECONDS, REGION, ROLE, ended, eventually, step_functions
from server import BINARY
from web_services import as_json, mirror, serving

SECRET = "open-sesame-4711"
BASIC = {"BasicAuthParameters": {"Username": "me", "Password": SECRET}}


def events_client(url, key="test"):
    return boto3.client(
        "events",
        endpoint_url=url,
        region_name=REGION,
        aws_access_key_id=key,
        aws_secret_access_key="secret",
        config=Config(parameter_validation=False, retries={"total_max_attempts": 1}),
    )


@pytest.fixture(scope="session")
def events(server):
    return events_client(server.url)


def refusal(call, **request):
    with pytest.raises(ClientError) as caught:
        call(**request)
    error = caught.value.response["Error"]
    return error["Code"], error["Message"]


def call(url, connection, **more):
    """The definition of an HTTP task."""
    parameters = {
        "ApiEndpoint": url,
        "Method": "POST",
        "Authentication": {"ConnectionArn": connection},
        **more,
    }
    return {
        "Call": {
            "Type": "Task",
            "Resource": "arn:aws:states:::http:invoke",
            "Parameters": parameters,
            "End": True,
        }
    }


def state_of(events, name):
    return events.describe_connection(Name=name)["ConnectionState"]


def test_a_connection_is_described_without_its_secrets(events, unique):
    name = unique()
    http = {
        "HeaderParameters": [{"Key": "X-Tenant", "Value": "blue", "IsValueSecret": False}],
        "QueryStringParameters": [{"Key": "token", "Value": SECRET, "IsValueSecret": True}],
        "BodyParameters": [{"Key": "unsaid", "Value": SECRET}],
    }
    created = events.create_connection(
        Name=name,
        Description="a shop",
        AuthorizationType="BASIC",
        AuthParameters={**BASIC, "InvocationHttpParameters": http},
    )
    prefix = f"arn:aws:events:{REGION}:{ACCOUNT}:connection/{name}/"
    assert re.fullmatch(re.escape(prefix) + "[0-9a-f-]{36}", created["ConnectionArn"])
    assert created["ConnectionState"] == "AUTHORIZED"
    assert "LastAuthorizedTime" not in created

    described = events.describe_connection(Name=name)
    assert SECRET not in str(described)
    assert described.pop("SecretArn").startswith(
        f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:events!connection/{name}/"
    )
    for instant in ["CreationTime", "LastModifiedTime", "LastAuthorizedTime"]:
        assert described.pop(instant) == created["CreationTime"]
    del described["ResponseMetadata"]
    assert described == {
        "ConnectionArn": created["ConnectionArn"],
        "Name": name,
        "Description": "a shop",
        "ConnectionState": "AUTHORIZED",
        "AuthorizationType": "BASIC",
        "AuthParameters": {
            "BasicAuthParameters": {"Username": "me"},
            "InvocationHttpParameters": {
                "HeaderParameters": [{"Key": "X-Tenant", "Value": "blue", "IsValueSecret": False}],
                "QueryStringParameters": [{"Key": "token", "IsValueSecret": True}],
                "BodyParameters": [{"Key": "unsaid"}],
            },
        },
    }


def test_a_connection_lives_and_dies(events, unique):
    name = unique()
    created = events.create_connection(
        Name=name, AuthorizationType="BASIC", AuthParameters=BASIC
    )
    assert refusal(
        events.create_connection, Name=name, AuthorizationType="BASIC", AuthParameters=BASIC
    ) == ("ResourceAlreadyExistsException", f"Connection {name} already exists.")

    updated = events.update_connection(
        Name=name,
        AuthorizationType="API_KEY",
        AuthParameters={"ApiKeyAuthParameters": {"ApiKeyName": "X-Key", "ApiKeyValue": SECRET}},
    )
    assert updated["ConnectionArn"] == created["ConnectionArn"]
    described = events.describe_connection(Name=name)
    assert described["AuthParameters"] == {"ApiKeyAuthParameters": {"ApiKeyName": "X-Key"}}

    assert events.deauthorize_connection(Name=name)["ConnectionState"] == "DEAUTHORIZING"
    assert state_of(events, name) == "DEAUTHORIZED"
    assert "AuthParameters" not in events.describe_connection(Name=name)

    assert events.delete_connection(Name=name)["ConnectionState"] == "DELETING"
    for action in [
        events.describe_connection,
        events.delete_connection,
        events.deauthorize_connection,
        events.update_connection,
    ]:
        assert refusal(action, Name=name) == (
            "ResourceNotFoundException",
            f"Failed to describe the connection(s). Connection '{name}' does not exist.",
        )


def test_connections_are_listed_page_by_page(events, unique):
    prefix = unique("list")
    names = sorted(f"{prefix}-{n}" for n in range(5))
    for name in names:
        events.create_connection(Name=name, AuthorizationType="BASIC", AuthParameters=BASIC)
    events.deauthorize_connection(Name=names[3])

    first = events.list_connections(NamePrefix=prefix, Limit=2)
    rest = events.list_connections(NamePrefix=prefix, NextToken=first["NextToken"])
    assert [row["Name"] for row in first["Connections"] + rest["Connections"]] == names
    assert "NextToken" not in rest
    assert set(first["Connections"][0]) == {
        "ConnectionArn",
        "Name",
        "ConnectionState",
        "AuthorizationType",
        "CreationTime",
        "LastModifiedTime",
        "LastAuthorizedTime",
    }
    found = events.list_connections(NamePrefix=prefix, ConnectionState="DEAUTHORIZED")
    assert [row["Name"] for row in found["Connections"]] == [names[3]]


def test_requests_out_of_bounds_are_refused(events, unique):
    code, message = refusal(events.create_connection, Name="a b", AuthorizationType="NTLM")
    assert code == "ValidationException"
    assert message == (
        "3 validation errors detected: Value 'a b' at 'name' failed to satisfy constraint: Member "
        r"must satisfy regular expression pattern: [\.\-_A-Za-z0-9]+; Value 'NTLM' at "
        "'authorizationType' failed to satisfy constraint: Member must satisfy enum value set: "
        "[BASIC, OAUTH_CLIENT_CREDENTIALS, API_KEY]; Value null at 'authParameters' failed to "
        "satisfy constraint: Member must not be null"
    )
    code, message = refusal(
        events.create_connection,
        Name=unique(),
        AuthorizationType="BASIC",
        AuthParameters={"BasicAuthParameters": {"Username": "me", "Password": f"{SECRET}:"}},
    )
    assert code == "ValidationException"
    assert "authParameters.basicAuthParameters.password" in message
    assert SECRET not in message
    code, _ = refusal(
        events.create_connection, Name=unique(), AuthorizationType="API_KEY", AuthParameters=BASIC
    )
    assert code == "ValidationException"
    assert refusal(events.list_connections, Limit=101)[0] == "ValidationException"
    assert refusal(events.list_connections, NextToken="x")[0] == "ValidationException"


def test_a_task_calls_with_what_its_connection_adds(events, sfn, machine, start, unique):
    http = {
        "HeaderParameters": [{"Key": "X-Tenant", "Value": "blue"}],
        "QueryStringParameters": [{"Key": "q", "Value": "theirs"}],
        "BodyParameters": [{"Key": "b", "Value": "theirs"}],
    }
    parameters = {**BASIC, "InvocationHttpParameters": http}
    name = unique()
    arn = events.create_connection(
        Name=name, AuthorizationType="BASIC", AuthParameters=parameters
    )["ConnectionArn"]
    with serving(mirror) as url:
        task = call(
            url,
            arn,
            Headers={"X-Tenant": "mine"},
            QueryParameters={"q": "mine"},
            RequestBody={"b": "mine", "c": 1},
        )
        description = ended(sfn, start(machine(task)))
    assert description["status"] == "SUCCEEDED", description
    seen = json.loads(description["output"])["ResponseBody"]
    assert seen["headers"]["authorization"] == f"Basic bWU6{'b3Blbi1zZXNhbWUtNDcxMQ=='}"
    assert seen["headers"]["x-tenant"] == "blue"
    assert seen["path"] == "/?q=theirs"
    assert json.loads(seen["body"]) == {"b": "theirs", "c": 1}
    history = sfn.get_execution_history(executionArn=description["executionArn"])
    assert SECRET not in json.dumps(
        [event for event in history["events"] if event["type"] != "TaskSucceeded"], default=str
    )


def test_an_oauth_client_is_authorized_and_its_token_renewed(events, sfn, machine, start, unique):
    tokens = []

    def answer(exchange):
        if exchange.path.startswith("/token"):
            tokens.append(exchange.body)
            return as_json({"access_token": f"t{len(tokens)}", "expires_in": 3600})
        if exchange.headers.get("authorization") == f"Bearer t{len(tokens)}" and len(tokens) > 1:
            return as_json({"hello": len(tokens)})
        return as_json({"message": "old token"}, status=401)

    with serving(answer) as url:
        oauth = {
            "ClientParameters": {"ClientID": "me", "ClientSecret": SECRET},
            "AuthorizationEndpoint": f"{url}/token",
            "HttpMethod": "POST",
            "OAuthHttpParameters": {"BodyParameters": [{"Key": "scope", "Value": "all"}]},
        }
        name = unique()
        created = events.create_connection(
            Name=name,
            AuthorizationType="OAUTH_CLIENT_CREDENTIALS",
            AuthParameters={"OAuthParameters": oauth},
        )
        assert created["ConnectionState"] == "AUTHORIZING"
        eventually(lambda: state_of(events, name) == "AUTHORIZED")
        assert tokens == [
            f"client_id=me&client_secret={SECRET}&grant_type=client_credentials&scope=all"
        ]
        task = call(f"{url}/api", created["ConnectionArn"])
        retry = {"ErrorEquals": ["States.Http.StatusCode.401"], "IntervalSeconds": 1}
        task["Call"]["Retry"] = [retry]
        description = ended(sfn, start(machine(task)))
        assert description["status"] == "SUCCEEDED", description
        assert json.loads(description["output"])["ResponseBody"] == {"hello": 2}


def test_a_client_that_gets_no_token_is_deauthorized(events, sfn, machine, start, unique):
    with serving(lambda _: as_json({"error": "invalid_client"}, status=401)) as url:
        oauth = {
            "ClientParameters": {"ClientID": "me", "ClientSecret": SECRET},
            "AuthorizationEndpoint": f"{url}/token",
            "HttpMethod": "POST",
        }
        name = unique()
        arn = events.create_connection(
            Name=name,
            AuthorizationType="OAUTH_CLIENT_CREDENTIALS",
            AuthParameters={"OAuthParameters": oauth},
        )["ConnectionArn"]
        eventually(lambda: state_of(events, name) == "DEAUTHORIZED")
        assert "401" in events.describe_connection(Name=name)["StateReason"]
        description = ended(sfn, start(machine(call(url, arn))))
    assert description["status"] == "FAILED"
    assert description["error"] == "Events.ConnectionResource.InvalidConnectionState"


def test_a_connection_that_is_not_there_fails_the_task(sfn, machine, start):
    arn = f"arn:aws:events:{REGION}:{ACCOUNT}:connection/nobody/1"
    description = ended(sfn, start(machine(call("http://127.0.0.1:1", arn))))
    assert description["error"] == "Events.ConnectionResource.ResourceNotFound"
    assert arn in description["cause"]


def test_secrets_are_sealed_on_the_disk_and_outlive_a_restart(own_server, unique):
    name = unique()
    events = events_client(own_server.url)
    arn = events.create_connection(
        Name=name, AuthorizationType="BASIC", AuthParameters=BASIC
    )["ConnectionArn"]
    key = own_server.data / "vault.key"
    assert stat.S_IMODE(os.stat(key).st_mode) == 0o600
    own_server.kill()
    for file in own_server.data.rglob("*"):
        assert not file.is_file() or SECRET.encode() not in file.read_bytes(), file
    own_server.start()

    sfn = step_functions(own_server.url)
    with serving(mirror) as url:
        definition = {"StartAt": "Call", "States": call(url, arn)}
        created = sfn.create_state_machine(
            name=name, definition=json.dumps(definition), roleArn=ROLE
        )
        started = sfn.start_execution(stateMachineArn=created["stateMachineArn"])
        description = ended(sfn, started["executionArn"])
    seen = json.loads(description["output"])["ResponseBody"]
    assert seen["headers"]["authorization"].startswith("Basic ")
    assert SECRET not in own_server.log.read_text()


def test_accounts_have_connections_of_their_own(server, events, unique):
    name = unique()
    events.create_connection(Name=name, AuthorizationType="BASIC", AuthParameters=BASIC)
    other = events_client(server.url, key="123456789012")
    assert refusal(other.describe_connection, Name=name)[0] == "ResourceNotFoundException"


def test_a_connection_of_another_account_cannot_be_used(server, sfn, machine, start, unique):
    theirs = events_client(server.url, key="123456789012")
    arn = theirs.create_connection(
        Name=unique(), AuthorizationType="BASIC", AuthParameters=BASIC
    )["ConnectionArn"]
    states = call("http://127.0.0.1:1", arn)
    error = "Events.ConnectionResource.AccessDenied"
    assert ended(sfn, start(machine(states)))["error"] == error
    test = {"definition": json.dumps(states["Call"]), "roleArn": ROLE}
    assert sfn.test_state(**test)["error"] == error
    with serving(mirror) as url:
        own = step_functions(server.url, key="123456789012")
        definition = json.dumps(call(url, arn)["Call"])
        assert own.test_state(definition=definition, roleArn=ROLE)["status"] == "SUCCEEDED"


def test_connections_are_managed_on_the_command_line(server, events, unique):
    name = unique("cli")

    def compasso(*arguments, secret=SECRET):
        return subprocess.run(
            [BINARY, "connections", *arguments],
            env={**os.environ, "COMPASSO_ENDPOINT": server.url, "SHOP_KEY": secret},
            input=secret,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    created = compasso("create", name, "--api-key", "X-Key", "--secret-env", "SHOP_KEY")
    assert created.returncode == 0 and created.stdout.endswith("AUTHORIZED\n"), created
    changed = compasso("update", name, "--basic", "me", "--secret-file", "-", "--header", "A=b")
    assert changed.returncode == 0, changed
    assert events.describe_connection(Name=name)["AuthParameters"] == {
        "BasicAuthParameters": {"Username": "me"},
        "InvocationHttpParameters": {"HeaderParameters": [{"Key": "A", "IsValueSecret": True}]},
    }
    renamed = compasso("update", name, "--basic", "you")
    assert renamed.returncode == 0, renamed
    shown = events.describe_connection(Name=name)["AuthParameters"]
    assert shown["BasicAuthParameters"] == {"Username": "you"}
    listed = compasso("list", name, "--json")
    assert json.loads(listed.stdout)["Name"] == name
    assert SECRET not in compasso("describe", name).stdout
    assert compasso("delete", name).returncode == 0
    missing = compasso("describe", name)
    assert missing.returncode == 2 and "does not exist" in missing.stderr
    unsaid = compasso("create", name, "--basic", "me")
    assert unsaid.returncode == 2 and "--secret-env" in unsaid.stderr
    unset = compasso("create", name, "--basic", "me", "--secret-env", "NO_SUCH_KEY")
    assert unset.stderr == "error: NO_SUCH_KEY is not set\n"


def test_a_connection_under_authorization_is_taken_up_after_a_kill(own_server, unique):
    release = threading.Event()
    asked = threading.Event()

    def answer(_):
        asked.set()
        release.wait(DEADLINE_SECONDS)
        return as_json({"access_token": "t", "expires_in": 3600})

    name = unique()
    events = events_client(own_server.url)
    with serving(answer) as url:
        oauth = {
            "ClientParameters": {"ClientID": "me", "ClientSecret": SECRET},
            "AuthorizationEndpoint": url,
            "HttpMethod": "POST",
        }
        arn = events.create_connection(
            Name=name,
            AuthorizationType="OAUTH_CLIENT_CREDENTIALS",
            AuthParameters={"OAuthParameters": oauth},
        )["ConnectionArn"]
        assert asked.wait(DEADLINE_SECONDS)
        sfn = step_functions(own_server.url)
        definition = json.dumps({"StartAt": "Call", "States": call(url, arn)})
        machine = sfn.create_state_machine(name=name, definition=definition, roleArn=ROLE)
        started = sfn.start_execution(stateMachineArn=machine["stateMachineArn"])
        description = ended(sfn, started["executionArn"])
        assert description["error"] == "Events.ConnectionResource.AuthInProgress"

        own_server.kill()
        own_server.start()
        assert state_of(events, name) == "AUTHORIZING"
        release.set()
        eventually(lambda: state_of(events, name) == "AUTHORIZED")


def test_a_lost_key_makes_connections_unusable_and_is_told(own_server, unique):
    name = unique()
    events = events_client(own_server.url)
    arn = events.create_connection(
        Name=name, AuthorizationType="BASIC", AuthParameters=BASIC
    )["ConnectionArn"]
    own_server.kill()
    (own_server.data / "vault.key").unlink()
    own_server.start()
    assert events.describe_connection(Name=name)["ConnectionState"] == "AUTHORIZED"
    sfn = step_functions(own_server.url)
    definition = json.dumps({"StartAt": "Call", "States": call("http://127.0.0.1:1", arn)})
    machine = sfn.create_state_machine(name=name, definition=definition, roleArn=ROLE)
    started = sfn.start_execution(stateMachineArn=machine["stateMachineArn"])
    description = ended(sfn, started["executionArn"])
    assert description["error"] == "Events.ConnectionResource.InternalError"
    assert "another key" in description["cause"]
    updated = events.update_connection(
        Name=name, AuthorizationType="BASIC", AuthParameters=BASIC
    )
    assert updated["ConnectionState"] == "AUTHORIZED"
