"""Every action of AWS's model, and every bound it sets: what breaks one is refused in AWS's words."""

import json
import re

import pytest
import urllib3

import model
from clients import ACCOUNT, REGION, ROLE

PASS = json.dumps({"StartAt": "A", "States": {"A": {"Type": "Pass", "End": True}}})
PREFIX = f"arn:aws:states:{REGION}:{ACCOUNT}"
MACHINE = f"{PREFIX}:stateMachine:nobody-made-this"

# A good value for each member of a request, by its last name. Nothing of it exists, and no request
# is ever carried out: bounds are looked at first.
GOOD = {
    "name": "model",
    "definition": PASS,
    "roleArn": ROLE,
    "stateMachineArn": MACHINE,
    "stateMachineVersionArn": f"{MACHINE}:1",
    "stateMachineAliasArn": f"{MACHINE}:PROD",
    "executionArn": f"{PREFIX}:execution:nobody-made-this:e",
    "mapRunArn": f"{PREFIX}:mapRun:nobody-made-this/L:u",
    "activityArn": f"{PREFIX}:activity:nobody-made-this",
    "resourceArn": f"{PREFIX}:activity:nobody-made-this",
    "taskToken": "token",
    "output": "{}",
    "weight": 100,
    "type": "AWS_OWNED_KEY",
    "key": "k",
    "value": "v",
    "tagKeys": ["k"],
}

# Bounds that AWS itself was seen not to keep, with the reason.
UNBOUND = {
    ("ValidateStateMachineDefinition", ("definition",), "min"): "an empty text is diagnosed instead",
}


def good(shape, name):
    if shape.type_name == "structure":
        required = shape.required_members
        return {key: good(member, key) for key, member in shape.members.items() if key in required}
    if shape.type_name == "list":
        return GOOD[name] if name in GOOD else [good(shape.member, name)]
    if name in GOOD:
        return GOOD[name]
    return {"string": "x", "integer": 1, "boolean": True}[shape.type_name]


def request(action, path, value):
    """A good request but for the member at `path`."""
    shape = model.SERVICE.operation_model(action).input_shape
    body = good(shape, action)
    place = body
    for step in path[:-1]:
        if step == model.ITEM:
            shape, place = shape.member, place[0]
            continue
        shape = shape.members[step]
        if not isinstance(place.get(step), (dict, list)) or not place[step]:
            place[step] = good(shape, step)
        if shape.type_name == "list" and shape.member.type_name == "structure":
            place[step] = [good(shape.member, step)]
        place = place[step]
    if path[-1] == model.ITEM:
        place[0] = value
    else:
        place[path[-1]] = value
    return body


def written(path):
    """A path as AWS writes it into messages: items are members, counted from one."""
    return ".".join("1.member" if step == model.ITEM else step for step in path)


def breaches(action):
    """What breaks the bounds of a request: (path, bound, broken value, what must be said)."""
    for path, shape, required in model.inputs(action):
        if required:
            yield path, "required", None, "Member must not be null"
        if shape.type_name == "list":
            bounds = {key: shape.metadata[key] for key in ("min", "max") if key in shape.metadata}
            if shape.member.type_name == "string":
                yield from breaches_of(shape.member, (*path, model.ITEM))
            item = good(shape.member, path[-1]) if shape.member.type_name == "structure" else "x"
            if "min" in bounds:
                yield path, "min", [], f"length greater than or equal to {bounds['min']}"
            if "max" in bounds:
                more = [item] * (bounds["max"] + 1)
                yield path, "max", more, f"length less than or equal to {bounds['max']}"
        else:
            yield from breaches_of(shape, path)


def breaches_of(shape, path):
    low, high = shape.metadata.get("min"), shape.metadata.get("max")
    if shape.type_name == "string":
        if low:
            yield path, "min", "", f"length greater than or equal to {low}"
        if high:
            yield path, "max", "a" * (high + 1), f"length less than or equal to {high}"
        if shape.enum:
            yield path, "enum", "sideways", "Member must satisfy enum value set: ["
        if "pattern" in shape.metadata:
            pattern = shape.metadata["pattern"]
            yield path, "pattern", "ü", f"Member must satisfy regular expression pattern: {pattern}"
    elif shape.type_name in ("integer", "long", "float", "double"):
        if low is not None:
            yield path, "min", low - 1, f"value greater than or equal to {low}"
        if high is not None:
            yield path, "max", high + 1, f"value less than or equal to {high}"


CASES = [
    pytest.param(action, *breach, id=f"{action}-{'.'.join(breach[0])}-{breach[1]}")
    for action in model.ACTIONS
    for breach in breaches(action)
]

HTTP = urllib3.PoolManager()


def call(server, action, body):
    answer = HTTP.request(
        "POST",
        server.url,
        body=json.dumps(body).encode(),
        headers={
            "content-type": "application/x-amz-json-1.0",
            "x-amz-target": f"AWSStepFunctions.{action}",
            "authorization": (
                f"AWS4-HMAC-SHA256 Credential=test/20260101/{REGION}/states/aws4_request, "
                "SignedHeaders=host, Signature=0"
            ),
        },
    )
    return answer.status, json.loads(answer.data)


@pytest.mark.parametrize("action", model.ACTIONS)
def test_every_action_is_there(server, action):
    status, answer = call(server, action, {"unknown": "member"})
    assert answer.get("__type") != "UnknownOperationException", answer
    assert status in (200, 400), answer


@pytest.mark.parametrize("action, path, bound, value, said", CASES)
def test_what_breaks_a_bound_is_refused(server, action, path, bound, value, said):
    status, answer = call(server, action, request(action, path, value))
    if (action, path, bound) in UNBOUND:
        assert answer.get("__type") != "ValidationException", answer
        return
    assert (status, answer["__type"]) == (400, "ValidationException"), answer
    place = re.escape(f" at '{written(path)}' failed to satisfy constraint: ")
    assert re.search(rf"{place}[^;]*{re.escape(said)}", answer["message"]), answer
    assert re.match(r"\d+ validation errors? detected: ", answer["message"]), answer


def test_several_breaches_are_told_at_once(server):
    status, answer = call(server, "CreateActivity", {"name": "", "tags": [{"key": "", "value": "v"}]})
    assert status == 400
    assert answer["message"] == (
        "2 validation errors detected: Value '' at 'name' failed to satisfy constraint: Member must "
        "have length greater than or equal to 1; Value '' at 'tags.1.member.key' failed to satisfy "
        "constraint: Member must have length greater than or equal to 1"
    )
