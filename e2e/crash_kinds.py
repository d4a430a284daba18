"""The workflows of the crash test, and what each must have done when it is over."""

import json
import sys

from clients import ACCOUNT, REGION

PROCESS = "arn:aws:states:::compasso:process"
PASS = {"Type": "Pass"}


def arn(kind):
    return f"arn:aws:states:{REGION}:{ACCOUNT}:stateMachine:crash-{kind}"


def _chain(*states):
    """Puts (name, state) pairs one after another."""
    names = [name for name, _ in states]
    follow = [{"Next": name} for name in names[1:]] + [{"End": True}]
    linked = {name: {**state, **go} for (name, state), go in zip(states, follow, strict=True)}
    return {"StartAt": names[0], "States": linked}


def definitions(activity):
    """The definition of each kind; every state is entered once, but for the items of the Map."""
    wait = {"Type": "Wait", "Seconds": 1}
    # A kill may fall between the note that a worker has a task and the answer that gives it to the
    # worker. As on AWS, a time-out with a retry is what covers that.
    work = {
        "Type": "Task",
        "Resource": activity,
        "TimeoutSeconds": 5,
        "Retry": [{"ErrorEquals": ["States.Timeout"], "IntervalSeconds": 1, "MaxAttempts": 100}],
    }
    process = {
        "Type": "Task",
        "Resource": PROCESS,
        "Parameters": {"Command": [sys.executable, "-S", "-c", "print(1)"]},
        "ResultPath": None,
    }
    item = _chain(("Item", PASS), ("Item wait", wait), ("Item end", PASS))
    each = {"Type": "Map", "ItemsPath": "$.items", "ItemProcessor": item, "ResultPath": None}
    branch = {"Type": "Parallel", "Branches": [_chain(("Left", wait)), _chain(("Right", PASS))]}
    return {
        "chain": _chain(("A", PASS), ("B", PASS), ("Wait", wait), ("C", PASS), ("D", PASS)),
        "task": _chain(("Before", PASS), ("Work", work), ("After", PASS)),
        "twice": _chain(("First", work), ("Second", work)),
        "map": _chain(("Each", each), ("Both", {**branch, "ResultPath": None}), ("Last", PASS)),
        "process": _chain(("Run", process), ("Ran", PASS)),
        "stopped": _chain(("Hold", {"Type": "Wait", "Seconds": 3600})),
    }


# How often an execution of a kind enters each of its states.
ENTERED = {
    "chain": dict.fromkeys(["A", "B", "Wait", "C", "D"], 1),
    "task": dict.fromkeys(["Before", "Work", "After"], 1),
    "twice": dict.fromkeys(["First", "Second"], 1),
    "map": {
        **dict.fromkeys(["Each", "Both", "Left", "Right", "Last"], 1),
        **dict.fromkeys(["Item", "Item wait", "Item end"], 3),
    },
    "process": dict.fromkeys(["Run", "Ran"], 1),
    "stopped": {"Hold": 1},
}


def input_of(kind, name):
    return json.dumps({"kind": kind, "name": name, "items": [1, 2, 3]})
