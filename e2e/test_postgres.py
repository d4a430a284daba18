"""Executions kept in PostgreSQL: what outlasts the ends of the server and of the database.

`make e2e-postgres` runs many of the other tests so as well.
"""

import json
import pathlib
import subprocess
import urllib.error
import urllib.request
from datetime import UTC, datetime, timedelta

import pytest

from clients import ROLE, step_functions
from postgres import Postgres
from rest import call
from server import BINARY, Server, free_port, write_config
from test_pipeline_runs import ended, until

WAITS = json.dumps(
    {
        "StartAt": "Wait",
        "States": {
            "Wait": {"Type": "Wait", "Seconds": 1, "Next": "Done"},
            "Done": {"Type": "Pass", "End": True},
        },
    }
)


@pytest.fixture
def start(tmp_path, postgres):
    """Starts servers; those with the same name have the same tables."""
    stores, running = {}, []

    def start(name="one", store="tables"):
        address = stores.setdefault(store, postgres.store())
        config = write_config(tmp_path / name)
        server = Server(
            tmp_path / name / "data",
            arguments=["--config", config],
            environment={"COMPASSO_STORE": address},
        ).start()
        running.append(server)
        return server

    yield start
    for server in running:
        if server.process.poll() is None:
            server.kill()


def machine(server):
    sfn = step_functions(server.url)
    return sfn, sfn.create_state_machine(name="waits", definition=WAITS, roleArn=ROLE)["stateMachineArn"]


def test_executions_outlast_kills_of_server_and_database(start, postgres):
    server = start()
    sfn, arn = machine(server)
    runs = [sfn.start_execution(stateMachineArn=arn)["executionArn"] for _ in range(20)]
    server.kill()
    postgres.crash()
    postgres.start()
    server.start()
    sfn = step_functions(server.url)
    assert {ended(sfn, run)["status"] for run in runs} == {"SUCCEEDED"}
    # Nothing of it is on the disk of the server.
    assert not (server.data / "compasso.db").exists()


def test_a_server_waits_for_a_database_that_is_away_and_goes_on_by_itself(start, postgres):
    server = start()
    sfn, arn = machine(server)
    before = sfn.start_execution(stateMachineArn=arn)["executionArn"]
    postgres.crash()
    with pytest.raises(Exception):
        # What cannot be kept is not acknowledged.
        sfn.start_execution(stateMachineArn=arn, name="away")
    postgres.start()

    def starts():
        try:
            return sfn.start_execution(stateMachineArn=arn, name="after")["executionArn"]
        except sfn.exceptions.ClientError:
            return None

    until(lambda: starts() is not None)
    assert ended(sfn, starts())["status"] == "SUCCEEDED"
    assert ended(sfn, before)["status"] == "SUCCEEDED"


def test_an_outage_is_told_once_however_many_executions_it_concerns(start, postgres):
    server = start()
    sfn = step_functions(server.url)
    due = datetime.now(UTC) + timedelta(seconds=5)
    wait = {"Type": "Wait", "Timestamp": due.strftime("%Y-%m-%dT%H:%M:%SZ"), "End": True}
    definition = json.dumps({"StartAt": "Wait", "States": {"Wait": wait}})
    arn = sfn.create_state_machine(name="due", definition=definition, roleArn=ROLE)["stateMachineArn"]
    runs = [sfn.start_execution(stateMachineArn=arn)["executionArn"] for _ in range(20)]
    told = lambda text: [line for line in server.log.read_text().splitlines() if text in line]
    postgres.crash()
    try:
        # All of them want to go on.
        until(lambda: datetime.now(UTC) > due + timedelta(seconds=1) and told("work is put off"))
    finally:
        postgres.start()
    assert {ended(sfn, run)["status"] for run in runs} == {"SUCCEEDED"}
    assert len(told("work is put off")) == 1, server.tail()
    assert len(told("takes work again that was put off")) == 1, server.tail()


def answer(url):
    """The status and the text that an address answers with."""
    try:
        with urllib.request.urlopen(url, timeout=30) as said:
            return said.status, said.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


@pytest.fixture
def late():
    """A database that is not there yet, and the place of a server in it."""
    database = Postgres()
    store = database.store()
    database.crash()
    yield database, store
    database.stop()


def test_a_server_that_starts_before_its_database_waits_for_it(tmp_path, late):
    database, store = late
    server = Server(tmp_path / "data", environment={"COMPASSO_STORE": store})
    # It says where it listens once it is ready.
    server.port = free_port()
    url = f"http://127.0.0.1:{server.port}"
    told = lambda text: [line for line in server.log.read_text().splitlines() if text in line]

    server.begin()
    until(lambda: told("waits for it"))
    until(lambda: answer(f"{url}/healthz") == (200, "ok\n"))
    status, why = answer(f"{url}/readyz")
    assert status == 503 and "Connection refused" in why
    status, refused = answer(f"{url}/api/v1/runs")
    assert status == 503 and "does not answer yet" in refused
    # Whoever stops it meanwhile does not wait for anything.
    assert server.stop() == 0

    server.begin()
    until(lambda: len(told("waits for it")) == 2)
    database.start()
    server.until_ready()
    assert server.url == url
    assert len(told("waits for it")) == 2 and len(told("the database answers")) == 1
    sfn, arn = machine(server)
    assert ended(sfn, sfn.start_execution(stateMachineArn=arn)["executionArn"])["status"] == "SUCCEEDED"
    assert answer(f"{url}/readyz")[1].startswith("owner")
    assert server.stop() == 0


def test_a_server_does_not_wait_for_a_database_that_refuses_it(tmp_path, postgres):
    serve = [BINARY, "serve", "--listen", "127.0.0.1:0", "--data", tmp_path, "--store"]
    scheme, _, place = postgres.url.partition("://")
    _, _, host = place.rpartition("@")
    for address, said in [
        (f"{scheme}://compasso:wrong@{host}", "password authentication failed"),
        (postgres.url.replace("/postgres", "/nowhere"), 'database "nowhere" does not exist'),
    ]:
        done = subprocess.run(
            [*serve, address], capture_output=True, text=True, timeout=60, check=False
        )
        assert done.returncode == 2 and said in done.stderr, done.stderr


@pytest.mark.parametrize(
    ("command", "address", "said"),
    [
        (["migrate"], "postgres://nobody@127.0.0.1:1/none", "the database cannot be used"),
        (["serve", "--listen", "127.0.0.1:0"], "mysql://host/name", "it begins with postgres://"),
    ],
)
def test_a_store_that_cannot_be_opened_is_told(tmp_path: pathlib.Path, command, address, said):
    data = ["--data", tmp_path] if "serve" in command else []
    done = subprocess.run(
        [BINARY, *command, *data, "--store", address],
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 2 and said in done.stderr, done.stderr


def migrate(*arguments):
    return subprocess.run(
        [BINARY, "migrate", *map(str, arguments)],
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip


def test_migrate_makes_the_tables_without_a_server(postgres, tmp_path):
    address = postgres.store()
    for _ in range(2):
        done = migrate("--store", address)
        assert done.returncode == 0, done.stderr
        assert done.stdout == "the database has the tables of this release\n"
    # It fails where there is no such view.
    postgres.run("SELECT * FROM executions", address)
    done = migrate("--data", tmp_path)
    assert done.returncode == 2 and "has no compasso.db" in done.stderr, done.stderr


def test_a_database_that_may_lose_commits_is_refused_with_the_way_out(postgres):
    address = postgres.store()
    postgres.run("ALTER SYSTEM SET synchronous_commit = 'off'")
    postgres.run("SELECT pg_reload_conf()")
    try:
        done = migrate("--store", address)
    finally:
        postgres.run("ALTER SYSTEM RESET synchronous_commit")
        postgres.run("SELECT pg_reload_conf()")
    assert done.returncode == 2, done.stdout
    assert "synchronous_commit is off" in done.stderr and "ALTER SYSTEM SET" in done.stderr


def test_executions_are_found_by_their_error_and_their_labels(start):
    server = start()
    fails = {"StartAt": "A", "States": {"A": {"Type": "Fail", "Error": "Broken"}}}
    sfn = step_functions(server.url)
    sfn.create_state_machine(name="fails", definition=json.dumps(fails), roleArn=ROLE)
    for name, labels in [("one", {"team": "data"}), ("two", {})]:
        run = call(server, "POST", "/runs", {"workflow": "fails", "name": name, "labels": labels})["id"]
        assert ended(sfn, run)["status"] == "FAILED"
    found = lambda q: [run["name"] for run in call(server, "GET", "/runs", workflow="fails", q=q)["items"]]
    assert found("error = Broken") == found("error contains rok") == ["two", "one"]
    assert found("labels.team = data and error exists") == ["one"]
    assert found("error = Other") == found("not error exists") == []
