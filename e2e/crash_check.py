"""Compares the ledger of acknowledged calls with what the server says after its last restart."""

import collections
import json
import pathlib

from clients import eventually, history
from crash_kinds import ENTERED, arn

TERMINAL = {"ExecutionSucceeded", "ExecutionFailed", "ExecutionAborted", "ExecutionTimedOut"}


class Record:
    """What the ledger says."""

    def __init__(self, path):
        lines = pathlib.Path(path).read_text(encoding="utf-8").splitlines()
        self.events = [json.loads(line) for line in lines]
        self.asked = {e["name"]: e["kind"] for e in self.of("asked")}
        self.started = {e["name"]: e["execution"] for e in self.of("started")}
        self.stopped = {e["name"] for e in self.of("stopped")}
        self.lost = len(self.of("lost"))

    def of(self, event):
        return [entry for entry in self.events if entry["event"] == event]

    def nonces(self, event):
        found = collections.defaultdict(set)
        for entry in self.of(event):
            found[entry["name"]].add(entry["nonce"])
        return found


def wait_until_all_ended(client, seconds):
    """Waits until no execution of any kind is running."""

    def quiet():
        return not any(
            client.list_executions(
                stateMachineArn=arn(kind), statusFilter="RUNNING", maxResults=1
            )["executions"]
            for kind in ENTERED
        )

    eventually(quiet, seconds=seconds)


def problems(client, record):
    """Everything that contradicts a promise of the server, as sentences."""
    found = [f"unexpected answer: {entry}" for entry in record.of("unexpected")]
    found += _list_problems(client, record)
    answered, answering = record.nonces("answered"), record.nonces("answering")
    for name, execution in sorted(record.started.items()):
        try:
            described = client.describe_execution(executionArn=execution)
        except client.exceptions.ExecutionDoesNotExist:
            found.append(f"{name} was acknowledged and is lost")
            continue
        events = history(client, execution)
        about = _outcome_problems(name, record, described)
        about += _history_problems(record.asked[name], events, described["status"])
        about += _result_problems(described, answered[name], answering[name])
        found += [f"{name}: {problem}" for problem in about]
    return found


def _list_problems(client, record):
    """No name twice, none that nobody asked for, and all that were acknowledged."""
    found = []
    for kind in ENTERED:
        pages = client.get_paginator("list_executions").paginate(stateMachineArn=arn(kind))
        names = collections.Counter(item["name"] for page in pages for item in page["executions"])
        found += [f"{name} is listed {n} times" for name, n in names.items() if n > 1]
        found += [f"{name} was never asked for" for name in names if name not in record.asked]
        acknowledged = {name for name in record.started if record.asked[name] == kind}
        found += [f"{name} is not listed" for name in sorted(acknowledged - set(names))]
    return found


def _outcome_problems(name, record, described):
    expected = "ABORTED" if name in record.stopped else "SUCCEEDED"
    if described["status"] != expected:
        return [f"is {described['status']}, not {expected}: {described.get('error')}"]
    return []


def _history_problems(kind, events, status):
    """Numbers without gap or repeat, one start, one end, and every state as often as it should."""
    found = []
    ids = [event["id"] for event in events]
    if ids != list(range(1, len(ids) + 1)):
        found.append(f"event numbers are {ids}")
    if any(event["previousEventId"] >= event["id"] for event in events):
        found.append("an event points forward")
    types = collections.Counter(event["type"] for event in events)
    if types["ExecutionStarted"] != 1 or events[0]["type"] != "ExecutionStarted":
        found.append("does not start once")
    ends = [event["id"] for event in events if event["type"] in TERMINAL]
    if ends != [len(events)]:
        found.append(f"ends at {ends} of {len(events)} events")
    if status == "SUCCEEDED":
        for side in ["stateEnteredEventDetails", "stateExitedEventDetails"]:
            seen = collections.Counter(event[side]["name"] for event in events if side in event)
            if seen != ENTERED[kind]:
                found.append(f"{side} are {dict(seen)}")
    times = [event["timestamp"] for event in events]
    if times != sorted(times):
        found.append("time goes backwards")
    return found


def _result_problems(described, answered, answering):
    """An acknowledged task result is in the output, and nothing else but what workers sent."""
    nonces = json.loads(described.get("output", "{}")).get("nonces", [])
    found = []
    if not answered <= set(nonces):
        found.append(f"results {answered - set(nonces)} were acknowledged and are lost")
    if not set(nonces) <= answering:
        found.append(f"results {set(nonces) - answering} were never sent")
    if len(nonces) != len(set(nonces)):
        found.append(f"a result counts twice: {nonces}")
    return found
