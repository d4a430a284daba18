"""What the tests of TestState share: texts of its answers, mocks, states."""

import json

from clients import ACCOUNT, REGION

ECHO = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:echo"
FAIL = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:fail"
START = {
    "Type": "Task",
    "Resource": "arn:aws:states:::states:startExecution",
    "Parameters": {"StateMachineArn": "arn"},
    "End": True,
}

MACHINE = {
    "StartAt": "First",
    "States": {
        "First": {"Type": "Pass", "Next": "Each"},
        "Each": {
            "Type": "Map",
            "ItemsPath": "$.list",
            "ItemSelector": {"n.$": "$$.Map.Item.Value", "i.$": "$$.Map.Item.Index"},
            "MaxConcurrency": 2,
            "ItemProcessor": {
                "StartAt": "Inner",
                "States": {"Inner": {"Type": "Pass", "Parameters": {"x.$": "$.n"}, "End": True}},
            },
            "ResultPath": "$.done",
            "Next": "Both",
        },
        "Both": {
            "Type": "Parallel",
            "Branches": [
                {"StartAt": "L", "States": {"L": {"Type": "Pass", "End": True}}},
                {"StartAt": "R", "States": {"R": {"Type": "Pass", "End": True}}},
            ],
            "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "First"}],
            "End": True,
        },
    },
}

# Members that are JSON texts.
TEXTS = {
    "output", "input", "afterArguments", "afterInputPath", "afterParameters", "result",
    "afterResultSelector", "afterResultPath", "variables", "afterItemsPath", "afterItemSelector",
    "afterItemBatcher", "afterItemsPointer",
}


def read(value):
    """Returns an answer with its JSON texts read."""
    if not isinstance(value, dict):
        return value
    return {
        name: json.loads(member) if name in TEXTS and isinstance(member, str) else read(member)
        for name, member in value.items()
    }


def mocked(result):
    return {"result": json.dumps(result)}


def failing(error, cause="because"):
    return {"errorOutput": {"error": error, "cause": cause}}
