"""Tokens, roles and the audit log: the command line, sessions, workers, restarts."""

import json
import os
import subprocess
import urllib.request

import pytest
from bearer import command, created
from clients import eventually
from rest import Refused, call
from server import BINARY

PIPELINE = "pipeline: hello\ntasks:\n  say: {run: echo hello, runs_on: [far]}\n"


def test_commands_bear_tokens_that_outlive_a_restart_until_they_are_revoked(own_server, tmp_path):
    file = tmp_path / "hello.pipeline.yaml"
    file.write_text(PIPELINE)
    root = created(own_server, "root", "admin", "--user", "ana")
    author = created(own_server, "ci", "author", "--expires", "90d", token=root)
    viewer = created(own_server, "board", "viewer", token=root)
    assert "COMPASSO_TOKEN" in command(own_server, "list", fails=True)
    command(own_server, "push", str(file), token=author)
    refused = command(own_server, "start", "hello", token=viewer, fails=True)
    assert "needs the role 'operator'; 'board' has the role 'viewer'" in refused
    command(own_server, "secrets", "set", "DB", token=author, text="hidden")
    own_server.kill()
    own_server.start()
    command(own_server, "start", "hello", "--name", "one", token=author)
    names = [row["name"] for row in command(own_server, "tokens", "list", token=root)]
    assert names == ["board", "ci", "root"]
    command(own_server, "stop", "hello:one", "--cause", "enough", token=author)
    command(own_server, "start", "hello", "--name", "two", token=author)
    command(own_server, "stop", "hello:two", "--cancel", token=author)
    (stopped,) = command(own_server, "describe", "hello:two", token=viewer)
    assert (stopped["status"], stopped["stoppedBy"]) == ("ABORTED", "ci")
    command(own_server, "tokens", "revoke", "ci", token=root)
    assert "revoked" in command(own_server, "list", token=author, fails=True)
    found = command(own_server, "audit", "--since", "1h", token=root)
    told = [(row.get("who"), row["action"], row["outcome"]) for row in found]
    assert ("ana", "token.revoke", "done") in told
    assert ("ci", "run.stop", "done") in told
    assert ("board", "access", "refused") in told
    assert ("ci", "pipeline.push", "done") in told
    assert ("anonymous", "token.create", "done") in told
    assert "run.start" not in json.dumps(found) and "hidden" not in json.dumps(found)
    (secret,) = command(own_server, "audit", "--action", "secret", token=root)
    assert (secret["on"], secret["from"], secret["role"]) == ("secret:DB", "127.0.0.1", "author")
    assert command(own_server, "audit", "--on", "hello", "--outcome", "failed", token=root) == []


def test_a_session_begins_with_a_token_and_ends_with_it(own_server):
    root = created(own_server, "root", "admin")
    assert call(own_server, "GET", "/info")["needsSignIn"]
    assert not call(own_server, "GET", "/info")["hasKeys"]
    maria = created(own_server, "maria-1", "operator", "--user", "maria", token=root)

    def signed_in(token):
        body = json.dumps({"token": token}).encode()
        headers = {"content-type": "application/json"}
        request = urllib.request.Request(f"{own_server.url}/api/v1/session", data=body, headers=headers)
        with urllib.request.urlopen(request, timeout=60) as answer:
            return answer.headers["set-cookie"].split(";")[0]

    cookie = signed_in(maria)
    assert maria not in cookie
    own_server.kill()
    own_server.start()
    info = call(own_server, "GET", "/info", cookie=cookie)
    assert (info["user"], info["role"], info["needsSignIn"]) == ("maria", "operator", False)
    call(own_server, "PUT", "/pools/p", {"size": 2}, cookie=cookie)
    with pytest.raises(Refused, match="needs the role 'admin'"):
        call(own_server, "GET", "/tokens", cookie=cookie)
    with pytest.raises(Refused) as refused:
        call(own_server, "GET", "/runs", cookie=cookie[:-2] + "xx")
    assert refused.value.status == 401
    command(own_server, "tokens", "revoke", "maria-1", token=root)
    with pytest.raises(Refused) as refused:
        call(own_server, "GET", "/runs", cookie=cookie)
    assert refused.value.status == 401


def test_a_worker_with_a_token_runs_tasks_and_can_do_nothing_else(own_server, tmp_path):
    file = tmp_path / "hello.pipeline.yaml"
    file.write_text(PIPELINE)
    root = created(own_server, "root", "admin")
    token = created(own_server, "builders", "worker", token=root)
    command(own_server, "push", str(file), token=root)
    command(own_server, "start", "hello", "--name", "one", token=root)
    refused = command(own_server, "start", "hello", token=token, fails=True)
    assert "needs the role 'operator'; 'builders' has the role 'worker'" in refused
    environment = {**os.environ, "COMPASSO_ENDPOINT": own_server.url, "COMPASSO_TOKEN": token}
    place = ["--name", "far-1", "--tags", "far", "--data", str(tmp_path / "data")]
    worker = subprocess.Popen([BINARY, "worker", *place], env=environment)
    try:
        def ended():
            (run,) = command(own_server, "describe", "hello:one", token=root)
            return run["status"] == "SUCCEEDED"

        assert eventually(ended)
    finally:
        worker.kill()
        worker.wait()


def act(server, token, action, body):
    """Calls an action of the Step Functions protocol as the bearer of a token."""
    headers = {"x-amz-target": f"AWSStepFunctions.{action}", "authorization": f"Bearer {token}"}
    request = urllib.request.Request(server.url, data=json.dumps(body).encode(), headers=headers)
    with urllib.request.urlopen(request, timeout=60) as answer:
        return json.load(answer)


@pytest.mark.parametrize(
    "resource, asks",
    [
        ("aws-sdk:sfn:listStateMachines", {}),
        ("states:startExecution.sync:2", {"StateMachineArn": "CHILD"}),
    ],
)
def test_tasks_call_a_server_with_tokens_alone(own_server, resource, asks):
    root = created(own_server, "root", "admin")

    def machine(name, state):
        definition = json.dumps({"StartAt": "A", "States": {"A": {**state, "End": True}}})
        order = {"name": name, "definition": definition, "roleArn": "arn:aws:iam::000000000000:role/r"}
        return act(own_server, root, "CreateStateMachine", order)["stateMachineArn"]

    child = machine("child", {"Type": "Pass"})
    parameters = {name: child for name in asks}
    parent = machine("parent", {"Type": "Task", "Resource": f"arn:aws:states:::{resource}", "Parameters": parameters})
    run = act(own_server, root, "StartExecution", {"stateMachineArn": parent})["executionArn"]

    def ended():
        described = act(own_server, root, "DescribeExecution", {"executionArn": run})
        return described if described["status"] != "RUNNING" else None

    described = eventually(ended)
    assert described["status"] == "SUCCEEDED", described
    assert "stateMachine:child" in described["output"]


# A loopback address, but none of those that stand for this machine alone.
OUTSIDE = "[::ffff:127.0.0.1]:0"


def serving_outside(server):
    """The line that begins a server on the same data, for other machines."""
    return [BINARY, "serve", "--listen", OUTSIDE, "--data", server.data]


def refused_outside(server):
    """Why it does not begin."""
    line = serving_outside(server)
    refused = subprocess.run(line, capture_output=True, text=True, timeout=60, check=False)
    assert refused.returncode != 0
    return refused.stderr


def test_a_server_that_is_refused_has_done_nothing(own_server, tmp_path):
    begun, file = tmp_path / "begun", tmp_path / "long.pipeline.yaml"
    file.write_text(f"pipeline: long\ntasks:\n  work:\n    run: echo >> {begun}; sleep 600\n")
    command(own_server, "push", str(file))
    command(own_server, "start", "long", "--name", "one")
    eventually(begun.exists)
    own_server.kill()
    for _ in range(3):
        assert "tokens create NAME" in refused_outside(own_server)
    assert begun.read_text() == "\n"
    own_server.start()
    eventually(lambda: begun.read_text() == "\n\n")


def test_a_server_that_others_reach_begins_once_there_is_a_token(own_server):
    line = serving_outside(own_server)
    own_server.kill()
    assert "compasso tokens create NAME --role admin" in refused_outside(own_server)
    own_server.start()
    root = created(own_server, "root", "admin")
    own_server.kill()
    serving = subprocess.Popen(line, stdout=subprocess.PIPE, text=True)
    try:
        ready = serving.stdout.readline()
        own_server.url = ready.removeprefix("compasso is ready on ").strip()
        assert "::ffff:" in own_server.url, ready
        assert "COMPASSO_TOKEN" in command(own_server, "list", fails=True)
        assert command(own_server, "list", token=root) == []
        kept = command(own_server, "tokens", "revoke", "root", token=root, fails=True)
        assert "make another one" in kept
    finally:
        serving.kill()
        serving.wait()
        serving.stdout.close()
