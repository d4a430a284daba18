"""Who decides, and who may not: approvals with named access keys, and signals to runs."""

import json
import os
import subprocess
from datetime import datetime, timedelta

import pytest
from clients import command, ended, eventually, step_functions
from plain_worker import end_of, push, start
from rest import Refused, call, quoted
from server import BINARY, Server

KEYS = {"ana": ["ops"], "bo": ["ops"], "cy": []}
ASKING = """pipeline: release
tasks:
  ask: {approve: {by: [group:ops], count: %d, not_by_starter: true, timeout: 1h}}
  after: {needs: ask, noop: true}
outputs: {by: "${{ needs.ask.output.by }}", starter: "${{ run.started_by }}"}
"""


@pytest.fixture
def company(tmp_path):
    config = "".join(
        f'[[auth.keys]]\nid = "AKIA{name.upper()}"\nsecret = "of-{name}"\n'
        f'account = "123456789012"\nname = "{name}"\ngroups = {json.dumps(groups)}\n'
        for name, groups in KEYS.items()
    )
    (tmp_path / "compasso.toml").write_text(config)
    running = Server(tmp_path / "data", arguments=["--config", tmp_path / "compasso.toml"]).start()

    def run(name, *arguments):
        """Runs a command as somebody."""
        kept = {key: value for key, value in os.environ.items() if not key.startswith("AWS_")}
        keys = {"AWS_ACCESS_KEY_ID": f"AKIA{name.upper()}", "AWS_SECRET_ACCESS_KEY": f"of-{name}"}
        home = {"HOME": str(tmp_path), "COMPASSO_ENDPOINT": running.url}
        done = subprocess.run(
            [BINARY, "--json", *map(str, arguments)],
            cwd=tmp_path,
            env={**kept, **home, **keys},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        answer = [json.loads(line) for line in done.stdout.splitlines()]
        return answer if done.returncode == 0 else done.stderr

    run.server, run.directory = running, tmp_path
    yield run
    if running.process.poll() is None:
        running.kill()


def asked(company, run):
    """Waits until people are asked, and returns what."""

    def found():
        answer = company("cy", "approvals", "list", "--run", run)
        assert isinstance(answer, list), answer
        return answer[0] if isinstance(answer[0], list) else answer

    (approval,) = eventually(found)
    return approval


def pushed(company, text):
    file = company.directory / "release.pipeline.yaml"
    file.write_text(text)
    answer = company("cy", "push", file)
    assert isinstance(answer, list), answer


def test_whoever_started_the_run_does_not_decide_it(company):
    pushed(company, ASKING % 1)
    (started,) = company("ana", "start", "release", "--name", "one")
    approval = asked(company, "one")
    assert (approval["starter"], approval["not_by_starter"]) == ("ana", True)
    opened, due = (datetime.fromisoformat(approval[name]) for name in ("opened", "due"))
    assert due - opened == timedelta(hours=1)
    assert (approval["on_timeout"], approval["on_reject"], approval["next"]) == ("reject", "fail", ["after"])
    refused = company("ana", "approvals", "approve", approval["id"])
    assert "'ana' started the run and may not decide this" in refused
    refused = company("cy", "approvals", "approve", approval["id"])
    assert "'cy' is not among those who may decide this" in refused
    company.server.kill()
    company.server.start()
    (decided,) = company("bo", "approvals", "approve", approval["id"])
    assert decided["state"] == "approved"
    (found,) = company("cy", "wait", "release:one")
    assert json.loads(found["output"]) == {"by": ["bo"], "starter": "ana"}


def test_a_vote_that_is_not_enough_is_seen_and_nobody_votes_twice(company):
    pushed(company, ASKING % 2)
    company("cy", "start", "release", "--name", "two")
    approval = asked(company, "two")
    (voted,) = company("ana", "approvals", "approve", approval["id"], "--comment", "fine")
    assert (voted["state"], [vote["by"] for vote in voted["decisions"]]) == ("open", ["ana"])
    decided, opened = (datetime.fromisoformat(at) for at in (voted["decisions"][0]["at"], approval["opened"]))
    assert decided >= opened
    again = company("ana", "approvals", "approve", approval["id"])
    assert "'ana' has decided already" in again
    assert asked(company, "two")["decisions"][0]["comment"] == "fine"
    (decided,) = company("bo", "approvals", "reject", approval["id"])
    assert decided["state"] == "rejected"
    code = company("cy", "wait", "release:two")
    assert isinstance(code, str), code


def test_a_server_without_keys_lets_nobody_approve_what_the_starter_may_not(own_server):
    push(own_server, ASKING % 1)
    run = start(own_server, "release")
    approval = eventually(lambda: call(own_server, "GET", "/approvals", run=run)["items"])[0]
    with pytest.raises(Refused, match="auth.keys") as refused:
        call(own_server, "POST", f"/approvals/{approval['id']}", {"decision": "approve"})
    assert refused.value.status == 409
    call(own_server, "POST", f"/approvals/{approval['id']}", {"decision": "reject"})
    assert end_of(own_server, run)["status"] == "FAILED"


def test_a_role_that_nobody_has_is_refused_with_what_to_write_instead(own_server):
    text = "pipeline: roles\ntasks:\n  a: {approve: {by: [role:%s]}}\n"
    with pytest.raises(Refused, match="group:boss"):
        push(own_server, text % "boss")
    push(own_server, text % "operator")


def test_a_run_takes_signals_without_a_setting_and_across_a_kill(own_server):
    push(
        own_server,
        "pipeline: paid\ntasks:\n  wait: {wait: {signal: paid}}\n"
        'outputs: "${{ needs.wait.output }}"\n',
    )
    run = start(own_server, "paid")
    ran = command(own_server, "signal", run, "paid", "--payload", '{"amount": 12}', "--id", "7")
    assert (ran.returncode, ran.stdout) == (0, "signalled paid\n"), ran.stderr
    assert json.loads(end_of(own_server, run)["output"]) == {"amount": 12}
    run = start(own_server, "paid")
    call(own_server, "POST", f"/runs/{quoted(run)}/signals/other", "kept", id="a")
    own_server.kill()
    own_server.start()
    call(own_server, "POST", f"/runs/{quoted(run)}/signals/paid", text="")
    found = ended(step_functions(own_server.url), run)
    assert (found["status"], json.loads(found["output"])) == ("SUCCEEDED", None)
    with pytest.raises(Refused, match="takes no signals") as refused:
        call(own_server, "POST", f"/runs/{quoted(run)}/signals/paid")
    assert refused.value.status == 409


def test_signals_to_state_machines_need_their_setting_over_rest_as_well(server, machine, start):
    execution = start(machine({"Done": {"Type": "Succeed"}}))
    with pytest.raises(Refused, match="signals = true"):
        call(server, "POST", f"/runs/{quoted(execution)}/signals/go")


def test_a_pause_is_known_by_the_holder_of_the_key_whatever_they_say(company):
    pushed(company, ASKING % 1)
    (paused,) = company("ana", "pause", "release", "--reason", "audit")
    assert (paused["by"], paused["reason"]) == ("ana", "audit")


def test_whoever_started_a_run_does_not_decide_what_its_child_asks(company):
    parent = "pipeline: parent\ntasks: {child: {pipeline: release}}\n"
    pushed(company, ASKING % 1 + "---\n" + parent + "outputs: ${{ needs.child.output }}\n")
    company("ana", "start", "parent", "--name", "one")
    (approval,) = eventually(lambda: company("cy", "approvals", "list"))
    assert approval["starter"] == "ana", approval
    refused = company("ana", "approvals", "approve", approval["id"])
    assert "'ana' started the run and may not decide this" in refused
    company("bo", "approvals", "approve", approval["id"])
    (found,) = company("cy", "wait", "parent:one")
    assert json.loads(found["output"]) == {"by": ["bo"], "starter": "ana"}
