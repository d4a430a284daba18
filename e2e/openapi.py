"""Holds what a server says against `docs/openapi.json`.

The client of the tests shows every answer to `check_answer`, so each test that uses the REST
interface tests its description as well. Here objects have the described members and no others.
"""

import functools
import json
import re
from pathlib import Path

import jsonschema

DOCUMENT = Path(__file__).parent.parent / "docs" / "openapi.json"


@functools.cache
def document():
    """The description, with objects closed to members that it does not name."""
    whole = json.loads(DOCUMENT.read_text())
    _close(whole["components"])
    _close(whole["paths"])
    return whole


def check_answer(method, path, status, body):
    """Fails unless the description has this answer of `METHOD /api/v1…`."""
    name, operation = _operation(method, path)
    responses = operation["responses"]
    answer = responses.get(str(status)) or responses.get(f"{status // 100}XX")
    assert answer, f"docs/openapi.json: {name} answers {status}, which is not described"
    if "$ref" in answer:
        answer = document()["components"]["responses"][answer["$ref"].rsplit("/", 1)[1]]
    content = answer.get("content", {})
    if body is None:
        assert not content, f"docs/openapi.json: {name} {status} has no body"
        return
    schema = content.get("application/json", {}).get("schema")
    assert schema is not None, f"docs/openapi.json: {name} {status} has a body without a schema"
    error = jsonschema.exceptions.best_match(_validator(name, status, schema).iter_errors(body))
    assert error is None, f"docs/openapi.json: {name} {status}: {error.json_path}: {error.message}"


@functools.cache
def _templates():
    found = []
    for path, operations in document()["paths"].items():
        pattern = re.compile(re.sub(r"\\\{\w+\\\}", "[^/]+", re.escape(path)))
        # Those with fewer names in them are more exact.
        found.append((path.count("{"), pattern, path, operations))
    return sorted(found, key=lambda one: one[0])


def _operation(method, path):
    path = path.split("?")[0]
    for _, pattern, template, operations in _templates():
        if method.lower() in operations and pattern.fullmatch(path):
            return f"{method} {template}", operations[method.lower()]
    raise AssertionError(f"docs/openapi.json does not describe {method} {path}")


_validators = {}


def _validator(name, status, schema):
    key = name, status
    if key not in _validators:
        whole = {**schema, "components": document()["components"]}
        _validators[key] = jsonschema.Draft202012Validator(whole)
    return _validators[key]


def _close(value):
    if isinstance(value, list):
        for one in value:
            _close(one)
    elif isinstance(value, dict):
        if isinstance(value.get("properties"), dict) and value.get("type") == "object":
            value.setdefault("additionalProperties", False)
        for one in value.values():
            _close(one)
