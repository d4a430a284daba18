"""Pipelines that start by the clock, and how many of their runs there are at once."""

import json
import struct
import time

import pytest

from clients import ask_own, command, eventually, step_functions
from rest import Refused, call, quoted

SCHEDULED = """
pipeline: {name}
params: {{day: {{type: string, default: none}}}}
on:
  schedule: {schedule}
concurrency: {concurrency}
tasks:
  only: {task}
outputs:
  run: ${{{{ run }}}}
  params: ${{{{ params }}}}
  trigger: ${{{{ trigger }}}}
"""

HELD = "{wait: {signal: go}}"
NOTHING = "{noop: true}"


def push(server, name, schedule="{every: 1s}", task=NOTHING, concurrency="16"):
    text = SCHEDULED.format(name=name, schedule=schedule, task=task, concurrency=concurrency)
    return call(server, "POST", "/pipelines", text=text)["items"][0]


def push_held(server, name, concurrency):
    """Pushes a pipeline without schedules, whose runs wait for a signal."""
    text = f"pipeline: {name}\nconcurrency: {concurrency}\ntasks: {{only: {HELD}}}\n"
    return call(server, "POST", "/pipelines", text=text)["items"][0]


def ticks(server, name, **query):
    """All records of a pipeline's ticks, oldest first."""
    found, token = [], {}
    while True:
        page = call(server, "GET", f"/pipelines/{name}/ticks", **query, **token)
        found.extend(page["items"])
        if "next" not in page:
            return found[::-1]
        token = {"next": page["next"]}


def runs(server, name):
    return [tick for tick in ticks(server, name) if tick["state"] == "run"]


def start(server, name, run=None, **query):
    path = f"/pipelines/{name}/runs"
    if query:
        path += "?" + "&".join(f"{key}={value}" for key, value in query.items())
    return call(server, "POST", path, {"name": run} if run else {})


def output(server, run):
    sfn = step_functions(server.url)
    ended = lambda: sfn.describe_execution(executionArn=run)
    found = eventually(lambda: (it := ended())["status"] not in ("QUEUED", "RUNNING") and it)
    assert found["status"] == "SUCCEEDED", found
    return json.loads(found["output"])


def signal(server, run):
    status, answer = ask_own(
        server, "SignalExecution", executionArn=run, signalName="go", payload="1"
    )
    assert status == 200, answer


def queue(server, name):
    found = call(server, "GET", f"/pipelines/{name}/queue")
    return [run["id"].rsplit(":", 1)[1] for run in found["items"]], found["active"]


def iso(seconds):
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))


def test_a_pushed_schedule_starts_runs_that_know_their_tick(own, unique):
    name = unique("each")
    begin = int(time.time()) // 86400 * 86400 - 3 * 86400
    push(
        own,
        name,
        f"{{cron: '0 0 * * *', start: '{iso(begin)}', end: '{iso(begin + 2 * 86400)}',"
        " catchup: all, params: {day: '${{ run.date }}'}}",
    )
    found = eventually(lambda: len(runs(own, name)) == 2 and runs(own, name))
    first, second = (output(own, tick["run"]) for tick in found)
    day = lambda seconds: time.strftime("%Y-%m-%d", time.gmtime(seconds))
    assert found[0]["run"].endswith(f":run:{name}:s-schedule-{day(begin).replace('-', '')}T000000Z")
    run = first["run"]
    assert run["type"] == "scheduled" and run["trigger_id"] == "schedule"
    assert run["scheduled_at"] == time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime(begin))
    # The first tick is about the day before, like all others.
    assert run["date"] == run["partition"] == day(begin - 86400)
    assert first["params"] == {"day": day(begin - 86400)}
    assert first["trigger"]["interval"]["end"] == run["scheduled_at"]
    assert "previous" not in run
    previous = second["run"]["previous"]
    assert previous["state"] == "success" and previous["scheduled_at"] == run["scheduled_at"]
    assert previous["output"]["params"] == first["params"]


def test_schedules_follow_the_definition(own, unique):
    name = unique("follows")
    push(own, name, "[{id: a, every: 1s}, {id: b, every: 1h}]")
    shown = lambda: call(own, "GET", f"/pipelines/{name}/schedules")["items"]
    ids = lambda: [schedule["id"] for schedule in shown()]
    eventually(lambda: ids() == ["a", "b"])
    eventually(lambda: runs(own, name))
    own.kill()
    own.start()
    eventually(lambda: len(runs(own, name)) > 1)
    # An edit runs no old ticks, and what is renamed is new.
    push(own, name, "[{id: a, cron: '0 0 1 1 *', start: 2000-01-01, catchup: all}, {id: c, every: 1h}]")
    eventually(lambda: ids() == ["a", "c"])
    assert shown()[0]["words"] == "at 00:00 on day 1 of the month in January"
    assert shown()[0]["state"] == "active" and len(shown()[0]["next"]) == 5
    assert all(tick["scheduledAt"] > "2026" for tick in ticks(own, name, trigger="a"))
    call(own, "DELETE", f"/pipelines/{name}")
    listing = lambda: call(own, "GET", f"/pipelines/{name}/schedules")
    with pytest.raises(Refused, match="404"):
        listing()


def test_a_tick_runs_only_if_its_condition_holds(own, unique):
    name = unique("filtered")
    push(own, name, "{every: 1s, if: '$number($substring(run.scheduled_at, 17, 2)) % 2 = 0'}")
    found = eventually(lambda: len(ticks(own, name)) >= 4 and ticks(own, name))
    for tick in found:
        even = int(tick["scheduledAt"][17:19]) % 2 == 0
        expected = ("run", None) if even else ("skipped", "filtered")
        assert (tick["state"], tick.get("reason")) == expected
        assert even or tick["detail"].startswith("'if' does not hold: $number("), tick


def test_runs_wait_for_each_other_also_across_kills(own, unique):
    name = unique("narrow")
    push_held(own, name, "1")
    first = start(own, name, "one")
    assert "waiting" not in first
    second, third = start(own, name, "two"), start(own, name, "three")
    assert (second["waiting"]["position"], third["waiting"]["position"]) == (1, 2)
    assert third["waiting"]["waitsFor"] == [first["id"]]
    # The same again is the same, and another one under the id is refused.
    assert start(own, name, "two")["waiting"]["position"] == 1
    own.kill()
    own.start()
    assert queue(own, name) == (["two", "three"], 1)
    signal(own, first["id"])
    eventually(lambda: queue(own, name) == (["three"], 1))
    own.kill()
    own.start()
    # One that waits can be stopped, and stays as one that was.
    sfn = step_functions(own.url)
    sfn.stop_execution(executionArn=third["id"], error="Late", cause="ana says so")
    found = sfn.describe_execution(executionArn=third["id"])
    assert (found["status"], found["error"], found["cause"]) == ("ABORTED", "Late", "ana says so")
    assert queue(own, name) == ([], 1)
    eventually(lambda: try_signal(own, second["id"]))
    eventually(lambda: queue(own, name) == ([], 0))


def try_signal(server, run):
    status, _ = ask_own(server, "SignalExecution", executionArn=run, signalName="go", payload="1")
    return status == 200


def test_a_start_can_say_what_happens_to_others(own, unique):
    name = unique("overlap")
    push_held(own, name, "{max_runs: 1, buffer: 1}")
    first = start(own, name, "one")
    with pytest.raises(Refused, match="409.*skipped"):
        start(own, name, "skipped", overlap="skip")
    start(own, name, "two")
    with pytest.raises(Refused, match="409.*dropped"):
        start(own, name, "dropped")
    beside = start(own, name, "beside", overlap="allow_all")
    assert "waiting" not in beside and queue(own, name) == (["two"], 2)
    # The oldest cleans up and goes; who waits keeps its place, and the newest comes behind it.
    newest = start(own, name, "newest", overlap="cancel_other")
    assert newest["waiting"]["waitsFor"]
    sfn = step_functions(own.url)
    status = lambda run: sfn.describe_execution(executionArn=run)["status"]
    eventually(lambda: status(first["id"]) == "ABORTED")
    eventually(lambda: queue(own, name) == (["two", "newest"], 1))
    start(own, name, "hurry", overlap="terminate_other")
    eventually(lambda: status(beside["id"]) == "ABORTED")


CLEANING = """
pipeline: {name}
concurrency: {{max_runs: 1}}
tasks:
  set: {{setup: true, noop: true}}
  work: {{needs: set, wait: {{signal: go}}}}
  clean: {{teardown: set, needs: work, wait: {{signal: cleaned}}}}
"""


def test_runs_that_wait_are_listed_and_nothing_of_them_is_lost_when_others_are_cancelled(own, unique):
    name = unique("kept")
    call(own, "POST", "/pipelines", text=CLEANING.format(name=name))
    first, second, third = (start(own, name, run) for run in ["first", "second", "third"])
    eventually(lambda: state_of(own, first["id"], "work") == "waiting")
    listed = lambda **query: [(run["name"], run["status"]) for run in runs_of(own, **query)]
    expected = [("third", "QUEUED"), ("second", "QUEUED"), ("first", "RUNNING")]
    found = f"workflow = {name}"
    assert listed(q=found) == expected
    assert listed(q=f"{found} and status = QUEUED") == expected[:2]
    assert listed(q=found, status="QUEUED", limit="1") == expected[:2]
    assert listed(q=found, limit="1") == expected
    assert listed(q=f"{found} and name = second") == expected[1:2]
    listing = command(own, "list", name).stdout.splitlines()
    assert [line.split()[:2] for line in listing[1:]] == [list(row) for row in expected]
    (first_task, *_) = call(own, "GET", f"/runs/{quoted(second['id'])}/tasks")["items"]
    assert (first_task["state"], first_task["blockedBy"][0]["text"]) == (
        "blocked", "concurrency (number 1 of those that wait for first)",
    )
    newer = start(own, name, "newer", overlap="cancel_other")
    eventually(lambda: state_of(own, first["id"], "clean") == "waiting")
    newest = start(own, name, "newest", overlap="cancel_other")
    sfn = step_functions(own.url)
    replaced = lambda: sfn.describe_execution(executionArn=newer["id"])
    eventually(lambda: replaced()["status"] == "ABORTED")
    assert (replaced()["error"], replaced()["cause"]) == ("Overlap", "another run takes its place")
    assert queue(own, name) == (["second", "third", "newest"], 1)
    own.kill()
    own.start()
    assert queue(own, name) == (["second", "third", "newest"], 1)
    assert listed(q=f"{found} and status = ABORTED") == [("newer", "ABORTED")]
    command(own, "stop", newest["id"])
    assert sfn.describe_execution(executionArn=newest["id"])["status"] == "ABORTED"
    assert queue(own, name) == (["second", "third"], 1)


def state_of(server, run, task):
    items = call(server, "GET", f"/runs/{quoted(run)}/tasks")["items"]
    return next(item["state"] for item in items if item["id"] == task)


def runs_of(server, **query):
    """All runs that are listed, page by page."""
    found, more = [], {}
    while True:
        page = call(server, "GET", "/runs", **query, **more)
        found.extend(page["items"])
        if "next" not in page:
            return found
        more = {"next": page["next"]}


def test_a_group_counts_across_pipelines(own, unique):
    group, names = unique("group"), [unique("left"), unique("right")]
    for name in names:
        push_held(own, name, f"{{max_runs: 1, group: '{group}-${{{{ run.type }}}}'}}")
    first, second = start(own, names[0], "one"), start(own, names[1], "two")
    assert second["waiting"]["waitsFor"] == [first["id"]]
    signal(own, first["id"])
    eventually(lambda: queue(own, names[1]) == ([], 1))


def test_ticks_wait_for_a_place_among_the_runs_of_their_pipeline(own, unique):
    name = unique("both")
    push(own, name, "{every: 1s, overlap: allow_all}", task=HELD, concurrency="{max_runs: 1, buffer: 1}")
    states = lambda: [tick["state"] for tick in ticks(own, name)]
    eventually(lambda: states()[:3] == ["run", "buffered", "dropped"])
    call(own, "POST", f"/pipelines/{name}/pause", {})
    first, second = ticks(own, name)[:2]
    own.kill()
    own.start()
    eventually(lambda: try_signal(own, first["run"]))
    eventually(lambda: queue(own, name)[1] == 0)
    # What waits goes on waiting while the pipeline is paused.
    assert ticks(own, name)[1]["state"] == "buffered"
    call(own, "POST", f"/pipelines/{name}/resume", {})
    eventually(lambda: ticks(own, name)[1]["state"] == "run")
    assert ticks(own, name)[1]["run"] == second["run"]


def test_a_paused_pipeline_is_started_by_force_alone(own, unique):
    name = unique("rests")
    push(own, name)
    eventually(lambda: runs(own, name))
    paused = call(own, "POST", f"/pipelines/{name}/pause", {"reason": "audit", "by": "ana"})
    assert (paused["by"], paused["reason"]) == ("ana", "audit")
    with pytest.raises(Refused, match="409.*ana: audit"):
        start(own, name)
    start(own, name, force="true")
    last = lambda: ticks(own, name)[-1]
    eventually(lambda: (last()["state"], last().get("reason")) == ("skipped", "paused"))
    assert last()["detail"].endswith(" by ana: audit")
    own.kill()
    own.start()
    pause = call(own, "GET", f"/pipelines/{name}/schedules")["items"][0]["pause"]
    assert (pause["by"], pause["reason"]) == ("ana", "audit")
    seen = len(runs(own, name))
    call(own, "POST", f"/pipelines/{name}/resume", {"catchUp": False})
    eventually(lambda: len(runs(own, name)) > seen)


def test_a_pause_can_wait_until_no_run_is_under_way(own, unique):
    name = unique("drains")
    push_held(own, name, "16")
    run = start(own, name, "one")
    signal(own, run["id"])
    call(own, "POST", f"/pipelines/{name}/pause", {"drain": True})
    assert queue(own, name) == ([], 0)


def test_no_tick_of_a_pipeline_is_lost_or_doubled_across_kills(own, unique):
    name = unique("steady")
    push(own, name, "{every: 1s, catchup: all, overlap: allow_all}", concurrency="2")
    for _ in range(4):
        seen = len(runs(own, name))
        eventually(lambda seen=seen: len(runs(own, name)) > seen)
        own.kill()
        own.start()
    call(own, "POST", f"/pipelines/{name}/pause", {})
    eventually(lambda: queue(own, name) == ([], 0))
    found = [tick for tick in ticks(own, name) if tick.get("reason") != "paused"]
    assert {tick["state"] for tick in found} == {"run"}
    at = [time.strptime(tick["scheduledAt"], "%Y-%m-%dT%H:%M:%S.000Z") for tick in found]
    seconds = [int(time.mktime(instant)) for instant in at]
    assert seconds == list(range(seconds[0], seconds[0] + len(seconds)))
    assert len({tick["run"] for tick in found}) == len(found)


def test_a_parent_waits_for_a_child_that_waits_for_its_turn(own, unique):
    name, parent = unique("child"), unique("parent")
    push_held(own, name, "{max_runs: 1, overlap: buffer_all}")
    text = f"pipeline: {parent}\ntasks: {{call: {{pipeline: {name}}}}}\n"
    call(own, "POST", "/pipelines", text=text)
    first = start(own, name, "first")["id"]
    calls = start(own, parent)["id"]
    waiting = eventually(lambda: call(own, "GET", f"/pipelines/{name}/queue")["items"])[0]["id"]
    sfn = step_functions(own.url)
    described = sfn.describe_execution(executionArn=waiting)
    assert described["status"] == "QUEUED" and first in described["cause"]
    assert sfn.describe_execution(executionArn=calls)["status"] == "RUNNING"
    signal(own, first)
    eventually(lambda: sfn.describe_execution(executionArn=waiting)["status"] == "RUNNING")
    signal(own, waiting)
    output(own, calls)


def tzif(offset):
    """The data of a zone that is always so many seconds ahead of UTC, as `zic` writes it."""
    counts = struct.pack(">6I", 0, 0, 0, 0, 1, 4)
    body = struct.pack(">iBB", offset, 0, 0) + b"LMT\0"
    header = b"TZif2" + bytes(15) + counts
    sign = "-" if offset >= 0 else "+"
    return header + body + header + body + f"\n<LMT>{sign}{abs(offset) // 3600}\n".encode()


def test_newer_data_of_a_zone_moves_future_ticks(own_server, unique, tmp_path):
    name = unique("zone")
    push(own_server, name, "{cron: '0 12 * * *', timezone: Europe/Lisbon}")
    schedules = lambda name: call(own_server, "GET", f"/pipelines/{name}/schedules")["items"]
    next_ticks = lambda name: eventually(lambda: schedules(name))[0]["next"]
    before = next_ticks(name)
    assert all(at[11:13] in ("11", "12") for at in before)
    old = call(own_server, "GET", "/info")["zoneData"]
    assert old >= "2025"
    own_server.kill()
    zones = tmp_path / "zoneinfo"
    (zones / "Europe").mkdir(parents=True)
    (zones / "Europe" / "Lisbon").write_bytes(tzif(9 * 3600))
    (zones / "tzdata.zi").write_text("# version 2099z\n# other lines\n")
    config = tmp_path / "compasso.toml"
    config.write_text(f'zones = "{zones}"\n{config.read_text()}')
    own_server.start()
    assert call(own_server, "GET", "/info")["zoneData"] == "2099z"
    after = next_ticks(name)
    assert all(at[11:16] == "03:00" for at in after)
    # Zones that are not among the newer ones are those of the program.
    other = unique("paris")
    push(own_server, other, "{cron: '0 12 * * *', timezone: Europe/Paris}")
    assert all(at[11:13] in ("10", "11") for at in next_ticks(other))


def test_missed_ticks_run_side_by_side_if_the_schedule_allows_it(own, unique):
    begin = int(time.time()) // 86400 * 86400 - 5 * 86400
    for overlap, together in (("", 1), (", overlap: allow_all", 2)):
        name = unique("catchup")
        schedule = (
            f"{{cron: '0 0 * * *', start: '{iso(begin)}', end: '{iso(begin + 4 * 86400)}',"
            f" catchup: all{overlap}}}"
        )
        push(own, name, schedule, task=HELD, concurrency="{max_runs: 2}")
        eventually(lambda: len(ticks(own, name)) == 4)
        eventually(lambda: queue(own, name)[1] == together)
        states = sorted(tick["state"] for tick in ticks(own, name))
        assert states == ["buffered"] * (4 - together) + ["run"] * together
