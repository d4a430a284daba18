"""Runs that begin anew with what another one had, and what is told of runs on the command line."""

import json

import pytest
from clients import command
from plain_worker import end_of, push, start
from rest import Refused, call, quoted
from test_steering import tasks

SALES = """pipeline: sales
params:
  region: {{type: string, default: br}}
  items: {{type: array, default: [a, b, c]}}
tasks:
  load:
    each: params.items
    key: item
    fail_fast: false
    tasks:
      row: {{uses: fail, if: 'item = params.region', with: {{error: NoRow, cause: "no ${{{{ item }}}}"}}}}
  report: {{needs: load, noop: true, outputs: {{url: "${{{{ run.url }}}}", version: {version}}}}}
outputs:
  url: ${{{{ run.url }}}}
  region: ${{{{ params.region }}}}
  trigger: ${{{{ trigger }}}}
  said: ${{{{ needs.report.output.version }}}}
"""


def output_of(server, run):
    assert end_of(server, run)["status"] == "SUCCEEDED"
    return json.loads(call(server, "GET", f"/runs/{quoted(run)}")["run"]["output"])


def test_a_new_run_has_the_params_and_the_version_of_another_or_the_latest(own):
    push(own, SALES.format(version=1))
    run = start(own, "sales", region="eu")
    assert output_of(own, run) == {"url": f"{own.url}/runs/{run}", "region": "eu", "trigger": {}, "said": 1}
    push(own, SALES.format(version=2))
    ran = command(own, "rerun", run, "--new")
    assert ran.returncode == 0, ran.stderr
    new = ran.stdout.strip()
    assert new != run and new.startswith(run.rsplit(":", 1)[0]), new
    assert output_of(own, new) == {"url": f"{own.url}/runs/{new}", "region": "eu", "trigger": {}, "said": 1}
    assert call(own, "GET", f"/runs/{quoted(new)}")["run"]["againOf"] == run
    [again] = call(own, "GET", "/runs", q=f'input.run.again_of = "{run}"')["items"]
    assert again["id"] == new
    ran = command(own, "rerun", run, "--new", "--version", "latest", "--params", "region=us", "--wait", "--json")
    assert ran.returncode == 0, ran.stderr
    answer = call(own, "POST", f"/runs/{quoted(run)}/rerun", {"new": True, "version": "latest"})
    assert answer["generation"] == 1
    assert output_of(own, answer["id"])["said"] == 2
    ran = command(own, "rerun", run, "--new", "--label", "ticket=T-7")
    [labelled] = call(own, "GET", "/runs", q="labels.ticket = T-7")["items"]
    assert (ran.returncode, ran.stdout.strip()) == (0, labelled["id"]), ran.stderr
    refusals = [
        ({"new": True, "tasks": ["load"]}, 400, "runs all its tasks"),
        ({"all": True, "labels": {"ticket": "T-8"}}, 400, "keeps its labels"),
        ({"version": "latest"}, 400, "keeps its version"),
        ({"new": True, "version": "9"}, 404, "9"),
        ({"new": True, "params": {"region": 1}}, 400, "/region"),
    ]
    for body, status, text in refusals:
        with pytest.raises(Refused, match=text) as refused:
            call(own, "POST", f"/runs/{quoted(run)}/rerun", body)
        assert refused.value.status == status, text


def test_the_command_line_tells_what_failed_and_lists_instances(own):
    push(own, SALES.format(version=1))
    run = start(own, "sales", region="b")
    assert end_of(own, run)["status"] == "FAILED"
    ran = command(own, "describe", run)
    lines = dict(line.split(None, 1) for line in ran.stdout.splitlines() if line.startswith("failed"))
    assert lines["failed"].split() == ["task", "load.row"], ran.stdout
    assert "its error    NoRow: no b" in ran.stdout, ran.stdout
    ran = command(own, "tasks", run, "--instances", "load", "--state", "failed")
    head, row = ran.stdout.splitlines()
    assert head.split()[0] == "INSTANCE" and row.split()[:2] == ["load[b]", "failed"], ran.stdout
    ran = command(own, "tasks", run, "--instances", "load", "--state", "failed", "--limit", "1")
    assert [line.split()[0] for line in ran.stdout.splitlines()] == ["INSTANCE", "load[b]"], ran.stdout
    ran = command(own, "tasks", run, "--instances", "load", "--limit", "2", "--json")
    assert [json.loads(line)["key"] for line in ran.stdout.splitlines()] == ["a", "b"]
    assert "there are more" in ran.stderr
    ran = command(own, "rerun", run, "--all", "--params", "region=none", "--wait")
    assert ran.returncode == 0, ran.stderr
    described = json.loads(command(own, "describe", run, "--json").stdout)
    assert described["generation"] == 2 and "failedTask" not in described
    assert json.loads(described["input"])["params"]["region"] == "none"
    assert tasks(own, run)["load"]["instances"]["succeeded"] == 3


def test_pipelines_are_found_by_a_part_of_their_names(own):
    for name in ("night-load", "day-load", "report"):
        push(own, f"pipeline: {name}\ntasks: {{a: {{noop: true}}}}\n")
    found = call(own, "GET", "/pipelines", q="LOAD")["items"]
    assert [item["name"] for item in found] == ["day-load", "night-load"]
    assert call(own, "GET", "/pipelines", q="nothing")["items"] == []
