"""Schedules: ticks become executions, once each, and leave a record."""

import json
import random
import re
import socket
import subprocess
import time
from urllib.parse import urlsplit

from clients import ask_own, command, eventually, step_functions
from rest import call
from server import BINARY

PASS = {"Done": {"Type": "Succeed"}}
SIGNAL = {"Type": "Task", "Resource": "arn:aws:states:::compasso:signal", "End": True}
HELD = {"Hold": {**SIGNAL, "Parameters": {"Name": "go"}}}


def ask(server, action, **members):
    status, answer = ask_own(server, action, **members)
    assert status == 200, answer
    return answer


def create(server, name, machine, spec, **members):
    return ask(server, "CreateSchedule", name=name, stateMachineArn=machine, spec=spec, **members)


def ticks(server, name):
    """All records of a schedule's ticks, oldest first."""
    found, token = [], {}
    while True:
        page = ask(server, "ListTicks", name=name, **token)
        found.extend(page["ticks"])
        if "nextToken" not in page:
            return found[::-1]
        token = {"nextToken": page["nextToken"]}


def runs(server, name):
    return [tick for tick in ticks(server, name) if tick["state"] == "run"]


def iso(seconds):
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))


def test_ticks_start_executions_with_computed_inputs(own, machine):
    sfn = step_functions(own.url)
    target = machine(PASS, client=sfn)
    value = {"at": "{% $schedule.scheduled_at %}", "n": 1, "of": "{% $schedule.name & '!' %}"}
    made = create(own, "each", target, {"every": "1s"}, input=json.dumps(value))
    assert made["scheduleArn"].endswith(":schedule:each")
    first = eventually(lambda: runs(own, "each"))[0]
    assert re.search(r":s-each-\d{8}T\d{6}Z$", first["executionArn"])
    execution = sfn.describe_execution(executionArn=first["executionArn"])
    at = time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime(first["scheduledAt"]))
    assert json.loads(execution["input"]) == {"at": at, "n": 1, "of": "each!"}
    shown = ask(own, "DescribeSchedule", name="each")
    assert shown["status"] == "ACTIVE" and shown["spec"] == {"every": "1s"}
    assert json.loads(shown["input"]) == value
    assert [it["name"] for it in ask(own, "ListSchedules")["schedules"]] == ["each"]


def test_no_tick_is_lost_or_doubled_across_kills(own, machine):
    sfn = step_functions(own.url)
    target = machine(PASS, client=sfn)
    create(own, "steady", target, {"every": "1s", "catchup": "all", "overlap": "allow_all"})
    eventually(lambda: runs(own, "steady"))
    for _ in range(5):
        seen = len(runs(own, "steady"))
        eventually(lambda seen=seen: len(runs(own, "steady")) > seen)
        # So that kills fall anywhere between the writes of ticks.
        for _ in range(random.randrange(200)):
            ask(own, "DescribeSchedule", name="steady")
        own.kill()
        own.start()
    seen = len(runs(own, "steady"))
    eventually(lambda: len(runs(own, "steady")) > seen)
    ask(own, "PauseSchedule", name="steady")
    found = runs(own, "steady")
    at = [round(tick["scheduledAt"]) for tick in found]
    assert at == list(range(at[0], at[0] + len(at)))
    pages = sfn.get_paginator("list_executions").paginate(stateMachineArn=target)
    started = [it["executionArn"] for page in pages for it in page["executions"]]
    assert sorted(started) == sorted(tick["executionArn"] for tick in found)


def test_missed_ticks_run_oldest_first_and_wait_for_each_other(own, machine):
    sfn = step_functions(own.url)
    target = machine(PASS, client=sfn)
    begin = int(time.time()) // 3600 * 3600 - 3 * 3600
    spec = {"every": "1h", "start": iso(begin), "end": iso(begin + 3 * 3600), "catchup": "all"}
    create(own, "late", target, spec)
    found = eventually(lambda: len(runs(own, "late")) == 3 and runs(own, "late"))
    assert [tick["scheduledAt"] for tick in found] == [begin + 3600 * n for n in range(3)]
    starts = [
        sfn.describe_execution(executionArn=tick["executionArn"])["startDate"] for tick in found
    ]
    assert starts == sorted(starts)


def test_a_tick_does_not_take_an_execution_that_is_not_its_own(own, machine):
    target = machine(PASS, client=step_functions(own.url))
    start, end = "2026-03-08T00:00:00Z", "2026-03-08T01:00:00Z"
    spec = {"every": "1d", "start": start, "end": end, "catchup": "all"}
    create(own, "twin", target, spec)
    run = eventually(lambda: ticks(own, "twin"))[0]
    assert run["state"] == "run"
    ask(own, "DeleteSchedule", name="twin")
    create(own, "twin", target, spec)
    again = eventually(lambda: ticks(own, "twin"))[0]
    assert again["state"] == "failed" and run["executionArn"] in again["detail"]
    assert "executionArn" not in again


def test_a_tick_waits_for_the_end_of_the_run_before_also_across_a_kill(own, machine):
    sfn = step_functions(own.url)
    target = machine(HELD, client=sfn)
    create(own, "held", target, {"every": "1s", "overlap": "buffer_one"})
    states = lambda: [(tick["state"], tick.get("reason")) for tick in ticks(own, "held")]
    eventually(lambda: len(states()) >= 3)
    assert states()[:3] == [("run", None), ("buffered", None), ("skipped", "overlap")]
    own.kill()
    own.start()
    first = ticks(own, "held")[0]["executionArn"]
    ask(own, "SignalExecution", executionArn=first, signalName="go", payload="1")
    eventually(lambda: states()[1][0] == "run")
    assert ask(own, "DescribeSchedule", name="held")["activeRuns"] == 1


def test_ticks_that_wait_begin_also_when_the_target_became_express(own, machine):
    sfn = step_functions(own.url)
    target = machine(HELD, client=sfn)
    create(own, "turned", target, {"every": "1s", "overlap": "buffer_all"})
    eventually(lambda: len(ticks(own, "turned")) >= 3)
    express = machine(PASS, client=sfn, kind="EXPRESS")
    ask(own, "UpdateSchedule", name="turned", stateMachineArn=express)
    first = ticks(own, "turned")[0]["executionArn"]
    ask(own, "SignalExecution", executionArn=first, signalName="go", payload="1")
    eventually(lambda: len(runs(own, "turned")) >= 4)


def test_a_run_makes_room_for_the_next(own, machine):
    sfn = step_functions(own.url)
    target = machine(HELD, client=sfn)
    for policy in ["cancel_other", "terminate_other"]:
        create(own, policy, target, {"every": "1s", "overlap": policy})
        found = eventually(lambda: len(runs(own, policy)) >= 2 and runs(own, policy))
        ask(own, "PauseSchedule", name=policy)
        arn = found[0]["executionArn"]
        stopped = eventually(
            lambda: (it := sfn.describe_execution(executionArn=arn))["status"] != "RUNNING" and it
        )
        assert (stopped["status"], stopped["error"]) == ("ABORTED", "Overlap")


def test_a_paused_schedule_says_so_and_goes_on(own, machine):
    target = machine(PASS, client=step_functions(own.url))
    create(own, "rest", target, {"every": "1s"}, paused=True)
    eventually(lambda: ticks(own, "rest"))
    assert {(it["state"], it["reason"]) for it in ticks(own, "rest")} == {("skipped", "paused")}
    assert ask(own, "DescribeSchedule", name="rest")["status"] == "PAUSED"
    ask(own, "ResumeSchedule", name="rest")
    eventually(lambda: runs(own, "rest"))
    ask(own, "DeleteSchedule", name="rest")
    assert ask_own(own, "ListTicks", name="rest")[0] == 400
    assert ask(own, "ListSchedules")["schedules"] == []


def test_a_target_that_is_gone_fails_its_ticks_and_says_why(own, machine):
    sfn = step_functions(own.url)
    target = machine(PASS, client=sfn)
    create(own, "orphan", target, {"every": "1s"}, paused=True)
    sfn.delete_state_machine(stateMachineArn=target)
    ask(own, "ResumeSchedule", name="orphan")
    failed = eventually(lambda: [it for it in ticks(own, "orphan") if it["state"] == "failed"])
    assert "State Machine" in failed[0]["detail"]


def ask_and_leave(server, action, **members):
    """Asks for something and does not wait for the answer."""
    body = json.dumps(members)
    at = urlsplit(server.url)
    with socket.create_connection((at.hostname, at.port)) as connection:
        head = f"POST / HTTP/1.1\r\nHost: {at.netloc}\r\nX-Amz-Target: Compasso.{action}\r\n"
        head += f"Content-Type: application/x-amz-json-1.0\r\nContent-Length: {len(body)}\r\n\r\n"
        connection.sendall((head + body).encode())


def test_a_client_that_leaves_early_leaves_no_half_a_schedule(own, machine):
    target = machine(PASS, client=step_functions(own.url))
    new = {"stateMachineArn": target, "spec": {"cron": "0 2 * * *"}}
    names = [f"left{number}" for number in range(30)]
    for name in names:
        ask_and_leave(own, "CreateSchedule", name=name, **new)
    for name in names:
        assert ask_own(own, "CreateSchedule", name=name, **new)[0] in (200, 409)
        ask_and_leave(own, "PauseSchedule", name=name)
    for name in names:
        ask(own, "ResumeSchedule", name=name)
        ask(own, "DescribeSchedule", name=name)
        ask_and_leave(own, "DeleteSchedule", name=name)
    gone = lambda name: ask_own(own, "DescribeSchedule", name=name)[0] == 400
    for name in names:
        eventually(lambda name=name: gone(name) or ask_own(own, "DeleteSchedule", name=name))
        assert ask_own(own, "CreateSchedule", name=name, **new)[0] == 200


def test_what_cannot_be_a_schedule_is_refused_with_a_way_out(own, machine):
    target = machine(PASS, client=step_functions(own.url))
    daily = {"cron": "0 2 * * *"}
    for members, message in [
        ({"spec": {"cron": "0 0 30 2 *"}}, "cron: this cron never fires"),
        ({"spec": {**daily, "timezone": "Europe/Lisboa"}}, "did you mean 'Europe/Lisbon'?"),
        ({"spec": {}}, "write exactly one of 'cron', 'every', 'rrule' and 'at'"),
        ({"spec": daily, "input": '"{% $x %}"'}, "input: $x is unknown"),
        ({"spec": daily, "input": json.dumps("x" * 262_144)}, "less than or equal to 262144"),
        ({"spec": daily, "name": "a b"}, "'a b' is no name"),
    ]:
        status, answer = ask_own(
            own, "CreateSchedule", **{"name": "bad", "stateMachineArn": target, **members}
        )
        assert status == 400 and message in answer["message"], answer
    create(own, "once", target, daily)
    assert ask_own(own, "CreateSchedule", name="once", stateMachineArn=target, spec=daily)[0] == 409
    missing = target + "x"
    status, answer = ask_own(
        own, "CreateSchedule", name="other", stateMachineArn=missing, spec=daily
    )
    assert status == 400 and "State Machine Does Not Exist" in answer["message"]


def test_commands_do_it_all(own, machine, unique):
    name = unique()
    machine(PASS, client=step_functions(own.url), name=name)

    def run(*words):
        ran = command(own, "schedules", *words)
        assert ran.returncode == 0, ran.stderr
        return ran.stdout

    assert run("create", "n", name, "--every", "1s").endswith(":schedule:n\n")
    eventually(lambda: "run" in run("ticks", "n"))
    run("pause", "n", "--reason", "lunch", "--until", "2999-01-31T06:00:00Z")
    for shown in [run("list"), run("show", "n")]:
        assert "PAUSED" in shown and ", until 2999-01-31T06:00:00" in shown and ": lunch" in shown
    assert command(own, "schedules", "pause", "n", "--until", "2000-01-01T00:00:00Z").returncode == 2
    run("update", "n", "--cron", "0 2 * * *", "--timezone", "Europe/Lisbon")
    assert '"cron":"0 2 * * *"' in run("show", "n")
    run("resume", "n")
    run("delete", "n")
    assert run("list").count("\n") == 1
    call(own, "POST", "/pipelines", text=f"pipeline: {name}-p\non: {{schedule: {{every: 1h}}}}\ntasks: {{t: {{noop: true}}}}\n")
    run_of = next(line for line in run("list").splitlines() if f"{name}-p" in line)
    assert run_of.startswith("schedule") and "ACTIVE" in run_of, run_of


def test_the_ticks_of_a_cron_can_be_seen_without_a_server():
    def ticks_of(*words):
        line = [BINARY, "ticks", *words]
        return subprocess.run(line, capture_output=True, text=True, timeout=60, check=False)

    times = ["--from", "2026-03-07", "--to", "2026-03-10"]
    new_york = ["--cron", "30 2 * * *", "--timezone", "America/New_York"]
    ran = ticks_of(*new_york, *times, "--json")
    at = [json.loads(line)["at"] for line in ran.stdout.splitlines()]
    expected = ["2026-03-07T07:30", "2026-03-08T07:00", "2026-03-09T06:30"]
    assert at == [f"{minute}:00.000Z" for minute in expected]
    ran = ticks_of("--cron", "61 * * * *")
    assert ran.returncode == 2 and "cron: 61 is no minute; write 0 to 59" in ran.stderr


def test_the_ticks_of_a_file_can_be_seen_without_a_server(tmp_path):
    path = tmp_path / "two.pipeline.yaml"
    path.write_text("""pipeline: two
on:
  schedule:
    - {id: nightly, cron: "30 2 * * *", timezone: America/New_York}
    - {id: noon, cron: "0 12 * * *", end: 2026-03-08}
tasks: {a: {noop: true}}
""")
    line = [BINARY, "ticks", path, "--from", "2026-03-07", "--to", "2026-03-09", "--json"]
    ran = subprocess.run(line, capture_output=True, text=True, timeout=60, check=False)
    ticks = [json.loads(line) for line in ran.stdout.splitlines()]
    assert [(tick["trigger"], tick["at"]) for tick in ticks] == [
        ("nightly", "2026-03-07T07:30:00.000Z"),
        ("nightly", "2026-03-08T07:00:00.000Z"),
        ("noon", "2026-03-07T12:00:00.000Z"),
    ], ran.stdout + ran.stderr
    assert "America/New_York" in ticks[0]["local"], ticks[0]


def test_schedules_are_off_unless_they_are_asked_for(server):
    status, answer = ask_own(server, "ListSchedules")
    assert status == 400 and "[beyond-aws] schedules = true" in answer["message"]
