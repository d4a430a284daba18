"""The REST interface as its description has it; see `openapi.py` for what every other test adds."""

import json
import urllib.error
import urllib.request

import pytest
from openapi_spec_validator import validate

import openapi
from rest import Refused, call


def test_the_description_is_openapi_and_the_server_answers_it(server):
    described = json.loads(openapi.DOCUMENT.read_text())
    validate(described)
    with urllib.request.urlopen(f"{server.url}/api/v1/openapi.json") as answer:
        assert json.load(answer) == described


def test_a_path_that_is_not_there_is_refused_as_others_are(server):
    for method, path, status in [("GET", "/nowhere", 404), ("DELETE", "/overview", 405)]:
        request = urllib.request.Request(f"{server.url}/api/v1{path}", method=method)
        with pytest.raises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(request, timeout=60)
        said = json.loads(refused.value.read())
        assert (refused.value.code, said["code"]) == (status, "UnknownOperationException")
        assert said["message"] == f"Unknown operation: {method} /api/v1{path}" and said["requestId"]


def test_what_pages_begin_with_is_as_described(server):
    for path in ("/info", "/workflows", "/pipelines", "/runs", "/approvals", "/calendars"):
        call(server, "GET", path)
    for path in ("/queues", "/pools", "/breakers", "/workers", "/secrets"):
        call(server, "GET", path)


@pytest.mark.parametrize(
    ("method", "path", "body", "name", "others"),
    [
        ("POST", "/runs", {"workflow": "w", "inptu": "{}"}, "inptu", ["workflow", "name", "input"]),
        ("PUT", "/pools/p", {"size": 1, "sise": 2}, "sise", ["size"]),
        ("POST", "/pipelines/p/pause", {"reson": "why"}, "reson", ["reason"]),
        ("GET", "/runs?stauts=FAILED", None, "stauts", ["status"]),
        ("GET", "/approvals?sate=open", None, "sate", ["state"]),
    ],
)
def test_a_name_that_means_nothing_is_refused_with_those_that_do(
    server, method, path, body, name, others
):
    with pytest.raises(Refused) as refused:
        call(server, method, path, body)
    assert refused.value.status == 400
    assert f"unknown field `{name}`" in refused.value.message
    assert all(f"`{other}`" in refused.value.message for other in others)


def test_tasks_of_runs_are_found_by_the_short_name_of_the_run(server, unique):
    name = unique("short")
    text = f"pipeline: {name}\ntasks:\n  load: {{each: '[1..3]', noop: true, outputs: {{n: '${{{{ item }}}}'}}}}\n"
    call(server, "POST", "/pipelines", text=text)
    call(server, "POST", f"/pipelines/{name}/runs?wait=true", {"name": "one"})
    [task] = call(server, "GET", f"/runs/{name}:one/tasks")["items"]
    assert (task["id"], task["state"]) == ("load", "success")
    found = call(server, "GET", f"/runs/{name}:one/tasks/load/instances", limit=2)
    assert [one["output"]["value"] for one in found["items"]] == [{"n": 1}, {"n": 2}]
    rest = call(server, "GET", f"/runs/{name}:one/tasks/load/instances", next=found["next"])
    assert [one["key"] for one in rest["items"]] == ["2"]
