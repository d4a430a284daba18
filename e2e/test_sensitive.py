"""Outputs of sensitive tasks, and secrets on their way through runs: used by tasks, shown to nobody and
readable in no file."""

import json

import pytest

from clients import command, step_functions
from hooks import knock, push, runs, until
from rest import Refused, call, quoted
from test_secret_params import PASSWORD, begin, files_with, shown

# The values are put together by the script, so that no definition has them.
TOKEN = "tok-very-hidden"
PIN = "31415926"
LOGIN = """
pipeline: {name}
tasks:
  login:
    sensitive: true
    run: |
      echo "token=$(printf 'tok-%s-hidden' very)" >> "$COMPASSO_OUTPUT"
      echo "pin:=$(printf '3141%s' 5926)" >> "$COMPASSO_OUTPUT"
      cat "$COMPASSO_OUTPUT"; cat "$COMPASSO_OUTPUT" >&2
  use:
    needs: login
    if: $exists(needs.login.output.token) and $count(needs.login.output.pin) = 1
    env:
      TOKEN: "${{{{ needs.login.output.token }}}}"
      HEADER: "Bearer ${{{{ needs.login.output.token }}}}"
      ALL: "${{{{ needs.login.output }}}}"
    stdin: "${{{{ needs.login.output }}}}"
    output: json
    run: |
      echo "with $TOKEN and $HEADER and $ALL" >&2
      printf '{{"size": %s, "header": %s, "all": %s, "stdin": %s, "leak": "%s", "number": %s}}' \\
        "${{#TOKEN}}" "${{#HEADER}}" "${{#ALL}}" "$(tee given | wc -c)" "$TOKEN" "$(tr -dc 0-9 < given)"
  pass:
    needs: login
    noop: true
    outputs: {{again: "${{{{ needs.login.output.pin }}}}"}}
  last:
    needs: pass
    env: {{PIN: "${{{{ needs.pass.output.again }}}}"}}
    run: echo "size:=${{#PIN}}" >> "$COMPASSO_OUTPUT"
outputs:
  used: "${{{{ needs.use.output }}}}"
  size: "${{{{ needs.last.output.size }}}}"
  token: "${{{{ needs.login.output.token }}}}"
"""


def test_a_sensitive_output_is_used_and_never_shown(own_server):
    push(own_server, LOGIN.format(name="login"))
    ended = begin(own_server, "login", {}, wait="true")
    assert ended["state"] == "success", ended
    everything = json.dumps({"token": TOKEN, "pin": int(PIN)}, separators=(",", ":"))
    used, size = ended["output"]["used"], ended["output"]["size"]
    assert used == {
        "size": len(TOKEN), "header": len(f"Bearer {TOKEN}"), "all": len(everything),
        "stdin": len(everything), "leak": "***", "number": "***",
    }
    assert size == len(PIN) and ended["output"]["token"] == "•••"
    said = shown(own_server, ended["id"])
    described = step_functions(own_server.url).describe_execution(executionArn=ended["id"])
    said += [json.dumps(ended), json.dumps(described, default=str)]
    for value in [TOKEN, PIN, "$sealed"]:
        assert not [text for text in said if value in text], value
    # The log of the task itself is not kept; of others the value is masked in it.
    log = said[5]
    assert "its log is not kept" in log and "with *** and Bearer ***" in log, log
    for _ in range(2):
        assert files_with(own_server.data, TOKEN) == [] and files_with(own_server.data, PIN) == []
        own_server.stop()


@pytest.mark.parametrize(
    ("changed", "into", "code"),
    [
        ("$exists(needs.login.output.token)", "needs.login.output.pin = 1", "E012"),
        ("needs.login.output.pin }}", "needs.login.output.pin + 1 }}", "E012"),
        ('size: "${{ needs.last.output.size }}"', 'size: "${{ $length(needs.login.output.token) }}"', "E012"),
        ("noop: true", "sensitive: true\n    noop: true", "E021"),
    ],
)
def test_what_would_look_into_a_hidden_output_is_refused(server, unique, changed, into, code):
    text = LOGIN.format(name=unique("login"))
    assert changed in text
    with pytest.raises(Refused, match=code):
        push(server, text.replace(changed, into, 1))


PARENT = """
pipeline: {name}
params: {{password: {{type: string, secret: true, required: true}}}}
tasks:
  login:
    sensitive: true
    output: text
    run: printf 'tok-%s-hidden' very
  child:
    needs: login
    pipeline: {child}
    with:
      given: "${{{{ params.password }}}}"
      kept: "${{{{ secrets.{secret} }}}}"
      token: "${{{{ needs.login.output }}}}"
outputs: "${{{{ needs.child.output }}}}"
"""
CHILD = """
pipeline: {name}
params:
  given: {{type: string, secret: true}}
  kept: {{type: string, secret: {secret}}}
  token: {{type: string, secret: true}}
tasks:
  t:
    env: {{A: "${{{{ params.given }}}}", C: "${{{{ params.token }}}}"}}
    run: echo "sizes:=[${{#A}}, ${{#C}}]" >> "$COMPASSO_OUTPUT"
outputs: {{sizes: "${{{{ needs.t.output.sizes }}}}", params: "${{{{ params }}}}"}}
"""


def test_secrets_are_handed_to_other_pipelines_in_secret(own_server):
    call(own_server, "PUT", "/secrets/KEPT", {"value": "kept-and-hidden"})
    push(own_server, CHILD.format(name="child", secret="true"))
    push(own_server, PARENT.format(name="parent", child="child", secret="KEPT"))
    ended = begin(own_server, "parent", {"password": PASSWORD}, wait="true")
    assert ended["state"] == "success", ended
    assert ended["output"]["sizes"] == [len(PASSWORD), len(TOKEN)]
    assert ended["output"]["params"] == {"given": "•••", "kept": "•••", "token": "•••"}
    said = "".join(shown(own_server, ended["id"]))
    for value in [PASSWORD, TOKEN, "kept-and-hidden", "$sealed"]:
        assert value not in said, value
    own_server.stop()
    for value in [PASSWORD, TOKEN, "kept-and-hidden"]:
        assert files_with(own_server.data, value) == [], value


def test_a_param_that_would_be_shown_takes_no_secret(server, unique):
    secret = unique("KEPT").replace("-", "_")
    call(server, "PUT", f"/secrets/{secret}", {"value": "kept-and-hidden"})
    child, parent = unique("child"), unique("parent")
    push(server, CHILD.format(name=child, secret="false"))
    push(server, PARENT.format(name=parent, child=child, secret=secret))
    ended = begin(server, parent, {"password": PASSWORD}, wait="true")
    assert ended["state"] == "failed", ended
    assert "/kept" in ended["error"]["cause"] and "secret: true" in ended["error"]["cause"], ended


AGAIN = """
pipeline: {name}
params:
  password: {{type: string, secret: true, required: true}}
  user: ada
tasks:
  login:
    env: {{PASSWORD: "${{{{ params.password }}}}"}}
    run: |
      echo "size:=${{#PASSWORD}}" >> "$COMPASSO_OUTPUT"
      [ -e {directory}/good ]
outputs: {{size: "${{{{ needs.login.output.size }}}}", user: "${{{{ params.user }}}}"}}
"""


def test_a_run_with_secret_params_runs_again_with_them_or_with_others(own_server, tmp_path):
    push(own_server, AGAIN.format(name="again", directory=tmp_path))
    run = begin(own_server, "again", {"password": PASSWORD}, wait="true")["id"]
    (tmp_path / "good").touch()

    def again(*arguments):
        ended = command(own_server, "rerun", run, *arguments)
        assert ended.returncode == 0, ended
        ended = command(own_server, "wait", run)
        assert ended.returncode == 0, ended
        return json.loads(ended.stdout)

    assert again() == {"size": len(PASSWORD), "user": "ada"}
    assert again("--all", "--params", "user=bob") == {"size": len(PASSWORD), "user": "bob"}
    assert again("--all", "--params", "password=another") == {"size": len("another"), "user": "bob"}
    own_server.kill()
    own_server.start()
    assert again("--all", "--params", "password=•••") == {"size": len("another"), "user": "bob"}
    assert "another" not in "".join(shown(own_server, run))
    assert files_with(own_server.data, PASSWORD) == []


WAITS = """
pipeline: {name}
params: {{key: {{type: string, secret: true, required: true}}}}
tasks:
  w:
    wait:
      http:
        url: "{url}/api/v1/info"
        headers: {{x-key: "${{{{ params.key }}}}", x-kept: "${{{{ secrets.{secret} }}}}"}}
        expect: status = 200
      timeout: 1m
"""


def test_a_wait_for_an_answer_may_ask_with_secrets(server, unique):
    name, secret = unique("waits"), unique("KEPT").replace("-", "_")
    call(server, "PUT", f"/secrets/{secret}", {"value": "kept-and-hidden"})
    push(server, WAITS.format(name=name, url=server.url, secret=secret))
    ended = begin(server, name, {"key": PASSWORD}, wait="true")
    assert ended["state"] == "success", ended
    assert PASSWORD not in "".join(shown(server, ended["id"]))


TRIGGERED = """
pipeline: {name}
params: {{password: {{type: string, secret: true, required: true}}}}
on:
  webhook: {{path: /{name}, auth: none, params: {{password: "${{{{ secrets.{secret} }}}}"}}, respond: {{wait: true}}}}
  schedule: {{cron: "0 0 * * *", params: {{password: "${{{{ secrets.{secret} }}}}"}}}}
tasks:
  t:
    env: {{PASSWORD: "${{{{ params.password }}}}"}}
    run: echo "size:=${{#PASSWORD}}" >> "$COMPASSO_OUTPUT"
outputs: {{size: "${{{{ needs.t.output.size }}}}", params: "${{{{ params }}}}"}}
"""


def test_triggers_schedules_and_backfills_give_secret_params(own_server, unique):
    call(own_server, "PUT", "/secrets/HOOKED", {"value": PASSWORD})
    name = unique("hooked")
    push(own_server, TRIGGERED.format(name=name, secret="HOOKED"))
    status, answer = knock(own_server, f"/{name}", {"password": "mine"})
    assert (status, answer) == (200, {"size": len(PASSWORD), "params": {"password": "•••"}})
    for day, (given, value) in enumerate([({}, PASSWORD), ({"password": "an-other-one"}, "an-other-one")]):
        begin_at, end_at = (f"2026-01-0{day + more}T00:00:00Z" for more in (1, 2))
        before = set(runs(own_server, name))
        body = {"from": begin_at, "to": end_at, "params": given}
        made = call(own_server, "POST", f"/pipelines/{name}/backfills", body)
        path = f"/pipelines/{name}/backfills/{made['id']}"
        until(lambda: call(own_server, "GET", path)["state"] == "finished")
        [run] = set(runs(own_server, name)) - before
        ended = command(own_server, "wait", run)
        assert ended.returncode == 0 and json.loads(ended.stdout)["size"] == len(value), ended
    assert "an-other-one" not in json.dumps(call(own_server, "GET", f"/pipelines/{name}/backfills"))
    own_server.stop()
    for value in [PASSWORD, "an-other-one"]:
        assert files_with(own_server.data, value) == [], value
