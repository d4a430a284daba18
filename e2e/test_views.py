"""What people look at: many runs, schedules and versions in one answer."""

import json

import pytest
from clients import ask_own, ended, eventually, step_functions
from rest import Refused, call, quoted

GRID = """
pipeline: {name}
on: {{schedule: {{every: 1h, timezone: UTC}}}}
params: {{fails: {{type: boolean, default: false}}}}
tasks:
  first: {{noop: true}}
  checked:
    needs: first
    run: "exit ${{{{ params.fails ? 3 : 0 }}}}"
  last: {{needs: checked, noop: true}}
"""
ROLE = "arn:aws:iam::000000000000:role/Role"


def machine(seconds):
    return json.dumps({"StartAt": "Wait", "States": {"Wait": {"Type": "Wait", "Seconds": seconds, "End": True}}})


def run(server, pipeline, name, **params):
    order = {"name": name, "params": params}
    run = call(server, "POST", f"/pipelines/{pipeline}/runs", order)["id"]
    ended = ("SUCCEEDED", "FAILED")
    eventually(lambda: call(server, "GET", f"/runs/{quoted(run)}")["run"]["status"] in ended)
    return run


def test_a_grid_shows_each_task_in_each_run(server):
    call(server, "POST", "/pipelines", text=GRID.format(name="grid"))
    run(server, "grid", "good")
    run(server, "grid", "bad", fails=True)
    grid = call(server, "GET", "/pipelines/grid/grid")
    assert grid["tasks"] == ["first", "checked", "last"]
    assert [(it["name"], list(it["states"].values())) for it in grid["runs"]] == [
        ("bad", ["failed", "success", "upstream_failed"]),
        ("good", ["success", "success", "success"]),
    ]
    page = call(server, "GET", "/pipelines/grid/grid", runs=1)
    assert [it["name"] for it in page["runs"]] == ["bad"]
    page = call(server, "GET", "/pipelines/grid/grid", runs=1, next=page["next"])
    assert [it["name"] for it in page["runs"]] == ["good"]


def test_the_schedules_of_all_workflows_are_one_list(own):
    client = step_functions(own.url)
    arn = client.create_state_machine(name="by-clock", definition=machine(0), roleArn=ROLE)["stateMachineArn"]
    created = ask_own(own, "CreateSchedule", name="often", stateMachineArn=arn, spec={"every": "1s"})
    assert created[0] == 200, created
    call(own, "POST", "/pipelines", text=GRID.format(name="by-hour"))

    def listed():
        return {it["workflowName"]: it for it in call(own, "GET", "/schedules")["items"]}

    eventually(lambda: listed()["by-clock"].get("last", {}).get("state") == "run")
    found = listed()
    assert (found["by-clock"]["workflow"], found["by-clock"]["words"]) == (arn, "every second")
    assert "last" not in found["by-hour"] and len(found["by-hour"]["next"]) == 5


def test_the_overview_counts_the_runs_of_a_day(own_server):
    call(own_server, "POST", "/pipelines", text=GRID.format(name="counted"))
    run(own_server, "counted", "good")
    failed = run(own_server, "counted", "bad", fails=True)
    overview = call(own_server, "GET", "/overview")
    (course,) = overview["workflows"]
    assert (course["name"], course["running"], course["succeeded"], course["failed"]) == ("counted", 0, 1, 1)
    assert [it["name"] for it in course["latest"]] == ["bad", "good"]
    (failure,) = overview["failures"]
    assert (failure["run"]["id"], failure["error"], failure["ids"]) == (failed, "Exit.3", [failed])
    assert overview["ended"]["FAILED"] == 1
    assert sum(hour["failed"] for hour in overview["hours"]) == 1


WAREHOUSE = {
    "StartAt": "Look",
    "States": {
        "Look": {
            "Type": "Choice",
            "Choices": [
                {"Variable": "$.stock", "StringEquals": "none", "Next": "Sold out"},
                {"Variable": "$.stock", "StringEquals": "locked", "Next": "Locked"},
            ],
            "Default": "Pack",
        },
        "Sold out": {"Type": "Fail", "Error": "NoStock", "CausePath": "$.cause"},
        "Locked": {"Type": "Fail", "Error": "NoStock", "Cause": "the shelf is locked"},
        "Pack": {"Type": "Succeed"},
    },
}


def warehouse(server):
    """Runs that failed in two states, twice alike, and one that went well."""
    client = step_functions(server.url)
    arn = client.create_state_machine(name="warehouse", definition=json.dumps(WAREHOUSE), roleArn=ROLE)["stateMachineArn"]
    for at, stock in enumerate(["none", "locked", "none", "plenty"]):
        order = {"stock": stock, "cause": f"order {at}17 wants more"}
        run = client.start_execution(stateMachineArn=arn, name=f"run-{at}", input=json.dumps(order))["executionArn"]
        ended(client, run)
    return arn


def test_failures_are_told_by_the_step_they_happened_in(own_server):
    arn = warehouse(own_server)
    groups = call(own_server, "GET", "/overview")["failures"]
    assert [(it["step"], it["error"], len(it["ids"])) for it in groups] == [
        ({"name": "Sold out", "state": "failed"}, "NoStock", 2),
        ({"name": "Locked", "state": "failed"}, "NoStock", 1),
    ]
    steps = call(own_server, "GET", "/steps", workflow=arn, state="failed", name="Sold out", error="NoStock")["items"]
    assert [it["runName"] for it in steps] == ["run-2", "run-0"]
    assert call(own_server, "GET", "/steps", workflow=arn, error="Other")["items"] == []


def test_the_steps_of_the_latest_runs_are_measured(own_server):
    arn = warehouse(own_server)
    figures = call(own_server, "GET", "/steps/figures", workflow=arn)
    assert (figures["runs"], figures["omittedRuns"]) == (4, 0)
    by_step = {it["step"]: it for it in figures["items"]}
    assert by_step["Look"]["counts"] == {"succeeded": 4} and by_step["Look"]["failures"] == []
    assert by_step["Look"]["durations"]["p50Ms"] <= by_step["Look"]["durations"]["p95Ms"]
    sold_out = by_step["Sold out"]
    (failure,) = sold_out["failures"]
    assert (sold_out["counts"], failure["count"], failure["error"]) == ({"failed": 2}, 2, "NoStock")
    assert failure["cause"] == "order 217 wants more" and failure["run"].endswith(":run-2"), failure
    assert "durations" not in sold_out
    latest = call(own_server, "GET", "/steps/figures", workflow=arn, runs=1)
    assert (latest["runs"], {it["step"] for it in latest["items"]}) == (1, {"Look", "Pack"})
    with pytest.raises(Refused):
        call(own_server, "GET", "/steps/figures", workflow=arn, runs=1000)


def test_a_workflow_is_shown_with_its_versions_and_how_they_differ(server):
    client = step_functions(server.url)
    created = client.create_state_machine(
        name="versioned", definition=machine(1), roleArn=ROLE, publish=True, versionDescription="the first"
    )
    arn = created["stateMachineArn"]
    client.update_state_machine(stateMachineArn=arn, definition=machine(2))
    view = call(server, "GET", f"/workflows/{quoted(arn)}")
    assert (view["name"], view["kind"], json.loads(view["definition"])) == ("versioned", "STANDARD", json.loads(machine(2)))
    assert [(it["number"], it["description"]) for it in view["versions"]] == [(1, "the first")]
    assert json.loads(call(server, "GET", f"/workflows/{quoted(arn + ':1')}")["definition"]) == json.loads(machine(1))
    text = call(server, "GET", f"/workflows/{quoted(arn + ':1')}/diff", **{"with": arn})["text"]
    assert "-" + machine(1) in text and "+" + machine(2) in text


def test_a_server_without_connections_lists_none(own_server):
    assert call(own_server, "GET", "/connections") == {"items": []}
