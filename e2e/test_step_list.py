"""Steps over runs, and the iterations of Map states."""

import json

import pytest
from clients import ended, eventually
from remote import push
from rest import Refused, call, quoted

ROLE = "arn:aws:iam::000000000000:role/Role"


def machine_run(sfn, name, states, data=None):
    definition = json.dumps({"StartAt": next(iter(states)), "States": states})
    arn = sfn.create_state_machine(name=name, definition=definition, roleArn=ROLE)["stateMachineArn"]
    run = sfn.start_execution(stateMachineArn=arn, input=json.dumps(data or {}))["executionArn"]
    ended(sfn, run)
    return arn, run


def steps(server, **query):
    """Returns all steps that are found, page by page."""
    items, following = [], {}
    while following is not None:
        page = call(server, "GET", "/steps", **query, **following)
        items += page["items"]
        following = {"next": page["next"]} if "next" in page else None
    return items


def test_steps_are_found_over_the_runs_of_machines_and_pipelines(server, sfn, unique):
    name = unique("stepped")
    states = {
        "First": {"Type": "Pass", "Next": "Second"},
        "Second": {"Type": "Fail", "Error": "Odd", "Cause": "by nature"},
    }
    machine, run = machine_run(sfn, name, states)
    found = steps(server, workflow=machine)
    assert [(step["step"], step["state"]) for step in found] == [("First", "succeeded"), ("Second", "failed")]
    [failed] = steps(server, workflow=machine, state="failed")
    assert (failed["run"], failed["workflowName"], failed["error"]) == (run, name, "Odd")
    assert steps(server, workflow=machine, name="irs")[0]["step"] == "First"
    assert steps(server, workflow=machine, longerMs=3_600_000) == []

    pipeline = unique("stepped")
    push(server, f"pipeline: {pipeline}\ntasks:\n  bad: {{run: exit 3}}\n  never: {{needs: bad, noop: true}}\n")
    run = call(server, "POST", f"/pipelines/{pipeline}/runs", {})["id"]
    ended(sfn, run)
    found = steps(server, workflow=run.rsplit(":", 1)[0].replace(":run:", ":pipeline:"))
    assert [(step["step"], step["state"]) for step in found if step["state"] == "failed"] == [("bad", "failed")]


def test_what_runs_under_way_wait_for_is_told_with_their_facts_and_steps(server, sfn, unique):
    name = unique("waiting")
    push(
        server,
        f"""pipeline: {name}
params: {{works: {{type: boolean, default: false}}}}
tasks:
  gate: {{approve: {{message: Go on?}}}}
  later: {{wait: 1h}}
  held: {{if: '${{{{ params.works }}}}', run: sleep 600}}
""",
    )
    group = unique("inside")
    push(server, f"pipeline: {group}\ntasks:\n  around:\n    tasks:\n      later: {{wait: 1h}}\n")
    asks = call(server, "POST", f"/pipelines/{name}/runs", {})["id"]
    works = call(server, "POST", f"/pipelines/{name}/runs", {"params": {"works": True}})["id"]
    inside = call(server, "POST", f"/pipelines/{group}/runs", {})["id"]
    blocked = call(server, "POST", f"/pipelines/{group}/runs", {"hold": True})["id"]
    definition = json.dumps({"StartAt": "Wait", "States": {"Wait": {"Type": "Wait", "Seconds": 3600, "End": True}}})
    machine = sfn.create_state_machine(name=unique("waits"), definition=definition, roleArn=ROLE)["stateMachineArn"]
    waits = sfn.start_execution(stateMachineArn=machine)["executionArn"]
    over = sfn.start_execution(stateMachineArn=machine)["executionArn"]
    sfn.stop_execution(executionArn=over)

    expected = {asks: "approval", works: None, inside: "waiting", blocked: "blocked", waits: "waiting", over: None}

    def told():
        facts = call(server, "POST", "/runs/facts", {"ids": list(expected)})["items"]
        return {fact["id"]: fact.get("waits") for fact in facts} == expected

    eventually(told)
    pipeline = asks.rsplit(":", 1)[0].replace(":run:", ":pipeline:")
    found = steps(server, workflow=pipeline, state="approval")
    assert [(step["step"], step["asks"]) for step in found] == [("gate", True)] * 2
    assert {step["step"] for step in steps(server, workflow=pipeline) if "asks" not in step} >= {"later"}
    for run in (asks, works, inside, blocked, waits):
        call(server, "POST", f"/runs/{quoted(run)}/stop", {})


def test_a_search_for_steps_says_what_it_cannot_mean(server):
    with pytest.raises(Refused, match="state"):
        call(server, "GET", "/steps", state="odd")
    with pytest.raises(Refused, match="longerMs"):
        call(server, "GET", "/steps", longerMs=-1)


def test_iterations_of_a_map_state_are_told_page_by_page_and_by_state(server, sfn, unique):
    states = {
        "Each": {
            "Type": "Map",
            "ItemsPath": "$.items",
            "ItemProcessor": {
                "StartAt": "Odd?",
                "States": {
                    "Odd?": {
                        "Type": "Choice",
                        "Choices": [{"Variable": "$", "NumericGreaterThan": 8, "Next": "Bad"}],
                        "Default": "Good",
                    },
                    "Good": {"Type": "Pass", "End": True},
                    "Bad": {
                        "Type": "Task",
                        "Resource": "arn:aws:states:::compasso:process",
                        "Parameters": {"Command": ["sh", "-c", "echo too large >&2; exit 3"]},
                        "End": True,
                    },
                },
            },
            "End": True,
        }
    }
    _, run = machine_run(sfn, unique("mapped"), states, {"items": list(range(10))})
    path = f"/runs/{quoted(run)}/tasks/Each/instances"
    first = call(server, "GET", path, limit=6)
    assert [item["index"] for item in first["items"]] == [0, 1, 2, 3, 4, 5]
    rest = call(server, "GET", path, limit=6, next=first["next"])
    assert [item["index"] for item in rest["items"]] == [6, 7, 8, 9]
    [failed] = call(server, "GET", path, state="failed")["items"]
    assert (failed["index"], failed["error"], failed["cause"]) == (9, "Process.ExitCode.3", "too large")
    good = first["items"][4]
    assert (good["state"], good["output"]["value"]) == ("success", 4)
    begun = call(server, "GET", f"/runs/{quoted(run)}/events", first=good["event"], limit=1)["items"][0]
    assert begun["type"] == "MapIterationStarted"
