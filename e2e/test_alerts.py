"""Rules of alerts: failures, no success, triggers, workers and queues, told once for one cause."""

import json
import re

import pytest
from clients import command, eventually, step_functions
from hooks import ended, push, runs
from plain_worker import Worker
from rest import Refused, call
from server import Server
from stand_ins import Mails
from test_pipeline_runs import start

FAILING = "pipeline: {name}\ntasks: {{t: {{uses: fail, with: {{error: Broken}}}}}}\n"
TELLING = """pipeline: {name}
on: {{alert: {rule}}}
tasks: {{t: {{noop: true}}}}
outputs: ${{{{ trigger.alert }}}}
"""


def told(server, name):
    """What a rule told, in the order in which it did."""
    sfn = step_functions(server.url)
    found = [ended(sfn, run) for run in runs(server, name)]
    return [json.loads(run["output"]) for run in sorted(found, key=lambda run: run["startDate"])]


def states(server, name):
    return [alert["state"] for alert in told(server, name)]


def fail(server, name, times):
    for _ in range(times):
        assert ended(step_functions(server.url), start(server, name)["id"])["status"] == "FAILED"


def test_failures_are_told_once_and_so_is_their_end(own_server, unique):
    failing, name = unique("failing"), unique("told")
    push(own_server, FAILING.format(name=failing))
    push(own_server, FAILING.format(name=unique("other")))
    rule = f"{{failures: {{count: 2, within: 10s, workflow: '{failing}'}}}}"
    push(own_server, TELLING.format(name=name, rule=rule))
    fail(own_server, failing, 3)
    eventually(lambda: states(own_server, name) == ["firing", "resolved"])
    firing, resolved = told(own_server, name)
    assert (firing["rule"], firing["times"], firing["subject"]) == ("failures", 1, "failures")
    assert re.fullmatch(rf"2 runs failed within 10s, the last \S+:{failing}:\S+", firing["summary"])
    assert all(f":run:{failing}:" in run for run in firing["details"]["runs"])
    assert (resolved["since"], resolved["summary"]) == (
        firing["since"],
        f"resolved: {firing['summary']}",
    )
    fail(own_server, failing, 2)
    eventually(lambda: states(own_server, name)[:3] == ["firing", "resolved", "firing"])


def test_a_kill_between_a_failure_and_its_telling_loses_and_doubles_none(own_server, unique):
    failing, name = unique("failing"), unique("told")
    push(own_server, FAILING.format(name=failing))
    rule = f"{{failures: {{count: 1, within: 1h, workflow: '{failing}'}}}}"
    push(own_server, TELLING.format(name=name, rule=rule))
    start(own_server, failing)
    for _ in range(3):
        own_server.kill()
        own_server.start()
    eventually(lambda: states(own_server, name) == ["firing"])
    fail(own_server, failing, 1)
    own_server.kill()
    own_server.start()
    assert ended(step_functions(own_server.url), start(own_server, failing)["id"])
    assert states(own_server, name) == ["firing"]


def test_a_rule_that_is_changed_under_its_id_begins_anew(own_server, unique):
    failing, name = unique("failing"), unique("told")
    push(own_server, FAILING.format(name=failing))
    rule = f"{{failures: {{count: %d, within: 1h, workflow: '{failing}'}}}}"
    push(own_server, TELLING.format(name=name, rule=rule % 1))
    fail(own_server, failing, 1)
    eventually(lambda: states(own_server, name) == ["firing"])
    push(own_server, TELLING.format(name=name, rule=rule % 2))
    eventually(lambda: states(own_server, name) == ["firing", "resolved"])
    own_server.kill()
    own_server.start()
    fail(own_server, failing, 1)
    eventually(lambda: states(own_server, name) == ["firing", "resolved", "firing"])
    assert told(own_server, name)[2]["summary"].startswith("2 runs failed")


def test_a_rule_is_tried_out_on_the_command_line(own_server, unique):
    name = unique("told")
    push(own_server, TELLING.format(name=name, rule="{queue_older_than: 1h}"))
    ran = command(own_server, "alerts", "test", name)
    fate, run = ran.stdout.split()
    assert (ran.returncode, fate, f":run:{name}:" in run) == (0, "run:", True), ran.stdout
    assert ended(step_functions(own_server.url), run)["status"] == "SUCCEEDED"
    (alert,) = told(own_server, name)
    assert (alert["state"], alert["rule"], alert["summary"]) == ("test", "queue_older_than", "this is a test")
    (listed,) = call(own_server, "GET", "/alerts")["items"]
    assert (listed["firing"], listed["last"]["run"]) == ([], run)
    ran = command(own_server, "alerts", "test", name, "nothing")
    assert ran.returncode == 2 and "nothing" in ran.stderr, ran.stderr


def test_what_lasts_is_told_again(own_server, unique):
    failing, name = unique("failing"), unique("told")
    push(own_server, FAILING.format(name=failing))
    rule = f"{{failures: {{count: 1, within: 1h, workflow: '{failing}'}}, repeat: 1s}}"
    push(own_server, TELLING.format(name=name, rule=rule))
    fail(own_server, failing, 1)
    alerts = eventually(lambda: [it for it in [told(own_server, name)] if len(it) >= 3])[0]
    assert [it["times"] for it in alerts[:3]] == [1, 2, 3]
    assert {it["state"] for it in alerts} == {"firing"}
    assert len({it["since"] for it in alerts}) == 1


def test_a_workflow_without_success_is_told_until_it_succeeds(own_server, unique):
    quiet, name = unique("quiet"), unique("told")
    push(own_server, f"pipeline: {quiet}\ntasks: {{t: {{noop: true}}}}\n")
    rule = f"{{no_success: {{for: 3s, workflow: '{quiet}'}}}}"
    push(own_server, TELLING.format(name=name, rule=rule))
    eventually(lambda: states(own_server, name) == ["firing"])
    assert told(own_server, name)[0]["summary"].startswith(f"no run of {quiet} succeeded for 3s")
    start(own_server, quiet)
    eventually(lambda: states(own_server, name)[:2] == ["firing", "resolved"])


def test_a_trigger_that_cannot_look_is_told(own_server, unique, tmp_path):
    broken, name = unique("broken"), unique("told")
    rule = f"{{trigger_unhealthy: {{for: 0s, pipeline: '{broken}'}}}}"
    push(own_server, TELLING.format(name=name, rule=rule))
    folder = tmp_path / "missing"
    push(
        own_server,
        f"pipeline: {broken}\non: {{file: {{path: '{folder}/*.csv', poll: 500ms}}}}\n"
        "tasks: {t: {noop: true}}\n",
    )
    eventually(lambda: states(own_server, name) == ["firing"])
    alert = told(own_server, name)[0]
    assert alert["subject"] == f"{broken}/file" and alert["details"]["error"]
    folder.mkdir()
    eventually(lambda: states(own_server, name) == ["firing", "resolved"])


def test_workers_that_are_gone_and_tasks_that_wait_are_told(own_server, unique):
    waiting, gone, old = unique("waiting"), unique("gone"), unique("old")
    push(own_server, f"pipeline: {waiting}\ntasks: {{a: {{uses: 'worker:work'}}}}\n")
    push(own_server, TELLING.format(name=gone, rule="{worker_gone: {for: 1s, name: 'gpu-*'}}"))
    push(own_server, TELLING.format(name=old, rule="{queue_older_than: 1s}"))
    start(own_server, waiting)
    eventually(lambda: states(own_server, gone) == ["firing"])
    assert told(own_server, gone)[0]["summary"] == "0 of 1 workers like gpu-* are there"
    eventually(lambda: states(own_server, old) == ["firing"])
    assert told(own_server, old)[0]["subject"] == "work"
    worker = Worker(own_server, "gpu-1", handlers=["work"])
    worker.done(worker.take()["lease"], 1)
    eventually(lambda: states(own_server, gone) == ["firing", "resolved"])
    eventually(lambda: states(own_server, old) == ["firing", "resolved"])


def test_an_alert_is_mailed_and_one_that_cannot_be_is_seen(tmp_path, unique):
    mails, failing = Mails(), unique("failing")
    config = tmp_path / "compasso.toml"
    config.write_text(
        f'[email]\nhost = "127.0.0.1"\nport = {mails.port}\nencryption = "none"\nfrom = "c@example.com"\n'
    )
    server = Server(tmp_path / "data", arguments=["--config", config]).start()
    try:
        push(server, FAILING.format(name=failing))
        rule = f"{{failures: {{count: 1, within: 1h, workflow: '{failing}'}}}}"
        subject = "'${{ trigger.alert.state }}: ${{ trigger.alert.details.count }}'"
        push(
            server,
            f"pipeline: mailed\non: {{alert: {rule}}}\ntasks:\n"
            f"  tell: {{uses: email, with: {{to: ops@example.com, subject: {subject}, body: x}}}}\n",
        )
        push(
            server,
            f"pipeline: lost\non: {{alert: {rule}}}\ntasks:\n"
            "  tell: {uses: notify, with: {to: nobody, text: x}, retry: 0}\n",
        )
        fail(server, failing, 1)
        eventually(lambda: mails.texts() == [("firing: 1", "x")])
        (run,) = eventually(lambda: runs(server, "lost"))
        assert ended(step_functions(server.url), run)["status"] == "FAILED"
        (alert,) = [it for it in call(server, "GET", "/alerts")["items"] if it["pipeline"] == "lost"]
        assert (alert["rule"], [it["subject"] for it in alert["firing"]]) == ("failures", ["failures"])
        assert alert["last"]["run"] == run
        listed = command(server, "alerts", "list").stdout
        assert "lost" in listed and "mailed" in listed and "1 runs failed within 1h" in listed
    finally:
        server.kill()
        mails.stop()


@pytest.mark.parametrize(
    ("rule", "why"),
    [
        ("{repeat: 1h}", "an alert has one rule"),
        ("{worker_gone: {}, queue_older_than: 1h}", "an alert has one rule"),
        ("{failures: {count: 0, within: 1h}}", "count"),
        ("{failures: {count: 2}}", "'within' is missing"),
        ("{failures: {count: 2, within: 1h, workflows: x}}", "workflow"),
        ("{no_success: {for: 1h, workflow: 'a-*'}}", "this names one workflow"),
        ("{queue_older_than: 0s}", "longer than nothing"),
    ],
)
def test_a_rule_that_cannot_be_used_is_refused_with_its_place(server, unique, rule, why):
    with pytest.raises(Refused) as refusal:
        push(server, TELLING.format(name=unique("wrong"), rule=rule))
    assert why in str(refusal.value) and "'line': 2" in str(refusal.value).replace('"', "'")
