"""Secret params: given by who starts a run, used by tasks, shown to nobody and readable in no file."""

import json

import pytest

from clients import command
from hooks import knock, push, runs, until
from rest import Refused, call, quoted

PASSWORD = "correct-horse-battery"
LOGIN = """
pipeline: {name}
{more}
params:
  user: ada
  password: {{type: string, secret: true, required: true, min_length: 8}}
env: {{TOKEN: "${{{{ params.password }}}}"}}
tasks:
  login:
    env: {{PASSWORD: "${{{{ params.password }}}}"}}
    run: |
      echo "logging in with $PASSWORD and $TOKEN"
      echo "size:=${{#PASSWORD}}" >> "$COMPASSO_OUTPUT"
      echo "leak=$PASSWORD" >> "$COMPASSO_OUTPUT"
outputs: {{size: "${{{{ needs.login.output.size }}}}", leak: "${{{{ needs.login.output.leak }}}}", given: "${{{{ params }}}}"}}
"""


def login(name, more=""):
    return LOGIN.format(name=name, more=more)


def begin(server, name, params, **query):
    body = {"params": params}
    if "run_name" in query:
        body["name"] = query.pop("run_name")
    return call(server, "POST", f"/pipelines/{name}/runs", body, **query)


def files_with(directory, text):
    """The files below a directory that have a text in them."""
    files = [path for path in directory.rglob("*") if path.is_file()]
    return [path for path in files if text.encode() in path.read_bytes()]


def shown(server, run):
    """All that is shown of a run."""
    parts = [f"/runs/{quoted(run)}{part}" for part in ["", "/tasks", "/events"]]
    said = [json.dumps(call(server, "GET", part), ensure_ascii=False) for part in parts]
    for words in ["describe", "history", "logs"]:
        ended = command(server, words, run)
        assert ended.returncode == 0, ended
        said.append(ended.stdout)
    return said


def test_a_secret_param_is_used_and_never_shown(own_server):
    push(own_server, login("login"))
    ended = begin(own_server, "login", {"password": PASSWORD}, wait="true")
    assert ended["state"] == "success", ended
    assert ended["output"]["size"] == len(PASSWORD)
    said = shown(own_server, ended["id"])
    assert not [text for text in [json.dumps(ended), *said] if PASSWORD in text]
    assert "•••" in said[0] and "$sealed" not in "".join(said)
    assert "logging in with" in said[-1]
    # While it runs and after it, in no file of the server.
    assert files_with(own_server.data, PASSWORD) == []
    assert own_server.stop() == 0
    assert files_with(own_server.data, PASSWORD) == []


def test_a_run_goes_on_with_its_secret_after_a_crash(own_server, tmp_path):
    gate = f"while [ ! -e {tmp_path}/open ]; do sleep 0.05; done; "
    text = login("waits").replace('echo "logging', f'{gate}echo "logging')
    push(own_server, text)
    run = begin(own_server, "waits", {"password": PASSWORD})["id"]
    until(lambda: "running" in json.dumps(call(own_server, "GET", f"/runs/{quoted(run)}/tasks")))
    own_server.kill()
    (tmp_path / "open").touch()
    own_server.start()
    ended = command(own_server, "wait", run)
    assert ended.returncode == 0 and json.loads(ended.stdout)["size"] == len(PASSWORD), ended


def test_the_same_start_is_known_by_its_name(server, unique):
    name = unique("login")
    push(server, login(name))
    first = begin(server, name, {"password": PASSWORD}, run_name="one")
    assert begin(server, name, {"password": PASSWORD}, run_name="one")["id"] == first["id"]
    with pytest.raises(Refused, match="ExecutionAlreadyExists"):
        begin(server, name, {"password": "another-password"}, run_name="one")


def test_an_express_run_and_one_of_the_command_line_take_secrets(server, unique, tmp_path):
    name = unique("login")
    push(server, login(name, "mode: express"))
    assert begin(server, name, {"password": PASSWORD}, wait="true")["output"]["size"] == len(PASSWORD)
    started = command(server, "start", name, "--params", f"password={PASSWORD}", "--wait")
    assert started.returncode == 0 and PASSWORD not in started.stdout, started


def test_what_breaks_the_rules_is_refused_without_being_repeated(server, unique):
    name = unique("login")
    push(server, login(name))
    for given in [{"password": "hunter2"}, {"password": 12345678}]:
        with pytest.raises(Refused) as refused:
            begin(server, name, given)
        assert refused.value.status == 400
        assert str(given["password"]) not in str(refused.value)


@pytest.mark.parametrize(
    ("changed", "into"),
    [
        ('user: ada', 'user: ada\n  other: {secret: true, default: abcdefghi}'),
        ('user: ada', 'user: ada\n  other: {secret: true, type: integer}'),
        ("logging in with $PASSWORD", "logging in with ${{ params.password }}"),
        ('{PASSWORD: "${{ params.password }}"}', '{PASSWORD: "x${{ params.password }}"}'),
        ("pipeline:", "vars: {p: '${{ params.password }}'}\npipeline:"),
        ("pipeline:", "on: {webhook: {path: /x, auth: none, params: {password: '${{ $uppercase(trigger.body.p) }}'}}}\npipeline:"),
        ("pipeline:", "on: {webhook: {path: /x, auth: none, params: {password: 'x${{ trigger.body.p }}'}}}\npipeline:"),
        ("pipeline:", "on: {webhook: {path: /x, auth: none, key: trigger.body.p, params: {password: '${{ trigger.body.p }}'}}}\npipeline:"),
        ("pipeline:", "on: {schedule: {every: 1h, params: {password: '${{ trigger.scheduled_at }}'}}}\npipeline:"),
        ("pipeline:", "on: {webhook: {path: /x, auth: none, params: {user: '${{ secrets.X }}', password: '${{ secrets.X }}'}}}\npipeline:"),
    ],
)
def test_a_secret_that_would_be_stored_or_shown_is_refused(server, unique, changed, into):
    text = login(unique("login"))
    assert changed in text
    with pytest.raises(Refused, match="E012|E017"):
        push(server, text.replace(changed, into, 1))


def starts_of(server, name):
    """Waits until all events of a pipeline have ended runs, and returns these."""
    found = until(lambda: runs(server, name))
    for run in found:
        until(lambda: call(server, "GET", f"/runs/{quoted(run)}")["run"]["status"] != "RUNNING")
    return found


def test_a_secret_that_an_event_brings_is_used_and_never_stored_or_shown(own_server):
    """Not in the event, which waits for others and so is stored, nor in its run; in no form."""
    on = """on:
  webhook: {path: /login, auth: none, params: {password: "${{ trigger.body.password }}"},
    if: "$length(trigger.body.password) > 8", key: trigger.body.id, batch: {max: 2, wait: 10m}}
  event: {source: shop, params: {password: "${{ trigger.data.login.password }}"}}"""
    push(own_server, login("login", on))
    status, _ = knock(own_server, "/login", {"id": 1, "password": PASSWORD})
    assert status == 202
    assert files_with(own_server.data, PASSWORD) == []
    form = f"id=2&password={PASSWORD}".encode()
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    assert knock(own_server, "/login", data=form, headers=headers)[0] == 202
    event = {"source": "shop", "type": "t", "data": {"login": {"user": "eve", "password": PASSWORD}}}
    call(own_server, "POST", "/events", event)
    until(lambda: len(runs(own_server, "login")) == 2)
    for run in starts_of(own_server, "login"):
        found = call(own_server, "GET", f"/runs/{quoted(run)}")["run"]
        assert found["status"] == "SUCCEEDED", found
        assert json.loads(found["output"])["size"] == len(PASSWORD)
        for part in shown(own_server, run):
            assert PASSWORD not in part
        assert "•••" in found["input"] and "eve" in found["input"] or "password=" not in found["input"]
    assert files_with(own_server.data, PASSWORD) == []


def test_a_delivery_is_kept_and_replayed_without_showing_its_secret(own_server):
    on = """on:
  webhook: {{path: /login, auth: none, params: {{password: "${{{{ trigger.body.password }}}}"}},
    if: "$length(trigger.body.password) > {}"}}"""
    push(own_server, login("login", on.format(100)))
    knock(own_server, "/login", {"password": PASSWORD})
    assert files_with(own_server.data, PASSWORD) == []
    push(own_server, login("login", on.format(8)))
    path = "/pipelines/login/triggers/webhook/deliveries"
    (filtered,) = call(own_server, "GET", path)["items"]
    assert filtered["fate"] == "filtered"
    again = call(own_server, "POST", f"{path}/{filtered['id']}/replay")
    again = call(own_server, "POST", f"{path}/{again['id']}/replay")
    until(lambda: call(own_server, "GET", f"/runs/{quoted(again['run'])}")["run"]["status"] == "SUCCEEDED")
    found = call(own_server, "GET", f"/runs/{quoted(again['run'])}")["run"]
    assert json.loads(found["output"])["size"] == len(PASSWORD)
    assert PASSWORD not in json.dumps(found)
    assert files_with(own_server.data, PASSWORD) == []


def test_what_was_sealed_for_a_param_that_moved_is_not_replayed(own_server):
    on = "on:\n  webhook: {{path: /login, auth: none, params: {{password: '${{{{ trigger.body.{} }}}}'}}, if: '{}'}}"
    push(own_server, login("login", on.format("password", "false")))
    knock(own_server, "/login", {"password": PASSWORD})
    push(own_server, login("login", on.format("pass", "true")))
    path = "/pipelines/login/triggers/webhook/deliveries"
    (filtered,) = call(own_server, "GET", path)["items"]
    with pytest.raises(Refused, match="'trigger.body.password' was sealed for a secret param"):
        call(own_server, "POST", f"{path}/{filtered['id']}/replay")
    assert files_with(own_server.data, PASSWORD) == []


def test_an_event_that_is_sealed_already_opens_nothing(own_server):
    """Who finds a sealed value cannot send it to have it opened."""
    on = """on:
  webhook: {path: /login, auth: none, params: {password: "${{ trigger.body.password }}"}}"""
    push(own_server, login("login", on))
    status, answer = knock(own_server, "/login", {"password": {"$sealed": "AAAA"}})
    assert status == 400, answer
    assert runs(own_server, "login") == []
