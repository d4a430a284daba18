"""Kills a loaded server at random moments and checks its promises against an outside ledger.

Nothing acknowledged is lost, no transition happens twice, every execution ends, and no name starts
twice. CRASH_KILLS says how often to kill in a round (20), CRASH_SEED repeats a run, CRASH_MINUTES
goes on with new rounds for that long.
"""

import json
import os
import random
import time

import pytest

import crash_check
import rounds
from server import Server

KILLS = int(os.environ.get("CRASH_KILLS", "20"))
MINUTES = float(os.environ.get("CRASH_MINUTES", "0"))
SEED = int(os.environ.get("CRASH_SEED", str(random.randrange(1_000_000))))

# The shortest and the longest life of a server between two kills.
LIFE_SECONDS = (0.1, 1.5)
END_SECONDS = 180


def test_a_server_killed_at_random_moments_keeps_its_promises(tmp_path):
    rounds.repeat(crash_round, tmp_path, SEED, MINUTES)


def crash_round(directory, seed):
    print(f"crash round with CRASH_SEED={seed} CRASH_KILLS={KILLS}", flush=True)
    server = Server(directory / "data").start()

    def kills(load):
        return kill_at_random(server, load, random.Random(seed))

    try:
        rounds.under_load([server], kills, directory, seed, END_SECONDS, lambda: server)
    finally:
        server.kill()


def kill_at_random(server, load, choices):
    """Lets the server live for a random time, again and again; returns how long restarts took."""
    restarts = []
    for _ in range(KILLS):
        time.sleep(choices.uniform(*LIFE_SECONDS))
        assert load.poll() is None, "the load ended by itself"
        assert server.process.poll() is None, f"the server ended by itself\n{server.tail()}"
        server.kill()
        began = time.monotonic()
        server.start()
        restarts.append(time.monotonic() - began)
    return restarts


@pytest.mark.parametrize(
    "nonces, expected",
    [
        (["1-1"], []),
        ([], ["results {'1-1'} were acknowledged and are lost"]),
        (["1-1", "9-9"], ["results {'9-9'} were never sent"]),
        (["1-1", "1-1"], ["a result counts twice: ['1-1', '1-1']"]),
    ],
)
def test_the_check_notices_results_that_are_lost_made_up_or_doubled(nonces, expected):
    described = {"output": json.dumps({"nonces": nonces})}
    assert crash_check._result_problems(described, {"1-1"}, {"1-1"}) == expected


def test_the_check_notices_a_gap_a_second_end_and_a_state_entered_twice():
    def event(number, kind, **details):
        return {
            "id": number,
            "previousEventId": number - 1,
            "type": kind,
            "timestamp": number,
            **details,
        }

    state = {"name": "Hold"}
    good = [
        event(1, "ExecutionStarted"),
        event(2, "WaitStateEntered", stateEnteredEventDetails=state),
        event(3, "WaitStateExited", stateExitedEventDetails=state),
        event(4, "ExecutionSucceeded"),
    ]
    check = crash_check._history_problems
    assert check("stopped", good, "SUCCEEDED") == []
    assert check("stopped", [*good[:2], *good[3:]], "SUCCEEDED")
    assert check("stopped", [*good, event(5, "ExecutionFailed")], "SUCCEEDED")
    doubled = [*good[:2], event(3, "WaitStateEntered", stateEnteredEventDetails=state)]
    doubled += [event(4, "WaitStateExited", stateExitedEventDetails=state)]
    assert check("stopped", [*doubled, event(5, "ExecutionSucceeded")], "SUCCEEDED")
