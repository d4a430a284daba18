"""AWS's service model, as botocore carries it: what actions, members, bounds and errors there are."""

import botocore.session

SERVICE = botocore.session.get_session().get_service_model("stepfunctions")
ACTIONS = sorted(SERVICE.operation_names)

# A list stands for its items and is walked once: histories hold events that hold lists.
ITEM = "[]"


def inputs(action):
    """The members of a request: (path, shape, whether it is required), outer ones first."""
    return list(members(SERVICE.operation_model(action).input_shape))


def outputs(action):
    """The paths of the members of an answer, in the order of the model."""
    shape = SERVICE.operation_model(action).output_shape
    return [path for path, _, _ in members(shape)] if shape else []


def errors(action):
    return [shape.name for shape in SERVICE.operation_model(action).error_shapes]


def members(shape, path=()):
    if shape.type_name == "structure":
        for name, member in shape.members.items():
            yield (*path, name), member, name in shape.required_members
            yield from members(member, (*path, name))
    elif shape.type_name == "list" and shape.member.type_name in ("structure", "list"):
        yield from members(shape.member, (*path, ITEM))


def present(value, path=()):
    """The paths of the members that an answer holds."""
    if isinstance(value, dict):
        for name, member in value.items():
            yield (*path, name)
            yield from present(member, (*path, name))
    elif isinstance(value, list):
        for item in value:
            yield from present(item, (*path, ITEM))
