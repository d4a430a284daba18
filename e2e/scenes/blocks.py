"""Blocks within blocks: Map and Parallel, and what becomes of the rest when one part fails."""

from scenes import LAMBDA, PASS, scene

FAIL = {"Type": "Fail", "Error": "Broken", "Cause": "as asked"}
WAIT = {"Type": "Wait", "Seconds": 3600, "End": True}


def block(name, state):
    return {"StartAt": name, "States": {name: state}}


def map_of(processor, **fields):
    return {"M": {"Type": "Map", "ItemProcessor": processor, "End": True, **fields}}


@scene("an inline Map")
def maps(stage):
    stage.run(map_of(block("A", PASS)), [1, 2])


@scene("an inline Map with an iteration that fails")
def map_fails(stage):
    choice = {
        "Type": "Choice",
        "Choices": [{"Variable": "$", "NumericEquals": 1, "Next": "Bad"}],
        "Default": "Hold",
    }
    processor = {"StartAt": "C", "States": {"C": choice, "Bad": FAIL, "Hold": WAIT}}
    stage.run(map_of(processor), [0, 1])


@scene("a Parallel state")
def parallel(stage):
    branches = [block("A", PASS), block("B", PASS)]
    stage.run({"P": {"Type": "Parallel", "Branches": branches, "End": True}})


@scene("a Parallel state with a branch that fails")
def parallel_fails(stage):
    slow = {"Type": "Task", "Resource": f"{LAMBDA}echo", "End": True}
    branches = [block("A", FAIL), block("B", slow), block("C", WAIT)]
    stage.run({"P": {"Type": "Parallel", "Branches": branches, "End": True}})


@scene("an expression that fails")
def evaluation_fails(stage):
    state = {"Type": "Pass", "Output": "{% $nothing %}", "End": True}
    stage.run({"A": state}, top={"QueryLanguage": "JSONata"})


@scene("every kind of state")
def kinds(stage):
    states = {
        "C": {
            "Type": "Choice",
            "Choices": [{"Variable": "$", "IsPresent": True, "Next": "W"}],
        },
        "W": {"Type": "Wait", "Seconds": 0, "Next": "S"},
        "S": {"Type": "Succeed"},
    }
    stage.run(states)
