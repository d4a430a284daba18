"""What belongs to stored pipelines: differences, aliases, secrets, and runs that are given up."""

import json
import subprocess

import pytest

from clients import ended, eventually
from rest import Refused, call, quoted
from server import BINARY
from test_connections import events_client

TEXT = """pipeline: {name}
tasks:
  say: {{output: text, run: "echo {word}"}}
outputs: ${{{{ needs.say.output }}}}
"""


def command(server, *arguments, stdin=""):
    done = subprocess.run(
        [BINARY, *map(str, arguments), "--endpoint", server.url],
        input=stdin, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    return done.returncode, done.stdout, done.stderr


def push(server, text):
    return call(server, "POST", "/pipelines", text=text)["items"][0]


def start(server, pipeline, **members):
    return call(server, "POST", f"/pipelines/{quoted(pipeline)}/runs", members)


@pytest.fixture
def two_versions(server, unique):
    name = unique("versions")
    push(server, TEXT.format(name=name, word="one"))
    push(server, TEXT.format(name=name, word="two") + "params: {x: 1}\n")
    return name


def test_two_versions_are_compared(server, two_versions):
    name = two_versions
    found = call(server, "GET", f"/pipelines/{name}/diff", **{"from": 1, "to": 2})
    assert '-  say: {output: text, run: "echo one"}' in found["text"]
    assert '+  say: {output: text, run: "echo two"}' in found["text"]
    assert found["tasks_added"] == found["tasks_removed"] == []
    push(server, TEXT.format(name=name, word="two") + "params: {x: 1}\n".replace("x", "y"))
    code, output, errors = command(server, "versions", "diff", name)
    assert code == 0 and "-params: {x: 1}" in output and "+params: {y: 1}" in output, errors
    code, output, _ = command(server, "versions", "list", name)
    assert [line.split()[0] for line in output.splitlines()] == ["VERSION", "3", "2", "1"]


def test_a_check_of_a_push_says_what_would_change(server, unique, tmp_path):
    name = unique("checked")
    text = f"""pipeline: {name}
labels: {{team: {name}}}
on: {{schedule: {{id: nightly, cron: "0 4 * * *"}}}}
tasks:
  old: {{noop: true}}
  load: {{run: "echo one", retry: 1}}
"""
    push(server, text)
    file = tmp_path / "p.pipeline.yaml"
    changed = text.replace("0 4", "0 5").replace("old", "new").replace("retry: 1", "retry: 2")
    file.write_text(changed)
    code, output, errors = command(server, "push", "--check", file)
    first, task_added, *rest = output.splitlines()
    assert (code, first) == (0, f"{name}: would be updated (version 2)"), errors
    lines = [task_added, *rest]
    assert "  ~ schedule nightly: cron 0 4 * * * → 0 5 * * *" in lines
    assert any(line.startswith("      next ") and "T05:00" in line for line in lines), lines
    assert {"  + task new", "  - task old", "  ~ task load: retry 1 → 2"} <= set(lines)
    shown = json.loads(command(server, "push", "--check", file, "--json")[1])
    assert shown["changes"]["tasks"]["added"] == ["new"]
    file.write_text("# why\n" + text)
    assert "only comments" in command(server, "push", "--check", file)[1]
    assert name in command(server, "list", "--label", f"team={name}")[1]
    assert name not in command(server, "list", "--label", "team=other")[1]


def test_a_check_says_on_how_much_a_new_schedule_would_catch_up(server, unique, tmp_path):
    file = tmp_path / "p.pipeline.yaml"
    bounds = "start: 2026-01-01, end: 2026-01-08, catchup: all"
    schedule = f'on: {{schedule: {{id: old, cron: "0 0 * * *", {bounds}}}}}'
    file.write_text(f"pipeline: {unique('old')}\n{schedule}\ntasks: {{a: {{noop: true}}}}\n")
    code, output, errors = command(server, "push", "--check", file)
    since = "2026-01-01T00:00:00.000Z"
    told = ["      next never", f"      7 ticks since {since} are caught up at once"]
    assert code == 0 and output.splitlines()[2:4] == told, output + errors
    shown = json.loads(command(server, "push", "--check", file, "--json")[1])
    assert shown["changes"]["schedules"][0]["caughtUp"] == {"ticks": 7, "since": since}


def test_an_alias_names_a_version_and_may_split_the_starts(server, sfn, two_versions):
    name = two_versions
    code, output, errors = command(server, "versions", "alias", name, "prod", "1")
    assert (code, output) == (0, f"{name}:prod is 1\n"), errors
    started = start(server, f"{name}:prod")
    assert started["version"] == 1
    assert json.loads(ended(sfn, started["id"])["output"]) == "one"
    assert command(server, "versions", "alias", name, "prod", "1=50", "2=50")[0] == 0
    drawn = {start(server, f"{name}:prod")["version"] for _ in range(40)}
    assert drawn == {1, 2}
    assert "1=50% 2=50%" in command(server, "versions", "aliases", name)[1]
    for routes in (["7"], ["1=50", "2=40"], ["1=50", "1=50"]):
        assert command(server, "versions", "alias", name, "prod", *routes)[0] == 2, routes
    assert command(server, "versions", "delete-alias", name, "prod")[0] == 0
    with pytest.raises(Refused):
        start(server, f"{name}:prod")


def test_a_secret_is_kept_and_never_shown(server, unique, tmp_path):
    name, value = unique("SECRET").replace("-", "_"), unique("hush")
    code, output, errors = command(server, "secrets", "set", name, stdin=value + "\n")
    assert (code, output) == (0, f"{name} is kept\n"), errors
    listed = call(server, "GET", "/secrets")["items"]
    assert [sorted(item) for item in listed if item["name"] == name] == [
        ["created", "modified", "name"]
    ]
    for file in server.data.rglob("*"):
        if file.is_file():
            assert value.encode() not in file.read_bytes(), file
    assert command(server, "secrets", "delete", name)[0] == 0
    code, _, errors = command(server, "secrets", "delete", name)
    assert code == 2 and "SecretDoesNotExist" in errors
    with pytest.raises(Refused) as refusal:
        call(server, "PUT", "/secrets/no-good", {"value": "x"})
    assert refusal.value.code == "ValidationException"


def test_a_task_gets_a_secret_which_its_log_and_its_history_do_not_show(server, sfn, unique):
    name, value, pipeline = unique("KEY").replace("-", "_"), unique("hush"), unique("secret")
    call(server, "PUT", f"/secrets/{name}", {"value": value})
    text = (
        f"pipeline: {pipeline}\ntasks:\n  use:\n    output: json\n"
        f'    env: {{KEY: "${{{{ secrets.{name} }}}}"}}\n'
        '    run: |\n      echo "it is $KEY" >&2\n      echo ${#KEY}\n'
        "outputs: ${{ needs.use.output }}\n"
    )
    push(server, text)
    started = start(server, pipeline, name="r")
    found = ended(sfn, started["id"])
    assert (found["status"], found.get("output")) == ("SUCCEEDED", str(len(value))), found
    assert value not in command(server, "history", f"{pipeline}:r", "--json")[1]
    log = command(server, "logs", f"{pipeline}:r")[1]
    assert "it is" in log and value not in log


def test_cancelling_a_run_ends_what_runs(server, sfn, unique, tmp_path):
    name, mark = unique("cancel"), tmp_path / "mark"
    push(server, f'pipeline: {name}\ntasks: {{a: {{run: "touch {mark}; sleep 600"}}}}\n')
    started = start(server, name, name="r")
    eventually(mark.exists)
    code, _, errors = command(server, "stop", f"{name}:r", "--cancel", "--cause", "enough")
    assert code == 0, errors
    found = ended(sfn, started["id"])
    assert found["status"] != "SUCCEEDED", found


UNKNOWN = """
pipeline: {name}
defaults: {{pool: {pool}}}
tasks:
  a:
    uses: http
    with: {{url: "http://localhost", auth: {{bearer: "${{{{ secrets.{secret} }}}}"}}}}
"""


def test_what_the_server_does_not_have_is_told_when_a_pipeline_is_pushed(server, unique, tmp_path):
    name, pool = unique("unknown"), unique("pool")
    secret = unique("secret").replace("-", "_")
    path = tmp_path / f"{name}.pipeline.yaml"
    path.write_text(UNKNOWN.format(name=name, pool=pool, secret=secret))

    def push(*arguments):
        done = subprocess.run(
            [BINARY, "push", path, "--endpoint", server.url, *arguments],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stderr

    said = push("--check")
    assert f":7:52: warning[W109]: the server has no secret '{secret}'" in said, said
    assert f"compasso secrets set {secret} < FILE" in said
    assert f"compasso pools set {pool} SIZE" in said
    call(server, "PUT", f"/secrets/{secret}", {"value": "x"})
    call(server, "PUT", f"/pools/{pool}", {"size": 1})
    assert "W109" not in push()


def test_a_push_tells_of_pools_that_are_too_small(server, unique):
    name, small, large = unique("narrow"), unique("small"), unique("large")
    text = f"""pipeline: {name}
defaults: {{pool: {small}}}
tasks:
  own: {{run: ls, pool: {large}, slots: 9}}
  all: {{run: ls, slots: 9}}
  one: {{run: ls}}
  group: {{tasks: {{inside: {{run: ls, slots: 5}}}}}}
"""
    for pool, size in ((small, 4), (large, 9)):
        call(server, "PUT", f"/pools/{pool}", {"size": size})
    check = lambda: call(server, "POST", "/pipelines", text=text, check="true")["items"][0]
    warned = lambda: [(it["code"], it["line"], it["message"]) for it in check().get("warnings", [])]
    wants = lambda slots: f"the task wants {slots} slots of the pool '{small}', which has 4"
    assert warned() == [("W108", 5, wants(9)), ("W108", 7, wants(5))]
    assert f"compasso pools set {small} 9" in check()["warnings"][0]["suggestion"]
    call(server, "PUT", f"/pools/{small}", {"size": 9})
    assert warned() == []


def test_a_push_tells_of_calendars_and_databases_that_are_not_there(server, unique):
    name, days = unique("unset"), unique("days")
    text = f"""pipeline: {name}
on:
  schedule: {{cron: '0 6 * * *', calendar: {{name: {days}, mode: exclude}}}}
  sql: {{connection: nowhere, query: select 1, every: 1h}}
tasks:
  read: {{uses: sql, with: {{connection: 'sqlite::memory:', query: select 1}}}}
  look: {{wait: {{sql: {{connection: elsewhere, query: select 1}}, timeout: 1m}}}}
"""
    check = lambda: call(server, "POST", "/pipelines", text=text, check="true")["items"][0]
    warned = lambda: [problem["message"] for problem in check()["warnings"]]
    unknown = [f"the server has no database '{named}'" for named in ("nowhere", "elsewhere")]
    assert warned() == [f"the server has no calendar '{days}'", *unknown]
    call(server, "PUT", f"/calendars/{days}", {"dates": ["2026-12-24"]})
    assert warned() == unknown


def test_a_push_tells_of_connections_that_are_not_there(server, unique):
    name, kept = unique("calls"), unique("kept")
    call_by = lambda connection: f"{{uses: http, with: {{url: 'http://x.test', connection: {connection}}}}}"
    text = f"""pipeline: {name}
hooks: {{on_failure: [{call_by('hooked')}]}}
tasks:
  kept: {call_by(kept)}
  twice: {call_by(kept)}
  computed: {call_by("'${{ vars.which }}'")}
  ask: {{wait: {{http: {{url: 'http://x.test', connection: asked, expect: status = 200}}, timeout: 1m}}}}
  undone: {{noop: true, compensate: {call_by('undone')}}}
  steps: {{steps: [{call_by('stepped')}]}}
vars: {{which: a}}
saga: true
"""
    check = lambda: call(server, "POST", "/pipelines", text=text, check="true")["items"][0]
    warned = lambda: {
        problem["message"]: problem for problem in check()["warnings"] if problem["code"] in ("W108", "W109")
    }
    told = lambda *names: {f"the server has no connection '{name}'" for name in names}
    found = warned()
    assert set(found) == told(kept, "hooked", "asked", "undone", "stepped")
    first = found[f"the server has no connection '{kept}'"]
    assert first["line"] == 4 and f"compasso connections create {kept}" in first["suggestion"]
    key = {"ApiKeyAuthParameters": {"ApiKeyName": "X-Key", "ApiKeyValue": "v"}}
    events_client(server.url).create_connection(
        Name=kept, AuthorizationType="API_KEY", AuthParameters=key
    )
    assert set(warned()) == told("hooked", "asked", "undone", "stepped")
