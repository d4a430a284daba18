"""What earlier releases kept in their stores: read, and carried on, by this one.

A golden file of `conformance/golden/stores` holds all that a server of one release kept: a file of SQLite, or
the statements that make a database of PostgreSQL, and what was known of it from outside. In it are sealed and
packed journals, executions under way, gates and approvals, tokens, the audit log, and rows of nodes.
FREEZE_GOLDEN=0.2.0 freezes what this build keeps; a file that is there never changes.
"""

import gzip
import json
import os
import sqlite3
import subprocess

import pytest

from bearer import attempt, command, created
from clients import ROLE, command as signed, ended, eventually, history, step_functions
from cluster import KEY
from server import BINARY, REPOSITORY, Server

FOLDER = REPOSITORY / "conformance" / "golden" / "stores"
FREEZES = os.environ.get("FREEZE_GOLDEN")
SETTINGS = f"""
[vault]
key = "{KEY}"
[[auth.keys]]
id = "test"
secret = "secret"
[retention]
runs = "never"
executions = "never"
logs = "never"
audit = "never"
every = "1s"
[functions.echo]
command = ["cat"]
"""
PIPELINE = """
pipeline: gated
tasks:
  ask: {approve: {by: [user:ana]}}
  load: {needs: [ask], run: 'echo loaded', pool: db, mutex: m}
"""
# A run of each of three days, of which each waits for that of the day before.
CHAIN = """
pipeline: chained
on:
  schedule: {cron: '0 0 * * *', start: '2026-11-01T00:00:00Z', end: '2026-11-04T00:00:00Z', catchup: all, overlap: allow_all}
tasks:
  first: {wait: {signal: go}}
  load: {needs: [first], noop: true, depends_on_past: true}
  last: {needs: [load], if: needs.load.attempts < 100, wait: {signal: end}}
"""
ECHO = "arn:aws:lambda:us-east-1:000000000000:function:echo"
# So long ago, in ms, that histories of what had closed then are packed.
AGES = 2 * 60 * 60 * 1000


class Place:
    """Where a server keeps its data: alone, in a file, or in a database of PostgreSQL."""

    def __init__(self, directory, postgres):
        self.directory = directory
        self.postgres = postgres
        self.address = postgres.store() if postgres else None
        self.artifacts = directory / "artifacts"
        self.data = directory / "data"
        self.data.mkdir(parents=True)
        self.config = directory / "compasso.toml"
        self.config.write_text(f'artifacts = "{self.artifacts}"\n{SETTINGS}')

    def server(self):
        environment = {"COMPASSO_STORE": self.address} if self.address else {}
        return Server(self.data, arguments=["--config", self.config], environment=environment)

    def look(self):
        """Has all that is kept looked at."""
        store = ["--store", self.address] if self.address else []
        line = [BINARY, "fsck", "--config", self.config, *(store or [self.data])]
        return subprocess.run(line, capture_output=True, text=True, timeout=120, check=False)

    def fsck(self):
        done = self.look()
        assert done.returncode == 0, done.stdout + done.stderr

    def change(self, statement):
        """Changes what is kept by a server that does not run."""
        if self.postgres:
            return self.postgres.run(statement, self.address)
        with sqlite3.connect(self.data / "compasso.db") as database:
            database.execute(statement)

    def number(self, query):
        if self.postgres:
            return int(self.postgres.rows(query, self.address)[0])
        with sqlite3.connect(f"file:{self.data}/compasso.db?mode=ro", uri=True) as database:
            return database.execute(query).fetchone()[0]

    def kept(self):
        """All that a server kept that does not run."""
        if self.postgres:
            return self.postgres.dump(self.address).encode()
        return (self.data / "compasso.db").read_bytes()

    def keep(self, kept, known):
        """Makes it what another one kept."""
        if self.postgres:
            self.artifacts.mkdir()
            (self.artifacts / "place").write_text(known["place"])
            self.address = self.postgres.put(kept.decode(), known["schema"])
        else:
            (self.data / "compasso.db").write_bytes(kept)


def machine(sfn, name, state):
    definition = json.dumps({"StartAt": "Only", "States": {"Only": {**state, "End": True}}})
    return sfn.create_state_machine(name=name, definition=definition, roleArn=ROLE)[
        "stateMachineArn"
    ]


def plain(events):
    return json.loads(json.dumps(events, default=str))


def histories(sfn, executions):
    return {execution: plain(history(sfn, execution)) for execution in executions}


def audit(server, token):
    return command(server, "audit", "--limit", "1000", token=token)


def fill(place):
    """Has a server do what is to be read for ever; returns what is known of it."""
    server = place.server().start()
    sfn = step_functions(server.url)
    root = created(server, "root", "admin", "--user", "ana", token=bootstrap(server))
    viewer = created(server, "board", "viewer", token=root)
    hands = {"Type": "Task", "Resource": sfn.create_activity(name="hands")["activityArn"]}
    more = {"Type": "Task", "Resource": sfn.create_activity(name="more")["activityArn"]}
    echo = machine(sfn, "echo", {"Type": "Task", "Resource": ECHO})
    closed = [
        sfn.start_execution(stateMachineArn=echo, name=f"e{n}", input=json.dumps({"x": "y" * n}))[
            "executionArn"
        ]
        for n in (1, 20_000)
    ]
    failing = machine(sfn, "failing", hands)
    failed = sfn.start_execution(stateMachineArn=failing, name="f")["executionArn"]
    token = sfn.get_activity_task(activityArn=hands["Resource"])["taskToken"]
    sfn.send_task_failure(taskToken=token, error="Refused")
    for execution in [*closed, failed]:
        ended(sfn, execution)
    until = {"Type": "Wait", "Timestamp": "2099-01-01T00:00:00Z"}
    waiting = sfn.start_execution(stateMachineArn=machine(sfn, "until", until))["executionArn"]
    out = sfn.start_execution(stateMachineArn=failing, name="out")["executionArn"]
    token = sfn.get_activity_task(activityArn=hands["Resource"])["taskToken"]
    queued = sfn.start_execution(stateMachineArn=machine(sfn, "more", more))["executionArn"]
    command(server, "pools", "set", "db", "3", token=root)
    command(server, "secrets", "set", "DB", token=root, text="hidden")
    file = place.directory / "gated.pipeline.yaml"
    file.write_text(PIPELINE)
    command(server, "push", str(file), token=root)
    command(server, "start", "gated", "--name", "asked", token=root)
    command(server, "start", "gated", "--name", "held", "--hold", token=root)
    eventually(lambda: command(server, "approvals", "list", token=root))
    chain = fill_chain(server, place, root)
    assert server.stop() == 0, server.tail()

    changed = ", changed = changed - {0}" if place.postgres else ""
    old = f"UPDATE execution SET started = started - {{0}}, stopped = stopped - {{0}}{changed} WHERE status NOT IN (0, 5)"
    place.change(old.format(AGES))
    server.start()
    unpacked = "SELECT count(*) FROM journal JOIN execution ON execution.id = execution WHERE status NOT IN (0, 5)"
    eventually(lambda: place.number(unpacked) == 0)
    assert place.number("SELECT count(*) FROM pack") > 0
    sfn = step_functions(server.url)
    known = {
        "place": (place.artifacts / "place").read_text() if place.postgres else None,
        "schema": place.address and place.address.rsplit("%3D", 1)[1],
        "tokens": {"root": root, "board": viewer},
        "task": token,
        "executions": {"failed": failed, "waiting": waiting, "out": out, "queued": queued},
        "activity": more["Resource"],
        "chain": chain,
        "histories": histories(sfn, [*closed, failed]),
        "audit": audit(server, root),
        "pools": command(server, "pools", "list", token=root),
    }
    # Its node leaves a row behind that nobody took away.
    server.kill()
    if not place.postgres:
        with sqlite3.connect(place.data / "compasso.db") as database:
            database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return known


def fill_chain(server, place, root):
    """Has a run wait for the one before it, after looks at that; returns three runs in their order."""
    file = place.directory / "chained.pipeline.yaml"
    file.write_text(CHAIN)
    command(server, "push", str(file), token=root)
    rows = lambda: command(server, "list", "chained", token=root)
    names = sorted(row["name"] for row in eventually(lambda: len(rows()) == 3 and rows()))
    chain = [f"chained:{name}" for name in names]
    # The first one has nothing to wait for; the second one has not come so far.
    for run, state in [(chain[0], "last"), (chain[2], "load (past pause)")]:
        eventually(lambda run=run: signalled(server, run, "go", root))
        eventually(lambda run=run, state=state: has_entered(server, run, state, root))
    return chain


def signalled(server, run, name, token):
    """Sends a signal, if the run is where it can come already."""
    return attempt(server, "signal", run, name, token=token).returncode == 0


def has_entered(server, run, state, token):
    events = command(server, "history", run, token=token)
    return any(state in json.dumps(event) for event in events if "StateEntered" in event["type"])


def bootstrap(server):
    """The first token, which the holder of the key makes."""
    made = signed(server, "--json", "tokens", "create", "first", "--role", "admin")
    assert made.returncode == 0, made.stderr
    return json.loads(made.stdout)["token"]


def carry_on(place, known):
    """Has a server read what was kept, and go on with it."""
    server = place.server().start()
    try:
        check(server, known)
    finally:
        server.kill()
    # It looks only at what a server has brought up to date.
    place.fsck()


def check(server, known):
    sfn = step_functions(server.url)
    root, of = known["tokens"]["root"], known["executions"]
    assert histories(sfn, known["histories"]) == known["histories"]
    assert audit(server, root)[-len(known["audit"]) :] == known["audit"]
    assert command(server, "pools", "list", token=root) == known["pools"]
    assert [row["name"] for row in command(server, "secrets", "list", token=root)] == ["DB"]
    refused = command(server, "stop", of["waiting"], token=known["tokens"]["board"], fails=True)
    assert "needs the role 'operator'" in refused
    # What was out, what waited, what waited for its time, and what had closed.
    sfn.send_task_success(taskToken=known["task"], output='"done"')
    assert ended(sfn, of["out"])["output"] == '"done"'
    task = sfn.get_activity_task(activityArn=known["activity"])
    sfn.send_task_success(taskToken=task["taskToken"], output="1")
    assert ended(sfn, of["queued"])["status"] == "SUCCEEDED"
    command(server, "stop", of["waiting"], token=root)
    assert ended(sfn, of["waiting"])["status"] == "ABORTED"
    sfn.redrive_execution(executionArn=of["failed"])
    hands = known["activity"].replace(":more", ":hands")
    task = sfn.get_activity_task(activityArn=hands)
    sfn.send_task_success(taskToken=task["taskToken"], output="2")
    assert ended(sfn, of["failed"])["status"] == "SUCCEEDED"
    before = known["histories"][of["failed"]]
    assert plain(history(sfn, of["failed"]))[: len(before)] == before
    # Gates: both runs wait for ana, one of them is held besides.
    command(server, "release", "gated:held", token=root)
    waits = eventually(lambda: two(command(server, "approvals", "list", token=root)))
    for approval in waits:
        command(server, "approvals", "approve", approval["id"], token=root)
    for run in ("asked", "held"):
        eventually(lambda run=run: status(server, f"gated:{run}", root) == "SUCCEEDED")
    # The third goes on once the second has done what it waits for.
    if chain := known.get("chain"):
        eventually(lambda: signalled(server, chain[0], "end", root))
        eventually(lambda: status(server, chain[0], root) == "SUCCEEDED")
        eventually(lambda: signalled(server, chain[1], "go", root))
        eventually(lambda: has_entered(server, chain[2], "last", root))


def two(rows):
    return rows if len(rows) == 2 else None


def status(server, run, token):
    (found,) = command(server, "describe", run, token=token)
    return found["status"]


def frozen(kind):
    return sorted(FOLDER.glob(f"*.{kind}.json"))


def test_there_is_something_to_read_in_both_stores():
    assert frozen("sqlite") and frozen("postgres")


@pytest.mark.parametrize("known", [*frozen("sqlite"), *frozen("postgres")], ids=lambda it: it.stem)
def test_what_an_earlier_release_kept_is_read_and_goes_on(known, tmp_path, request):
    kind = known.stem.rsplit(".", 1)[1]
    place = Place(tmp_path / kind, request.getfixturevalue("postgres") if kind == "postgres" else None)
    kept = gzip.decompress(known.with_suffix(".gz").read_bytes())
    known = json.loads(known.read_text())
    place.keep(kept, known)
    carry_on(place, known)


@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
def test_what_this_release_keeps_can_be_frozen(kind, tmp_path, request):
    postgres = request.getfixturevalue("postgres") if kind == "postgres" else None
    place = Place(tmp_path / "before", postgres)
    known = fill(place)
    kept = place.kept()
    if FREEZES:
        FOLDER.mkdir(exist_ok=True)
        file = FOLDER / f"{FREEZES}.{kind}.json"
        assert not file.exists(), f"{file} is frozen and never changes"
        file.with_suffix(".gz").write_bytes(gzip.compress(kept, mtime=0))
        file.write_text(json.dumps(known, indent=1) + "\n")
    again = Place(tmp_path / "after", postgres)
    again.keep(kept, known)
    carry_on(again, known)


def test_images_that_count_looks_for_the_run_before_are_whole(tmp_path):
    place = Place(tmp_path, None)
    known = fill(place)
    # Releases did so, and sealed nothing, before they told such looks from the work of a task.
    is_of_chain = "image LIKE '%\"attempts\":0%' AND key LIKE '%:chained:%'"
    assert place.number(f"SELECT count(*) FROM execution WHERE {is_of_chain}") == 2
    place.change(
        """UPDATE execution SET image = replace(image, '"attempts":0', '"attempts":2'), image_seal = NULL """
        f"WHERE {is_of_chain}"
    )
    place.fsck()
    carry_on(place, known)
    # Another number is still noticed.
    started = """replace(image, '"last_event":', '"last_event":1')"""
    place.change(f"UPDATE execution SET image = {started}, image_seal = NULL WHERE image <> ''")
    assert place.look().returncode == 1
