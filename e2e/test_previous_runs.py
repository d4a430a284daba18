"""What runs see of the run before: `run.previous`."""

import json
import textwrap

from clients import step_functions
from hooks import ended, push, runs, until
from rest import call

SHOW = """
pipeline: {name}
params: {{n: ''}}
{more}
tasks:
  t: {task}
outputs: {{n: "${{{{ params.n }}}}", previous: "${{{{ run.previous }}}}"}}
"""
NOTHING = "{noop: true}"
HELD = "{wait: {signal: go, timeout: 1h}}"


def pushed(server, name, more="", task=NOTHING):
    push(server, SHOW.format(name=name, more=textwrap.dedent(more), task=task))
    return name


def start(server, pipeline, n, **more):
    return call(server, "POST", f"/pipelines/{pipeline}/runs", {"params": {"n": str(n)}, **more})["id"]


def output(server, run):
    found = ended(step_functions(server.url), run)
    assert found["status"] == "SUCCEEDED", found
    return json.loads(found["output"])


def test_a_run_by_hand_sees_the_run_that_began_last(server, unique):
    name = pushed(server, unique("hand"))
    first = output(server, start(server, name, 1, name="one"))
    assert "previous" not in first
    second = output(server, start(server, name, 2))
    assert second["previous"] == {"id": "one", "state": "success", "output": first}
    third = output(server, start(server, name, 3))
    assert third["previous"]["output"]["n"] == "2"


def test_one_that_goes_on_longer_is_not_the_last_for_that(server, unique):
    name = pushed(server, unique("long"), task=HELD)
    go = lambda run: call(server, "POST", f"/runs/{run}/signals/go", {})
    first, second = start(server, name, 1, name="one"), start(server, name, 2, name="two")
    go(second)
    output(server, second)
    go(first)
    output(server, first)
    third = start(server, name, 3, name="three")
    fourth = start(server, name, 4)
    go(third)
    go(fourth)
    assert output(server, third)["previous"]["id"] == "two"
    found = output(server, fourth)["previous"]
    assert (found["id"], found["state"]) == ("three", "running") and found["output"] is None


def test_a_failed_run_and_one_that_is_cancelled_are_seen_as_such(server, unique):
    name = pushed(server, unique("ends"), task=HELD)
    first = start(server, name, 1)
    call(server, "POST", f"/runs/{first}/cancel", {})
    ended(step_functions(server.url), first)
    second = start(server, name, 2)
    call(server, "POST", f"/runs/{second}/signals/go", {})
    assert output(server, second)["previous"]["state"] == "cancelled"


def test_a_run_that_waited_sees_what_ended_meanwhile(server, unique):
    name = pushed(server, unique("waited"), "concurrency: {max_runs: 1}", HELD)
    go = lambda run: call(server, "POST", f"/runs/{run}/signals/go", {})
    first, second, third = (start(server, name, n, name=f"r{n}") for n in (1, 2, 3))
    go(first)
    output(server, first)
    for run, before in ((second, 1), (third, 2)):
        until(lambda: call(server, "GET", f"/runs/{run}")["run"]["status"] == "RUNNING")
        go(run)
        previous = output(server, run)["previous"]
        assert (previous["id"], previous["state"]) == (f"r{before}", "success")
        assert previous["output"]["n"] == str(before)


def test_a_run_of_an_event_sees_the_run_before(server, unique):
    name = unique("event")
    more = f"on: {{event: {{source: {name}, params: {{n: '${{{{ trigger.data }}}}'}}}}}}"
    pushed(server, name, more)
    for n in (1, 2):
        call(server, "POST", "/events", {"source": name, "type": "t", "id": str(n), "data": str(n)})
        until(lambda: len(runs(server, name)) == n)
        for run in runs(server, name):
            ended(step_functions(server.url), run)
    outputs = sorted((output(server, run) for run in runs(server, name)), key=lambda it: it["n"])
    assert "previous" not in outputs[0]
    assert outputs[1]["previous"]["output"] == {"n": "1"}


def test_a_run_of_a_backfill_sees_that_of_the_tick_before(server, unique):
    name = unique("past")
    more = "on: {schedule: {cron: '0 0 * * *', start: 2026-01-01, params: {n: '${{ run.date }}'}}}"
    pushed(server, name, more)
    # A run of now is none of those before.
    start(server, name, "now")
    order = {"from": "2026-01-02", "to": "2026-01-05", "maxActive": 1}
    backfill = call(server, "POST", f"/pipelines/{name}/backfills", order)
    shown = lambda: call(server, "GET", f"/pipelines/{name}/backfills/{backfill['id']}")
    until(lambda: shown()["state"] == "finished")
    of_ticks = sorted(run for run in runs(server, name) if ":s-schedule-" in run)
    outputs = [output(server, run) for run in of_ticks]
    assert len(outputs) == 3 and "previous" not in outputs[0]
    for before, after in zip(outputs, outputs[1:]):
        assert after["previous"]["state"] == "success"
        assert after["previous"]["output"]["n"] == before["n"]


def test_what_nobody_reads_is_not_looked_for(server, unique):
    name = unique("blind")
    push(server, f"pipeline: {name}\ntasks: {{t: {{noop: true}}}}\noutputs: {{id: '${{{{ run.id }}}}'}}\n")
    for _ in range(2):
        run = call(server, "POST", f"/pipelines/{name}/runs", {})["id"]
        found = ended(step_functions(server.url), run)
        assert "previous" not in json.loads(found["input"])["run"]
