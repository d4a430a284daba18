"""TestState: what cannot be tested is refused in AWS's words."""

import pytest

from one_state import ECHO, MACHINE, START, failing, mocked

TASK = {"Type": "Task", "Resource": ECHO, "End": True}
PASS = {"Type": "Pass", "End": True}
WITHOUT_MOCK = "TestState does not support {} when a mock is not specified."


@pytest.mark.parametrize(
    ("state", "fields", "code", "message"),
    [
        (TASK, {}, "ValidationException", "RoleArn must be specified when testing a Task state"),
        (
            TASK,
            {"mock": {}},
            "ValidationException",
            "A test mock should have only one of the following fields: [result, errorOutput].",
        ),
        (
            TASK,
            {"mock": {**mocked(1), **failing("E")}},
            "ValidationException",
            "A test mock should have only one of the following fields: [result, errorOutput].",
        ),
        (
            PASS,
            {"mock": mocked(1)},
            "ValidationException",
            "State type 'Pass' is not supported when a mock is specified",
        ),
        (
            TASK,
            {"mock": {"result": "{"}},
            "ValidationException",
            "Mocked result must be valid JSON",
        ),
        (
            START,
            {"mock": mocked({"ExecutionArn": "arn"})},
            "ValidationException",
            "Mock result schema validation error: Required field 'StartDate' is missing",
        ),
        (
            START,
            {"mock": {**mocked({"ExecutionArn": 1}), "fieldValidationMode": "PRESENT"}},
            "ValidationException",
            "Mock result schema validation error: Field 'ExecutionArn' must be a string",
        ),
        (
            START,
            {"mock": mocked("text")},
            "ValidationException",
            "Mocked result must be a JSON object.",
        ),
        (
            MACHINE,
            {"stateName": "Each", "input": '{"list":[]}', "mock": mocked(1)},
            "ValidationException",
            "Mocked result must be an array.",
        ),
        (
            MACHINE,
            {"stateName": "Each"},
            "InvalidDefinition",
            "TestState API does not support Map or Parallel states. Supported state types "
            "include: [Task, Wait, Pass, Succeed, Fail, Choice]",
        ),
        (
            MACHINE,
            {"stateName": "Nowhere"},
            "ValidationException",
            "State not found in definition",
        ),
        (
            MACHINE,
            {
                "stateName": "Each",
                "input": '{"list":[1]}',
                "mock": mocked([1]),
                "stateConfiguration": {"mapIterationFailureCount": 2},
            },
            "ValidationException",
            "Map iteration failure count must be less than or equal to the number of Map "
            "iterations",
        ),
        (
            PASS,
            {"stateConfiguration": {"mapIterationFailureCount": 1}},
            "ValidationException",
            WITHOUT_MOCK.format("MapIterationFailureCount"),
        ),
        (PASS, {"context": "{}"}, "ValidationException", WITHOUT_MOCK.format("Context")),
        (
            TASK,
            {"mock": mocked(1), "revealSecrets": True},
            "ValidationException",
            "TestState does not support RevealSecrets when a mock is specified.",
        ),
        (
            MACHINE,
            {
                "stateName": "Both",
                "mock": failing("E"),
                "stateConfiguration": {"errorCausedByState": "Nowhere"},
            },
            "ValidationException",
            "State not found in definition",
        ),
        (
            TASK,
            {"mock": mocked(1), "context": '{"State":1}'},
            "ValidationException",
            "Invalid Context object provided: 'State' must be a JSON object.",
        ),
        (
            PASS,
            {"input": "{"},
            "InvalidExecutionInput",
            None,
        ),
        (
            PASS,
            {"inspectionLevel": "ALL"},
            "ValidationException",
            "1 validation error detected: Value 'ALL' at 'inspectionLevel' failed to satisfy "
            "constraint: Member must satisfy enum value set: [INFO, DEBUG, TRACE]",
        ),
        ("{}", {}, "InvalidDefinition", None),
        ("[]", {}, "InvalidDefinition", None),
        ("{", {}, "InvalidDefinition", None),
    ],
)
def test_what_cannot_be_tested_is_refused(refused, state, fields, code, message):
    name, text = refused(state, **fields)
    assert name == code
    assert message is None or text == message
