"""What pages about runs ask for beside them: large outputs, exports, the runs of distributed Maps."""

import csv
import io
import json
import urllib.request

import pytest

from clients import ended, eventually
from hooks import push
from rest import Refused, call, quoted

PASS = {"Only": {"Type": "Pass", "End": True}}
LARGE = """
pipeline: {name}
outputs: {{text: '${{{{ needs.make.output.text }}}}'}}
tasks:
  make:
    run: |
      printf 'text=' >> "$COMPASSO_OUTPUT"
      head -c {bytes} /dev/zero | tr '\\0' 'x' >> "$COMPASSO_OUTPUT"
"""
CHILD = {
    "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
    "StartAt": "Look",
    "States": {
        "Look": {
            "Type": "Choice",
            "Choices": [{"Variable": "$.at", "NumericEquals": 1, "Next": "Refuse"}],
            "Default": "Take",
        },
        "Refuse": {"Type": "Fail", "Error": "Bad.Item", "Cause": "one is bad"},
        "Take": {"Type": "Pass", "End": True},
    },
}
EACH = {"Each": {"Type": "Map", "ToleratedFailureCount": 1, "ItemProcessor": CHILD, "End": True}}


def fetched(server, path):
    """The body of an answer, which is no JSON object."""
    with urllib.request.urlopen(f"{server.url}/api/v1{path}", timeout=60) as answer:
        return answer.headers["content-type"], answer.read().decode()


def test_a_large_output_is_asked_for_on_its_own(server, unique):
    name = unique("large")
    push(server, LARGE.format(name=name, bytes=1_200_000))
    run = call(server, "POST", f"/pipelines/{name}/runs?wait=true", {})["id"]

    shown = call(server, "GET", f"/runs/{quoted(run)}")["run"]
    assert shown["status"] == "SUCCEEDED", shown
    assert "output" not in shown and shown["outputBytes"] > 1_200_000
    kind, text = fetched(server, f"/runs/{quoted(run)}/output")
    assert kind == "application/json"
    assert json.loads(text) == {"text": "x" * 1_200_000}


def test_a_run_without_an_output_has_none_to_ask_for(server, machine, start, unique):
    run = start(machine({"No": {"Type": "Fail"}}))
    with pytest.raises(Refused) as refused:
        call(server, "GET", f"/runs/{quoted(run)}/output")
    assert (refused.value.status, refused.value.code) == (404, "NoOutput")


def test_all_runs_that_a_query_finds_are_exported_and_no_others(server, sfn, machine, start, unique):
    name = unique("kept")
    kept = machine(PASS, name=name)
    runs = {start(kept, name=f"a-{n}") for n in range(5)}
    for run in {start(kept, name="b-1")} | runs:
        ended(sfn, run)
    query = f"q={quoted(f'workflow = {name} and name starts with a-')}"

    kind, lines = fetched(server, f"/runs/export?format=jsonl&{query}")
    assert kind == "application/jsonl"
    found = [json.loads(line) for line in lines.splitlines()]
    assert {run["id"] for run in found} == runs and len(found) == 5
    assert {run["status"] for run in found} == {"SUCCEEDED"}

    kind, text = fetched(server, f"/runs/export?format=csv&{query}")
    assert kind.startswith("text/csv")
    rows = list(csv.DictReader(io.StringIO(text)))
    assert {row["id"] for row in rows} == runs
    assert {row["workflow"] for row in rows} == {name}
    assert all(int(row["duration_ms"]) >= 0 for row in rows)

    kind, text = fetched(server, f"/runs/export?format=csv&columns=input.place,input.gone&{query}")
    (head, *rows) = csv.reader(io.StringIO(text))
    assert head[-3:] == ["version", "input.place", "input.gone"]
    assert {tuple(row[-3:]) for row in rows} == {("", "", "")}
    with pytest.raises(Refused) as refused:
        call(server, "GET", "/runs/export", format="csv", columns="output.x")
    assert refused.value.message.startswith("'output.x' is no column: write 'input.'")

    with pytest.raises(Refused) as refused:
        call(server, "GET", "/runs/export", format="xml")
    assert refused.value.message == "'xml' is no format: jsonl, csv"


def test_the_runs_of_a_distributed_map_are_listed_with_their_places_and_errors(server, sfn, machine, start):
    run = start(machine(EACH), [{"at": at} for at in range(4)])
    ended(sfn, run)
    step = call(server, "GET", f"/runs/{quoted(run)}")["steps"][0]
    map_run = quoted(step["mapRun"])

    view = call(server, "GET", f"/map-runs/{map_run}")
    assert (view["run"], view["status"]) == (run, "SUCCEEDED")
    assert (view["runs"]["succeeded"], view["runs"]["failed"], view["runs"]["total"]) == (3, 1, 4)
    failed = call(server, "GET", f"/map-runs/{map_run}/runs", status="FAILED")["items"]
    assert [(one["index"], one["error"], one["cause"]) for one in failed] == [(1, "Bad.Item", "one is bad")]
    assert json.loads(failed[0]["input"]) == {"at": 1}

    first = call(server, "GET", f"/map-runs/{map_run}/runs", limit=3)
    rest = call(server, "GET", f"/map-runs/{map_run}/runs", limit=3, next=first["next"])
    children = first["items"] + rest["items"]
    assert sorted(child["index"] for child in children) == [0, 1, 2, 3]
    child = call(server, "GET", f"/runs/{quoted(failed[0]['id'])}")["run"]
    assert child["parent"] == {"id": run, "state": "Each", "index": 1}


def test_a_nested_execution_and_its_parent_name_each_other(server, sfn, machine, start):
    inner = machine(PASS)
    task = {
        "Type": "Task",
        "Resource": "arn:aws:states:::states:startExecution.sync:2",
        "Parameters": {"StateMachineArn": inner},
        "End": True,
    }
    outer = start(machine({"Inner": task}))
    ended(sfn, outer)
    child = call(server, "GET", f"/runs/{quoted(outer)}")["steps"][0]["child"]
    assert call(server, "GET", f"/runs/{quoted(child)}")["run"]["parent"] == {"id": outer}


def test_facts_tell_what_started_runs_and_how_far_they_are(server, sfn, machine, start, unique):
    name = unique("steps")
    push(server, f"pipeline: {name}\ntasks:\n  one: {{noop: true}}\n  two: {{needs: one, approve: {{}}}}\n")
    by_hand = call(server, "POST", f"/pipelines/{name}/runs", {"name": "one"})["id"]
    plain = start(machine({"First": {"Type": "Pass", "Next": "Last"}, "Last": {"Type": "Succeed"}}))
    ended(sfn, plain)

    def facts():
        items = call(server, "POST", "/runs/facts", {"ids": [by_hand, plain, by_hand, plain + "-gone"]})["items"]
        return [(item["id"], item.get("trigger"), item["progress"]) for item in items]

    expected = [(by_hand, "manual", {"done": 1, "of": 2}), (plain, None, {"done": 2, "of": 2})]
    eventually(lambda: facts() == expected)
    with pytest.raises(Refused) as refused:
        call(server, "POST", "/runs/facts", {"ids": ["x"] * 201})
    assert refused.value.message == "'ids' has at most 200 ARNs of runs"


def test_the_iterations_of_an_inline_map_are_counted_over_a_redrive(server, sfn, machine, start, tmp_path):
    look = {
        "Type": "Task",
        "Resource": "arn:aws:states:::compasso:process",
        "Parameters": {"Command.$": f"States.Array('test', '-e', States.Format('{tmp_path}/{{}}', $))"},
        "End": True,
    }
    each = {
        "Type": "Map",
        "MaxConcurrency": 1,
        "ItemProcessor": {"StartAt": "Look", "States": {"Look": look}},
        "End": True,
    }
    (tmp_path / "a").touch()
    run = start(machine({"Each": each}), ["a", "b", "c", "d"])
    ended(sfn, run)

    def counts():
        steps = call(server, "GET", f"/runs/{quoted(run)}")["steps"]
        (each,) = (step for step in steps if step["state"] == "Each")
        return {name: count for name, count in each["iterations"].items() if count}

    assert counts() == {"succeeded": 1, "failed": 1, "pending": 2}
    path = f"/runs/{quoted(run)}/tasks/Each/instances"
    assert call(server, "GET", path, state="under_way")["items"] == []
    for name in "bcd":
        (tmp_path / name).touch()
    sfn.redrive_execution(executionArn=run)
    eventually(lambda: sfn.describe_execution(executionArn=run)["status"] == "SUCCEEDED")
    assert counts() == {"succeeded": 4}
    states = [item["state"] for item in call(server, "GET", path)["items"]]
    assert states == ["success"] * 4
