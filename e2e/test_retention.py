"""What was kept long enough is removed, and nothing else."""

import json
import sqlite3
import textwrap
import urllib.request

import pytest

from clients import ROLE, step_functions
from hooks import push, runs, until
from rest import Refused, call, quoted
from server import Server

SCRIPT = """
pipeline: {name}
{retention}
tasks:
  say: {{run: 'echo {name} says so; echo "n:={n}" >> "$COMPASSO_OUTPUT"'}}
outputs: {{n: "${{{{ needs.say.output.n }}}}"}}
"""
LARGE = {"text": "x" * 700_000}


@pytest.fixture
def keeping(tmp_path):
    """Starts a server with these settings of retention."""
    servers = []

    def start(settings):
        config = tmp_path / "compasso.toml"
        config.write_text(textwrap.dedent(settings))
        server = Server(tmp_path / "data", arguments=["--config", config]).start()
        servers.append(server)
        return server

    yield start
    for server in servers:
        if server.process.poll() is None:
            server.kill()


def begin(server, name, wait="true"):
    return call(server, "POST", f"/pipelines/{name}/runs", {"params": {}}, wait=wait)


def rows(server, table):
    with sqlite3.connect(f"file:{server.data}/compasso.db?mode=ro", uri=True) as database:
        return database.execute(f"SELECT count(*) FROM {table}").fetchone()[0]


def log(server, run):
    url = f"{server.url}/api/v1/runs/{quoted(run)}/logs?download=true"
    with urllib.request.urlopen(url, timeout=60) as answer:
        return answer.read().decode()


def test_closed_runs_go_with_all_they_left_and_open_ones_stay(keeping, tmp_path):
    server = keeping("[retention]\nruns = '0s'\nevery = '200ms'\n")
    push(server, SCRIPT.format(name="short", n=1, retention=""))
    push(server, SCRIPT.format(name="long", n=2, retention="retention: {runs: 30d}"))
    push(server, "pipeline: open\ntasks: {w: {wait: {signal: go, timeout: 1h}}}\n")
    opened = begin(server, "open", wait="false")["id"]
    kept = begin(server, "long")["id"]
    gone = begin(server, "short")["id"]
    until(lambda: runs(server, "short") == [])
    with pytest.raises(Refused, match="ExecutionDoesNotExist"):
        call(server, "GET", f"/runs/{quoted(gone)}")
    assert runs(server, "long") == [kept] and "long says so" in log(server, kept)
    # Rows go bit by bit, also when the server is killed meanwhile.
    server.kill()
    server.start()
    until(lambda: rows(server, "removal") == 0)
    assert rows(server, "execution") == 2
    sfn = step_functions(server.url)
    assert sfn.describe_execution(executionArn=opened)["status"] == "RUNNING"
    metrics = urllib.request.urlopen(f"{server.url}/metrics", timeout=60).read().decode()
    assert 'compasso_removed_total{what="executions"}' in metrics


def test_logs_go_before_their_runs(keeping):
    server = keeping("[retention]\nevery = '200ms'\n")
    push(server, SCRIPT.format(name="quiet", n=1, retention="retention: {logs: 0s}"))
    push(server, SCRIPT.format(name="loud", n=1, retention=""))
    quiet, loud = begin(server, "quiet")["id"], begin(server, "loud")["id"]
    until(lambda: log(server, quiet) == "")
    assert call(server, "GET", f"/runs/{quoted(quiet)}/tasks")["items"][0]["state"] == "success"
    assert "loud says so" in log(server, loud)


def test_executions_of_state_machines_go_with_large_values_and_children(keeping, tmp_path):
    server = keeping("[retention]\nexecutions = '0s'\nevery = '200ms'\n[quotas]\npayload_bytes = 2_000_000\n")
    sfn = step_functions(server.url)
    items = {
        "StartAt": "All",
        "States": {
            "All": {
                "Type": "Map",
                "Label": "All",
                "ItemProcessor": {
                    "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
                    "StartAt": "One",
                    "States": {"One": {"Type": "Pass", "End": True}},
                },
                "End": True,
            }
        },
    }
    for name, definition, data in [
        ("pass", {"StartAt": "P", "States": {"P": {"Type": "Pass", "End": True}}}, LARGE),
        ("each", items, [1, 2, 3]),
    ]:
        arn = sfn.create_state_machine(
            name=name, definition=json.dumps(definition), roleArn=ROLE
        )["stateMachineArn"]
        sfn.start_execution(stateMachineArn=arn, name="one", input=json.dumps(data))
        until(lambda: not sfn.list_executions(stateMachineArn=arn)["executions"])
        # The name is free again.
        sfn.start_execution(stateMachineArn=arn, name="one", input="{}" if name == "pass" else "[]")
    until(lambda: rows(server, "execution") == 0 and rows(server, "removal") == 0)
    assert rows(server, "journal") == 0 and rows(server, "blob") == 0
    until(lambda: not [path for path in (server.data / "blobs").rglob("*") if path.is_file()])
    with sqlite3.connect(f"file:{server.data}/compasso.db?mode=ro", uri=True) as database:
        kinds = database.execute("SELECT DISTINCT kind FROM document WHERE kind LIKE 'map-run%'")
        assert until(lambda: kinds.fetchall() == []) is True


def test_stale_results_of_tasks_go(keeping):
    server = keeping("[retention]\nevery = '200ms'\n")
    push(
        server,
        "pipeline: cached\ntasks:\n"
        "  brief: {run: 'true', cache: {key: a, ttl: 1s}}\n"
        "  lasting: {run: 'true', cache: {key: b, ttl: 1h}}\n",
    )
    begin(server, "cached")
    until(lambda: kept_results(server) == 1)


def kept_results(server):
    with sqlite3.connect(f"file:{server.data}/compasso.db?mode=ro", uri=True) as database:
        query = "SELECT count(*) FROM document WHERE kind = 'kept-result'"
        return database.execute(query).fetchone()[0]


def test_settings_that_are_no_durations_are_refused(tmp_path):
    config = tmp_path / "compasso.toml"
    config.write_text("[retention]\nruns = 'soon'\n")
    with pytest.raises(AssertionError):
        Server(tmp_path / "data", arguments=["--config", config]).start()
    assert "no duration" in (tmp_path / "data" / "server.log").read_text()
