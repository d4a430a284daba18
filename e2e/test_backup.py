"""Backups of servers at work, what is restored from them, and what `fsck` finds."""

import json
import shutil
import sqlite3
import subprocess
import threading

import pytest
from botocore.exceptions import ClientError

from clients import ROLE, command, ended, eventually, history, step_functions
from conftest import write_config
from map_runs import PASS, children, distributed, map_run
from postgres import shared
from server import BINARY, Server

LARGE = "x" * 250_000


def run(*arguments):
    line = [str(argument) for argument in arguments]
    return subprocess.run([BINARY, *line], capture_output=True, text=True, timeout=120, check=False)


def backup(server, target, *arguments):
    done = run("backup", target, "--data", server.data, *arguments)
    assert done.returncode == 0, done.stderr
    return target


def restore(source, data):
    done = run("restore", source, "--data", data)
    assert done.returncode == 0, done.stderr
    return data


def problems(directory):
    """What fsck says is wrong, and its exit code."""
    done = run("fsck", directory, "--json")
    assert done.returncode in (0, 1), done.stderr
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    told = [line["problem"] for line in lines if "problem" in line]
    assert lines[-1]["problems"] == len(told)
    assert done.returncode == (1 if told else 0)
    return told


def create(sfn, name, states):
    definition = json.dumps({"StartAt": next(iter(states)), "States": states})
    answer = sfn.create_state_machine(name=name, definition=definition, roleArn=ROLE)
    return answer["stateMachineArn"]


@pytest.fixture
def started(tmp_path):
    """Starts a server with a data directory, and ends it with the test."""
    running = []

    def start(data):
        server = Server(data, arguments=["--config", write_config(tmp_path / "config")]).start()
        running.append(server)
        return server

    yield start
    for server in running:
        if server.process.poll() is None:
            server.kill()


STEPS = {
    "Keep": {"Type": "Pass", "Parameters": {"large.$": "$.large"}, "Next": "Pause"},
    "Pause": {"Type": "Wait", "Seconds": 1, "Next": "Done"},
    "Done": {"Type": "Pass", "Result": "done", "End": True},
}


def test_a_backup_under_load_is_whole_and_its_executions_go_on(started, tmp_path):
    server = started(tmp_path / "data")
    sfn = step_functions(server.url)
    machine = create(sfn, "loaded", STEPS)
    known, is_over = [], threading.Event()

    def load(number):
        client, count = step_functions(server.url), 0
        while not is_over.is_set():
            count += 1
            body = json.dumps({"large": LARGE if count % 10 == 0 else count})
            begun = client.start_execution(
                stateMachineArn=machine, name=f"{number}-{count}", input=body
            )
            known.append(begun["executionArn"])

    threads = [threading.Thread(target=load, args=[number]) for number in range(4)]
    for thread in threads:
        thread.start()
    eventually(lambda: len(known) > 100)
    before = list(known)
    target = backup(server, tmp_path / "backup")
    after = len(known)
    eventually(lambda: len(known) > after)
    is_over.set()
    for thread in threads:
        thread.join()
    assert problems(target) == []
    server.kill()
    again = started(restore(target, tmp_path / "restored"))
    sfn = step_functions(again.url)
    for execution in before:
        assert ended(sfn, execution)["output"] == '"done"'
    assert again.stop() == 0
    assert problems(again.data) == []


def test_what_was_lost_cannot_be_reported_and_what_waited_can(started, tmp_path):
    server = started(tmp_path / "data")
    sfn = step_functions(server.url)
    activity = sfn.create_activity(name="hands")["activityArn"]
    work = {"Type": "Task", "Resource": activity}
    machine = create(
        sfn, "hands", {"One": {**work, "Next": "Two"}, "Two": {**work, "End": True}}
    )
    execution = sfn.start_execution(stateMachineArn=machine)["executionArn"]

    def token(client):
        return client.get_activity_task(activityArn=activity)["taskToken"]

    first = token(sfn)
    target = backup(server, tmp_path / "backup")
    sfn.send_task_success(taskToken=first, output='"lost"')
    lost = token(sfn)
    server.kill()
    sfn = step_functions(started(restore(target, tmp_path / "restored")).url)
    # The task that waited is what it was; the one after it is another than the one that is lost.
    sfn.send_task_success(taskToken=first, output='"kept"')
    second = token(sfn)
    assert second != lost
    with pytest.raises(ClientError) as refused:
        sfn.send_task_success(taskToken=lost, output='"wrong"')
    assert refused.value.response["Error"]["Code"] == "InvalidToken"
    sfn.send_task_success(taskToken=second, output='"right"')
    assert ended(sfn, execution)["output"] == '"right"'
    inputs = [
        event["stateEnteredEventDetails"]["input"]
        for event in history(sfn, execution)
        if event["type"] == "TaskStateEntered"
    ]
    assert inputs == ["{}", '"kept"']


def test_a_timer_that_is_overdue_fires_once(started, tmp_path):
    server = started(tmp_path / "data")
    sfn = step_functions(server.url)
    machine = create(sfn, "late", {"Pause": {"Type": "Wait", "Seconds": 2, "End": True}})
    execution = sfn.start_execution(stateMachineArn=machine)["executionArn"]
    target = backup(server, tmp_path / "backup")
    # It is due while no restored server runs.
    ended(sfn, execution)
    server.kill()
    again = started(restore(target, tmp_path / "restored"))
    sfn = step_functions(again.url)
    assert ended(sfn, execution)["status"] == "SUCCEEDED"
    types = [event["type"] for event in history(sfn, execution)]
    assert types == ["ExecutionStarted", "WaitStateEntered", "WaitStateExited", "ExecutionSucceeded"]


def test_nothing_is_overwritten_and_only_whole_backups_are_taken(started, tmp_path):
    server = started(tmp_path / "data")
    target = backup(server, tmp_path / "backup")
    assert not (target / "vault.key").exists()
    with_key = backup(server, tmp_path / "with-key", "--with-vault-key")
    key = (server.data / "vault.key").read_text()
    assert (with_key / "vault.key").read_text() == key
    assert (with_key / "vault.key").stat().st_mode & 0o77 == 0

    again = run("backup", target, "--data", server.data)
    assert again.returncode == 2 and "exists" in again.stderr
    onto = run("restore", target, "--data", server.data)
    assert onto.returncode == 2 and "keeps nothing" in onto.stderr

    partial = shutil.copytree(target, tmp_path / "partial")
    (partial / "backup.json").unlink()
    refused = run("restore", partial, "--data", tmp_path / "none")
    assert refused.returncode == 2 and "no whole backup" in refused.stderr

    changed = shutil.copytree(target, tmp_path / "changed")
    with (changed / "compasso.db").open("r+b") as database:
        database.seek(-1, 2)
        database.write(b"!")
    refused = run("restore", changed, "--data", tmp_path / "none")
    assert refused.returncode == 2 and "changed since" in refused.stderr
    assert not (tmp_path / "none").exists()

    said = run("restore", target, "--data", tmp_path / "restored")
    assert "put the key of the vault" in said.stderr
    assert (restore(with_key, tmp_path / "whole") / "vault.key").read_text() == key


@pytest.fixture
def stopped(started, tmp_path):
    """The data directory of a server that had an open execution, a closed one, a large value, and map runs with
    children of both kinds."""
    server = started(tmp_path / "data")
    sfn = step_functions(server.url)
    pause = {"Type": "Wait", "Seconds": 3600, "End": True}
    for name, last in [("open", pause), ("closed", {"Type": "Succeed"})]:
        machine = create(sfn, name, {"Keep": {"Type": "Pass", "Next": "Last"}, "Last": last})
        sfn.start_execution(
            stateMachineArn=machine, name=name, input=json.dumps([LARGE] if last != pause else [])
        )
    eventually(lambda: sfn.list_executions(stateMachineArn=machine, statusFilter="SUCCEEDED")[
        "executions"])
    for kind in ("STANDARD", "EXPRESS"):
        machine = create(sfn, f"map-{kind}", {"M": distributed(PASS, kind)})
        begun = sfn.start_execution(stateMachineArn=machine, input="[1, 2]")["executionArn"]
        assert ended(sfn, begun)["status"] == "SUCCEEDED"
    busy = run("fsck", server.data)
    assert busy.returncode == 2 and "in use by process" in busy.stderr
    assert server.stop() == 0
    assert problems(server.data) == []
    return server.data


# What a release without seals stored.
UNSEALED = (
    "UPDATE journal SET before = NULL, seal = NULL; "
    "UPDATE execution SET seal = NULL, image_seal = NULL; "
)

DAMAGES = {
    "a sealed image": (
        "UPDATE execution SET image = replace(image, '\"last_event\":', '\"last_event\":1') "
        "WHERE key LIKE '%:open'",
        "the image is damaged",
    ),
    "a sealed turn": (
        "UPDATE journal SET body = replace(body, 'Keep', 'Kept')",
        ":open: journal: stored data is corrupt: the journal is damaged at event 1",
    ),
    "a lost sealed turn": (
        "DELETE FROM journal WHERE id IN (SELECT max(id) FROM journal GROUP BY execution)",
        ":open: journal: stored data is corrupt: the last rows of the journal are not there",
    ),
    "an image": (
        UNSEALED + "UPDATE execution SET image = replace(image, 'Last', 'Lost') WHERE key LIKE '%:open'; "
        "UPDATE execution SET image = replace(image, '\"last_event\":', '\"last_event\":1') "
        "WHERE key LIKE '%:open'",
        ":open: its image is not what its journal comes to",
    ),
    "a lost turn": (
        UNSEALED + "UPDATE journal SET body = '[]' WHERE id = (SELECT max(id) FROM journal)",
        "the row counts its events wrongly",
    ),
    "events of another": (
        UNSEALED + "UPDATE journal SET body = '[{' WHERE id = (SELECT max(id) FROM journal)",
        "journal, event ",
    ),
    "a stray row": (
        "INSERT INTO journal (execution, first_event, events, body) VALUES (999, 1, 0, '[]')",
        "rows of the journal of execution 999, which is gone: 1. INSERT INTO removal VALUES (999)",
    ),
    "a stray attribute": (
        "INSERT INTO attribute (name, value, changed, execution) VALUES ('n', 1, 1, 999)",
        "which is gone: 1. DELETE FROM attribute WHERE execution = 999",
    ),
    "a timer of a closed execution": (
        "UPDATE execution SET wake_at = 1 WHERE key LIKE '%:closed'",
        ":closed: it is closed and still has a timer or owes something",
    ),
    "a status": (
        "UPDATE execution SET status = 2 WHERE key LIKE '%:closed'",
        ":closed: it is listed as Failed and its journal says Succeeded",
    ),
    "a status of an Express child": (
        "UPDATE execution SET status = 2 WHERE key LIKE '%:express:map-EXPRESS%'",
        ": it is listed as Failed and its outcome says Succeeded",
    ),
    "an outcome of an Express child": (
        "UPDATE execution SET outcome = NULL WHERE key LIKE '%:express:map-EXPRESS%'",
        ": it is Express and has no outcome",
    ),
    "a kind of a child": (
        UNSEALED + "DELETE FROM journal WHERE execution IN "
        "(SELECT id FROM execution WHERE key LIKE '%:execution:map-STANDARD/%')",
        ": it is listed as Succeeded and its journal says Running",
    ),
    "a definition": (
        "UPDATE document SET body = '{' WHERE key LIKE '%:stateMachine:open#%'",
        "it is no JSON",
    ),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_fsck_says_what_is_damaged(stopped, damage):
    change, told = DAMAGES[damage]
    database = sqlite3.connect(stopped / "compasso.db")
    database.executescript(change)
    database.close()
    found = problems(stopped)
    assert any(told in problem for problem in found), found
    assert len(set(found)) == len(found), "one damage is told once"


def test_fsck_leaves_a_backup_as_it_is(started, tmp_path):
    server = started(tmp_path / "data")
    target = backup(server, tmp_path / "backup")

    def state():
        files = [target, *target.rglob("*")]
        return {str(file): (file.stat().st_mtime_ns, file.stat().st_size) for file in files}

    before = state()
    assert problems(target) == []
    # The time of a directory changes with each file that is made or removed in it.
    assert state() == before


def test_fsck_reads_files_of_artifacts_and_of_large_values(started, tmp_path):
    server = started(tmp_path / "data")
    sfn = step_functions(server.url)
    echo = {"Type": "Pass", "Parameters": {"a.$": "$.a", "b.$": "$.a", "c.$": "$.a"}, "End": True}
    machine = create(sfn, "large", {"Echo": echo})
    execution = sfn.start_execution(
        stateMachineArn=machine, input=json.dumps({"a": "y" * 80_000})
    )["executionArn"]
    ended(sfn, execution)
    assert server.stop() == 0
    shelf = server.data / "artifacts" / "ab"
    shelf.mkdir()
    (shelf / ("ab" * 32)).write_text("something else")
    assert problems(server.data) == [f"artifact {'ab' * 32} is damaged"]


def test_a_backup_without_the_files_that_runs_refer_to_is_not_whole(tmp_path):
    config = write_config(tmp_path / "config")
    elsewhere = tmp_path / "elsewhere"
    config.write_text(f"artifacts = {json.dumps(str(elsewhere))}\n{config.read_text()}")
    server = Server(tmp_path / "data", arguments=["--config", config]).start()
    try:
        pipeline = tmp_path / "leaves.pipeline.yaml"
        pipeline.write_text(
            "pipeline: leaves\ntasks:\n  one:\n    run: echo 1 > one.txt\n    artifacts: {out: [one.txt]}\n"
        )
        assert command(server, "push", str(pipeline)).returncode == 0
        assert command(server, "start", "leaves", "--wait").returncode == 0
        whole = backup(server, tmp_path / "whole", "--config", config)
        assert problems(whole) == []
        done = run("backup", tmp_path / "part", "--data", server.data, "--json")
        [digest] = json.loads(done.stdout)["missingArtifacts"]
        [told] = problems(tmp_path / "part")
        assert told == f"artifact {digest} is not there, and a run refers to it"
        server.stop()
        [told] = problems(server.data)
        assert "runs refer to 1 artifacts" in told and "--config" in told
    finally:
        server.kill()


def test_a_server_moves_from_its_file_to_a_database_and_back(started, tmp_path):
    server = started(tmp_path / "file")
    sfn = step_functions(server.url)
    activity = sfn.create_activity(name="hands")["activityArn"]
    work = {"Type": "Task", "Resource": activity, "End": True}
    waiting = create(sfn, "waiting", {"Work": work})
    open_one = sfn.start_execution(stateMachineArn=waiting)["executionArn"]
    echo = {"Type": "Pass", "End": True}
    machine = create(sfn, "echo", {"Echo": echo})
    done = sfn.start_execution(stateMachineArn=machine, input=json.dumps([LARGE]))
    done = done["executionArn"]
    ended(sfn, done)
    mapped = create(sfn, "mapped", {"M": distributed(PASS, "EXPRESS")})
    mapped = sfn.start_execution(stateMachineArn=mapped, input="[1, 2]")["executionArn"]
    assert ended(sfn, mapped)["output"] == "[1,2]"
    express = sorted(child["executionArn"] for child in children(sfn, map_run(sfn, mapped)))
    token = sfn.get_activity_task(activityArn=activity)["taskToken"]
    events = history(sfn, done)
    target = backup(server, tmp_path / "first", "--with-vault-key")
    assert server.stop() == 0

    address = shared().store()
    moved = tmp_path / "moved"
    said = run("restore", target, "--data", moved, "--store", address)
    assert said.returncode == 0, said.stderr
    assert not (moved / "compasso.db").exists()
    again = run("restore", target, "--data", tmp_path / "other", "--store", address)
    assert again.returncode == 2 and "keeps something already" in again.stderr

    server = Server(moved, environment={"COMPASSO_STORE": address}).start()
    try:
        sfn = step_functions(server.url)
        assert history(sfn, done) == events
        sfn.send_task_success(taskToken=token, output='"kept"')
        assert ended(sfn, open_one)["output"] == '"kept"'
        # A server may be at work.
        looked = run("fsck", moved, "--store", address)
        assert looked.returncode == 0, looked.stdout + looked.stderr
        assert "5 executions" in looked.stderr and "all is whole" in looked.stderr
        back = tmp_path / "back"
        copied = run("backup", back, "--data", moved, "--store", address)
        assert copied.returncode == 0, copied.stderr
    finally:
        server.kill()

    assert problems(back) == []
    server = started(restore(back, tmp_path / "file-again"))
    sfn = step_functions(server.url)
    assert history(sfn, done) == events
    assert ended(sfn, open_one)["output"] == '"kept"'
    moved = children(sfn, map_run(sfn, mapped))
    assert sorted(child["executionArn"] for child in moved) == express
    assert {found["name"] for found in sfn.list_state_machines()["stateMachines"]} == {
        "echo",
        "mapped",
        "waiting",
    }


def test_a_damaged_execution_keeps_no_other_from_being_backed_up(started, tmp_path):
    address = shared().store()
    server = Server(tmp_path / "data", environment={"COMPASSO_STORE": address}).start()
    try:
        sfn = step_functions(server.url)
        machine = create(sfn, "echo", {"Echo": {"Type": "Pass", "End": True}})
        ids = [
            sfn.start_execution(stateMachineArn=machine, name=name)["executionArn"]
            for name in ("damaged", "whole")
        ]
        for execution in ids:
            ended(sfn, execution)
        harm = "UPDATE journal SET body = '[0]' WHERE execution = (SELECT id FROM execution WHERE key = '{}')"
        shared().run(harm.format(ids[0]), address)
        target = tmp_path / "backup"
        done = run("backup", target, "--data", server.data, "--store", address)
        assert done.returncode == 1, done.stderr
        assert f"{ids[0]} is not in it: stored data is corrupt" in done.stderr
        assert "executions that are damaged and not in it: 1. 'compasso fsck --store'" in done.stderr
        done = run("backup", tmp_path / "other", "--data", server.data, "--store", address, "--json")
        assert [it["id"] for it in json.loads(done.stdout)["damaged"]] == ids[:1]
    finally:
        server.kill()
    assert problems(target) == []
    sfn = step_functions(started(restore(target, tmp_path / "restored")).url)
    assert sfn.describe_execution(executionArn=ids[1])["status"] == "SUCCEEDED"
    with pytest.raises(ClientError, match="ExecutionDoesNotExist"):
        sfn.describe_execution(executionArn=ids[0])
