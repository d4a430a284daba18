"""Search over all executions, over the action and the commands."""

import contextlib
import json
import sqlite3

import pytest

from clients import ask_own, command, ended, eventually, step_functions
from rest import Refused, call

PASS = {"Only": {"Type": "Pass", "End": True}}
FAIL = {"Only": {"Type": "Fail", "Error": "Broken"}}
WAIT = {"Only": {"Type": "Wait", "Seconds": 3600, "End": True}}


def index(server, workflow, *attributes):
    ran = command(server, "search-attributes", "set", workflow, *attributes)
    assert ran.returncode == 0, ran.stderr


def find(server, query, **members):
    """The names of what a query finds, over all pages."""
    names, token = [], {}
    while True:
        status, page = ask_own(server, "SearchExecutions", query=query, **members, **token)
        assert status == 200, page
        names += [execution["name"] for execution in page["executions"]]
        if "nextToken" not in page:
            return names
        token = {"nextToken": page["nextToken"]}


def orders(server, machine, start):
    """Three workflows with executions by name; returns the client and the ARNs by name."""
    sfn = step_functions(server.url)
    machines = {
        name: machine(states, client=sfn, name=name)
        for name, states in [("good", PASS), ("bad", FAIL), ("slow", WAIT)]
    }
    for name in machines:
        index(server, name, "customer=$.customer.id", "total=$.total", "express=$.express")
    arns = {}
    for name, workflow, value in [
        ("a", "good", {"customer": {"id": "c-1"}, "total": 12.5, "express": True}),
        ("b", "bad", {"customer": {"id": "c-1"}, "total": 7}),
        ("c", "slow", {"customer": {"id": "c-2"}, "total": 100, "express": False}),
        ("d", "good", {"customer": {"id": 7}, "total": "many", "express": None}),
    ]:
        arns[name] = start(machines[workflow], value, client=sfn, name=name)
        if workflow != "slow":
            ended(sfn, arns[name])
    return sfn, arns


def test_executions_of_all_workflows_are_found_by_what_they_have(own, machine, start):
    orders(own, machine, start)
    for query, names in [
        ("", "dcba"),
        ("status = FAILED", "b"),
        ('input.customer = "c-1"', "ba"),
        ('status = FAILED and started > now-24h and input.customer = "c-1"', "b"),
        ("input.total > 10 and input.total <= 100", "ca"),
        ("input.customer = 7", "d"),
        ('input.customer = "7"', ""),
        ("input.express = true or input.express = false", "ca"),
        ("not input.express exists", "db"),
        ("workflow = good", "da"),
        ("workflow starts with s and duration >= 0s", "c"),
        ("workflow = good and status = SUCCEEDED and stopped < now", "da"),
        ("started < now-1h", ""),
        ("name in (a, d)", "da"),
        ("redrives = 0 and status in (running, failed)", "cb"),
    ]:
        assert "".join(find(own, query)) == names, query
    assert find(own, "workflow = good", sort="EARLIEST_FIRST") == ["a", "d"]


def test_pages_join_and_their_tokens_belong_to_one_search(own, machine, start):
    orders(own, machine, start)
    everything = find(own, "")
    assert find(own, "", maxResults=1) == everything
    _, page = ask_own(own, "SearchExecutions", query="", maxResults=1)
    members = {"query": "status = FAILED", "nextToken": page["nextToken"]}
    status, answer = ask_own(own, "SearchExecutions", **members)
    assert (status, answer["__type"]) == (400, "InvalidToken")


def test_values_are_durable_with_the_start_and_shown(own, machine, start):
    sfn, arns = orders(own, machine, start)
    own.kill()
    own.start()
    _, page = ask_own(own, "SearchExecutions", query='input.customer = "c-2"')
    (only,) = page["executions"]
    assert only["executionArn"] == arns["c"] and only["status"] == "RUNNING"
    assert only["searchAttributes"] == {"customer": "c-2", "total": 100, "express": False}
    sfn.stop_execution(executionArn=arns["c"])
    assert find(own, 'status = ABORTED and input.customer = "c-2"') == ["c"]
    ran = command(own, "search", 'input.customer = "c-1"', "--limit", "1", "--json")
    assert json.loads(ran.stdout)["name"] == "b", ran.stderr
    ran = command(own, "search", "input.total = 12.5")
    assert 'customer="c-1" express=true total=12.5' in ran.stdout, ran.stderr


def test_a_list_of_runs_has_their_versions_and_what_they_are_searched_by(own, machine, start):
    sfn, arns = orders(own, machine, start)
    workflow = arns["a"].replace(":execution:", ":stateMachine:").removesuffix(":a")
    version = sfn.publish_state_machine_version(stateMachineArn=workflow)["stateMachineVersionArn"]
    start(version, {}, client=sfn, name="e")
    runs = {run["name"]: run for run in call(own, "GET", "/runs")["items"]}
    assert runs["a"]["attributes"] == {"customer": "c-1", "total": 12.5, "express": True}
    assert "version" not in runs["a"]
    assert runs["e"]["version"] == version and "attributes" not in runs["e"]


def test_only_later_starts_have_new_attributes(own, machine, start):
    sfn = step_functions(own.url)
    arn = machine(PASS, client=sfn, name="late")
    start(arn, {"n": 1}, client=sfn, name="before")
    index(own, "late", "n=$.n")
    start(arn, {"n": 1}, client=sfn, name="between")
    sfn.update_state_machine(stateMachineArn=arn, roleArn="arn:aws:iam::000000000000:role/b")
    start(arn, {"n": 1}, client=sfn, name="updated")
    assert command(own, "search-attributes", "list", "late").stdout.split() == [
        "NAME",
        "PATH",
        "n",
        "$.n",
    ]
    index(own, "late")
    start(arn, {"n": 1}, client=sfn, name="after")
    assert sorted(find(own, "input.n = 1")) == ["between", "updated"]


def test_a_query_that_is_wrong_is_shown_with_its_place(own):
    ran = command(own, "search", "stat = FAILED and duration > 5")
    assert ran.returncode == 2
    for line in [
        "there is no field 'stat' (did you mean 'status'?)",
        "  stat = FAILED and duration > 5\n  ^^^^",
        "'5' is not a length of time",
    ]:
        assert line in ran.stderr, ran.stderr


def test_attributes_that_cannot_be_are_refused(own, machine):
    sfn = step_functions(own.url)
    arn = machine(PASS, client=sfn)
    express = machine(PASS, client=sfn, kind="EXPRESS")
    for attributes, told in [
        ({"a b": "$.a"}, "'a b'"),
        ({"a": "$.a[*]"}, "one value"),
        ({"a": "customer"}, "'customer'"),
        ({"a": "$$.Execution.Id"}, "one value"),
        ({str(n): "$.a" for n in range(21)}, "at most 20"),
    ]:
        members = {"stateMachineArn": arn, "searchAttributes": attributes}
        status, answer = ask_own(own, "PutSearchAttributes", **members)
        assert (status, answer["__type"]) == (400, "ValidationException"), attributes
        assert told in answer["message"], answer
    members = {"stateMachineArn": express, "searchAttributes": {"a": "$.a"}}
    _, answer = ask_own(own, "PutSearchAttributes", **members)
    assert answer["__type"] == "StateMachineTypeNotSupported"


def test_search_is_off_unless_it_is_asked_for(server):
    ran = command(server, "search")
    assert ran.returncode == 2 and "[beyond-aws] search = true" in ran.stderr, ran.stderr


def test_executions_are_found_by_the_error_they_ended_with(own, machine, start):
    _, arns = orders(own, machine, start)
    ran = command(own, "stop", "slow:c", "--error", "Enough", "--cause", "no more")
    assert ran.returncode == 0, ran.stderr
    assert find(own, "error = Broken") == ["b"]
    assert find(own, 'error = "Broken" or error contains "oug"') == ["c", "b"]
    assert sorted(find(own, "not error exists")) == ["a", "d"]
    assert find(own, "status = FAILED and error starts with Bro and input.customer = c-1") == ["b"]
    page = call(own, "GET", "/runs", q="error in (Enough, Other)")
    assert [run["id"] for run in page["items"]] == [arns["c"]]
    own.kill()
    own.start()
    assert find(own, "error = Broken") == ["b"]


def test_runs_are_listed_by_the_name_of_their_workflow(own, machine, start):
    orders(own, machine, start)
    push = "pipeline: piped\ntasks: {a: {noop: true}}\n"
    call(own, "POST", "/pipelines", text=push)
    run = call(own, "POST", "/pipelines/piped/runs", {"name": "e"})["id"]
    ended(step_functions(own.url), run)
    listed = lambda **asked: [run["name"] for run in call(own, "GET", "/runs", **asked)["items"]]
    assert sorted(listed(workflow="good")) == ["a", "d"]
    assert listed(workflow="piped") == listed(workflow="piped:1") == ["e"]
    assert listed(workflow="bad", q="error = Broken") == ["b"]
    bars = call(own, "GET", "/runs/histogram", workflow="piped")["items"]
    assert sum(bar["succeeded"] for bar in bars) == 1
    steps = call(own, "GET", "/steps", workflow="bad")["items"]
    assert [step["step"] for step in steps] == ["Only"]
    with pytest.raises(Refused) as refused:
        listed(workflow="nobody")
    assert refused.value.code == "StateMachineDoesNotExist"


def test_executions_have_labels_of_their_own(own, machine, start):
    orders(own, machine, start)
    call(own, "POST", "/pipelines", text="pipeline: piped\nlabels: {team: data}\ntasks: {a: {noop: true}}\n")
    for workflow in ["good", "piped"]:
        arguments = ["start", workflow, "--name", "l", "--label", "ticket=T=1", "--label", "env=test"]
        ran = command(own, *arguments, "--wait")
        assert ran.returncode == 0, ran.stderr
    found = {run["workflowName"] for run in call(own, "GET", "/runs", q='labels.ticket = "T=1"')["items"]}
    assert found == {"good", "piped"}
    (run,) = call(own, "GET", "/runs", q="labels.team = data and labels.env = test")["items"]
    assert run["attributes"] == {"labels.team": "data", "labels.ticket": "T=1", "labels.env": "test"}
    ran = command(own, "start", "good", "--label", "ticket")
    assert ran.returncode == 2 and "a label is NAME=VALUE" in ran.stderr, ran.stderr
    ran = command(own, "start", "good", "--label", "a b=c")
    assert ran.returncode == 2 and "The name 'a b' of a label" in ran.stderr, ran.stderr


def test_pipelines_of_an_earlier_release_are_found_by_their_labels_after_a_start(own):
    call(own, "POST", "/pipelines", text="pipeline: piped\nlabels: {team: data}\ntasks: {a: {noop: true}}\n")
    listed = lambda: [it["name"] for it in call(own, "GET", "/pipelines", q="labels.team = data")["items"]]
    assert listed() == ["piped"]
    assert own.stop() == 0
    with contextlib.closing(sqlite3.connect(own.data / "compasso.db")) as database, database:
        for kind, member in [("machine", "labels"), ("pipeline-schedules", "is_labelled")]:
            rows = database.execute("SELECT key, body FROM document WHERE kind = ?", [kind]).fetchall()
            for key, body in rows:
                older = json.loads(body)
                assert older.pop(member), body
                update = "UPDATE document SET body = ? WHERE kind = ? AND key = ?"
                database.execute(update, [json.dumps(older), kind, key])
            assert rows
    own.start()
    eventually(lambda: listed() == ["piped"])
