"""Rounds of trouble under load, while an outside ledger is kept that is compared with the server afterwards."""

import json
import subprocess
import sys
import time
from pathlib import Path

import crash_check
import crash_kinds
from clients import ROLE, step_functions


def repeat(play, directory, seed, minutes):
    """Plays a round, and others with further seeds for as long as `minutes` say."""
    deadline = time.monotonic() + minutes * 60
    while True:
        place = directory / str(seed)
        place.mkdir()
        play(place, seed)
        seed += 1
        if time.monotonic() >= deadline:
            return


def under_load(servers, trouble, directory, seed, end_seconds, witness):
    """Has `trouble` happen, which returns how long each took, while servers are under load.

    Nothing that the ledger says may be broken in the end; `witness` is the server whose log is shown then.
    """
    ledger = directory / "ledger.jsonl"
    client = step_functions(servers[0].url)
    activity = prepare(client)
    load = start_load(servers, activity, ledger, seed)
    try:
        times = trouble(load)
        drain(load)
        crash_check.wait_until_all_ended(client, end_seconds)
    finally:
        load.stdin.close()
        load.wait(30)
        load.stdout.close()
    record = crash_check.Record(ledger)
    report(record, times)
    found = crash_check.problems(client, record)
    assert not found, summary(found, seed, directory, witness())
    assert record.lost > 0, "no trouble hit a call under way; the load was too light to prove much"


def prepare(client):
    activity = client.create_activity(name="crash")["activityArn"]
    for kind, definition in crash_kinds.definitions(activity).items():
        client.create_state_machine(
            name=f"crash-{kind}", definition=json.dumps(definition), roleArn=ROLE
        )
    return activity


def start_load(servers, activity, ledger, seed):
    return subprocess.Popen(
        [
            sys.executable,
            Path(__file__).with_name("crash_load.py"),
            ",".join(server.url for server in servers),
            *[activity, str(ledger), str(seed)],
        ],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def drain(load):
    load.stdin.write("drain\n")
    load.stdin.flush()
    assert load.stdout.readline() == "drained\n"


def report(record, times):
    print(
        f"{len(record.started)} executions acknowledged, {len(record.of('answered'))} task results, "
        f"{len(record.stopped)} stops, {record.lost} calls lost in {len(times)} troubles; "
        f"slowest {max(times, default=0):.2f} s",
        flush=True,
    )


def summary(found, seed, directory, server):
    shown = "\n".join(found[:30])
    return (
        f"{len(found)} broken promises (seed {seed}, ledger in {directory}):\n{shown}\n"
        f"--- server log\n{server.tail()}"
    )
