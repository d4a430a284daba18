"""Backfills, calendars, and pipelines that pause themselves."""

import json
import time

import pytest

from clients import command, eventually, step_functions
from rest import Refused, call, quoted
from stand_ins import Services
from test_pipeline_schedules import (
    HELD,
    NOTHING,
    iso,
    output,
    push,
    queue,
    runs,
    signal,
    ticks,
    try_signal,
)

DAY = 86400


def today():
    return int(time.time()) // DAY * DAY


def daily(name, server, days=6, task=NOTHING, **members):
    """Pushes a daily pipeline that began some days ago and caught nothing up."""
    begin = today() - days * DAY
    push(server, name, f"{{cron: '0 0 * * *', start: '{iso(begin)}'}}", task=task, **members)
    return begin


def create(server, name, begin, end, **members):
    body = {"from": iso(begin), "to": iso(end), **members}
    return call(server, "POST", f"/pipelines/{name}/backfills", body)


def show(server, name, backfill):
    return call(server, "GET", f"/pipelines/{name}/backfills/{backfill['id']}")


def finished(server, name, backfill):
    found = lambda: show(server, name, backfill)
    return eventually(lambda: (it := found())["state"] == "finished" and it)


def test_a_backfill_runs_the_ticks_of_the_past_once(own, unique):
    name = unique("past")
    begin = daily(name, own)
    planned = call(
        own,
        "POST",
        f"/pipelines/{name}/backfills",
        {"from": iso(begin), "to": iso(begin + 3 * DAY)},
        dryRun="true",
    )
    assert planned["total"] == 3 and {tick["fate"] for tick in planned["items"]} == {"runs"}
    assert ticks(own, name) == []
    made = create(own, name, begin, begin + 3 * DAY, params={"day": "given"}, by="ana")
    assert made["total"] == 3 and made["by"] == "ana"
    done = finished(own, name, made)
    assert done["counts"]["success"] == 3 and done["done"] == 3 and done["active"] == []
    found = runs(own, name)
    assert [tick["scheduledAt"][:19] + "Z" for tick in found] == [
        iso(begin + day * DAY) for day in range(3)
    ]
    first = output(own, found[0]["run"])
    assert found[0]["run"].endswith(planned["items"][0]["run"])
    assert first["run"]["type"] == "backfill" and first["params"] == {"day": "given"}
    assert first["trigger"]["backfill"] == made["id"]
    # The same again leaves them as they are.
    again = finished(own, name, create(own, name, begin, begin + 4 * DAY))
    assert (again["counts"]["left"], again["counts"]["success"]) == (3, 1)
    listed = call(own, "GET", f"/pipelines/{name}/backfills")["items"]
    assert [it["id"] for it in listed] == [again["id"], made["id"]]


def test_a_backfill_goes_on_after_kills_beside_the_runs_of_the_pipeline(own, unique):
    name = unique("killed")
    begin = daily(name, own, task=HELD, concurrency="{max_runs: 1, overlap: skip}")
    made = create(own, name, begin, begin + 4 * DAY, maxActive=2, order="desc")
    under_way = lambda: show(own, name, made)["active"]
    first = eventually(lambda: len(under_way()) == 2 and under_way())
    day = lambda number: time.strftime("%Y%m%dT000000Z", time.gmtime(begin + number * DAY))
    assert [run.rsplit("-", 1)[1] for run in first] == [day(3), day(2)]
    # Runs of a backfill take no seat of the pipeline.
    assert queue(own, name) == ([], 0)
    own.kill()
    own.start()
    assert under_way() == first
    # What is under way is not done.
    head, row = command(own, "backfills", "list", name).stdout.splitlines()
    shown = dict(zip(head.split(), row.split()))
    assert (shown["STATE"], shown["DONE"], shown["ACTIVE"]) == ("running", "0/4", "2")
    for run in first:
        eventually(lambda run=run: try_signal(own, run))
    second = eventually(lambda: set(under_way()).isdisjoint(first) and len(under_way()) == 2)
    assert second
    call(own, "POST", f"/pipelines/{name}/backfills/{made['id']}/pause", {})
    own.kill()
    own.start()
    assert show(own, name, made)["state"] == "paused"
    call(own, "POST", f"/pipelines/{name}/backfills/{made['id']}/resume", {})
    for run in under_way():
        eventually(lambda run=run: try_signal(own, run))
    assert finished(own, name, made)["counts"]["success"] == 4
    assert len({tick["run"] for tick in runs(own, name)}) == 4


def test_a_backfill_can_be_cancelled_with_its_runs(own, unique):
    name = unique("cancelled")
    begin = daily(name, own, task=HELD)
    made = create(own, name, begin, begin + 4 * DAY, maxActive=1)
    run = eventually(lambda: show(own, name, made)["active"])[0]
    path = f"/pipelines/{name}/backfills/{made['id']}/cancel"
    assert call(own, "POST", path, {"withRuns": True})["state"] == "cancelled"
    sfn = step_functions(own.url)
    eventually(lambda: sfn.describe_execution(executionArn=run)["status"] == "ABORTED")
    with pytest.raises(Refused, match="409.*over"):
        call(own, "POST", path, {})
    assert len(ticks(own, name)) == 1


def test_a_backfill_can_run_what_failed_again(own, unique):
    name = unique("again")
    begin = daily(name, own, task="{uses: fail, with: {error: Broken, cause: no}}")
    failed = finished(own, name, create(own, name, begin, begin + 2 * DAY))
    assert failed["counts"]["failed"] == 2
    again = finished(own, name, create(own, name, begin, begin + 2 * DAY, reprocess="failed"))
    assert again["counts"]["failed"] == 2
    sfn = step_functions(own.url)
    found = sfn.describe_execution(executionArn=runs(own, name)[0]["run"])
    assert found["redriveCount"] == 1


def test_the_counts_of_a_backfill_follow_runs_that_are_brought_to_success(own, unique):
    name = unique("mended")
    begin = daily(name, own, task="{uses: fail, with: {error: Broken, cause: no}}")
    made = finished(own, name, create(own, name, begin, begin + 2 * DAY))
    assert (made["counts"]["success"], made["counts"]["failed"]) == (0, 2)
    run = runs(own, name)[0]["run"]
    (task,) = call(own, "GET", f"/runs/{quoted(run)}/tasks")["items"]
    call(own, "POST", f"/runs/{quoted(run)}/tasks/{task['id']}/mark", {"state": "success"})
    counts = lambda: (it := show(own, name, made)["counts"]) and (it["success"], it["failed"])
    eventually(lambda: counts() == (1, 1))
    (listed,) = call(own, "GET", f"/pipelines/{name}/backfills")["items"]
    assert (listed["counts"]["success"], listed["counts"]["failed"]) == (1, 1)
    own.kill()
    own.start()
    assert counts() == (1, 1)


def test_a_backfill_runs_whole_runs_or_single_tasks_again(own, unique, tmp_path):
    name, book = unique("whole"), tmp_path / "book"
    begin = daily(name, own, task=f"{{run: echo ran >> {book}}}")
    create_again = lambda **members: finished(
        own, name, create(own, name, begin, begin + 2 * DAY, **members)
    )
    assert create_again()["counts"]["success"] == 2
    whole = create_again(reprocess="all")
    assert whole["counts"] == {"success": 2, "failed": 0, "left": 0, "skipped": 0, "refused": 0}
    assert book.read_text().count("ran") == 4
    single = create_again(reprocess="all", tasks=["only"])
    assert single["tasks"] == ["only"] and single["counts"]["success"] == 2
    assert book.read_text().count("ran") == 6
    assert create_again(reprocess="failed")["counts"]["left"] == 2
    # A tick without a run is left if only some tasks are to run.
    create(own, name, begin, begin + 3 * DAY, reprocess="all", tasks=["only"])
    sfn = step_functions(own.url)
    found = sfn.describe_execution(executionArn=runs(own, name)[0]["run"])
    assert found["redriveCount"] >= 2


def test_what_a_backfill_cannot_do_is_refused(own, unique):
    name = unique("refused")
    begin = daily(name, own)
    for members, message in [
        ({"trigger": "other"}, "no schedule 'other'"),
        ({"tasks": ["only"]}, "reprocess 'all'"),
        ({"tasks": ["onli"], "reprocess": "all"}, "did you mean 'only'"),
        ({"maxActive": 0}, "max_active"),
        ({"params": [1]}, "object"),
        ({"version": "newest"}, "pinned"),
        ({"from": "soon"}, "'soon' is no time"),
        ({"to": iso(begin)}, "not after"),
    ]:
        with pytest.raises(Refused, match=message):
            create(own, name, **{"begin": begin, "end": begin + DAY, **members})


def test_a_time_without_ticks_is_refused_with_the_nearest_ones(own, unique):
    name = unique("empty")
    begin = today() - 4 * DAY
    schedule = f"{{cron: '0 9 * * *', timezone: Asia/Tokyo, start: '{iso(begin)}'}}"
    push(own, name, schedule)
    before = "no tick of the schedule 'schedule' was due from "
    last, following = iso(begin + DAY).rstrip("Z"), iso(begin + 2 * DAY).rstrip("Z")
    tokyo = lambda number: time.strftime("%Y-%m-%dT09:00:00", time.gmtime(begin + number * DAY))
    near = (
        rf"the last one before was at {last}\S* \({tokyo(1)} Asia/Tokyo\), "
        rf"the next one was at {following}\S* \({tokyo(2)} Asia/Tokyo\)"
    )
    window = (begin + DAY + 3600, begin + DAY + 7200)
    for query in [{}, {"dryRun": "true"}]:
        body = {"from": iso(window[0]), "to": iso(window[1])}
        with pytest.raises(Refused, match=f"400.*{before}.*{near}"):
            call(own, "POST", f"/pipelines/{name}/backfills", body, **query)
    with pytest.raises(Refused, match="has not come yet; the next one is due at .*by itself"):
        create(own, name, today() + 2 * DAY, today() + 5 * DAY)
    typed = command(own, "backfill", name, "--from", iso(window[0]), "--to", iso(window[1]))
    assert typed.returncode == 2 and before in typed.stderr and "Asia/Tokyo" in typed.stderr
    assert call(own, "GET", f"/pipelines/{name}/backfills")["items"] == []


def test_a_schedule_follows_a_calendar_of_the_server(own, unique):
    name, calendar = unique("open"), unique("days")
    begin = today() - 6 * DAY
    day = lambda number: time.strftime("%Y-%m-%d", time.gmtime(begin + number * DAY))
    schedule = f"{{cron: '0 0 * * *', calendar: {{name: {calendar}, mode: exclude}}}}"
    push(own, name, schedule)
    shown = lambda: call(own, "GET", f"/pipelines/{name}/schedules")["items"]
    problem = eventually(lambda: shown() and shown()[0].get("problem"))
    assert f"there is no calendar '{calendar}'" in problem
    event = f"BEGIN:VEVENT\nDTSTART;VALUE=DATE:{day(1).replace('-', '')}\nEND:VEVENT\n"
    put = call(
        own,
        "PUT",
        f"/calendars/{calendar}",
        {"dates": [day(3)], "ics": f"BEGIN:VCALENDAR\n{event}END:VCALENDAR\n"},
    )
    assert put["dates"] == [day(1), day(3)]
    eventually(lambda: "problem" not in shown()[0])
    own.kill()
    own.start()
    assert "problem" not in shown()[0]
    done = finished(own, name, create(own, name, begin, begin + 4 * DAY))
    assert (done["counts"]["success"], done["counts"]["skipped"]) == (2, 2)
    with pytest.raises(Refused, match="409.*schedules refer to it"):
        call(own, "DELETE", f"/calendars/{calendar}")
    call(own, "DELETE", f"/pipelines/{name}")
    eventually(lambda: try_delete(own, f"/calendars/{calendar}"))
    with pytest.raises(Refused, match="is no date"):
        call(own, "PUT", f"/calendars/{calendar}", {"dates": ["2026-02-30"]})


def try_delete(server, path):
    try:
        call(server, "DELETE", path)
    except Refused:
        return False
    return True


def test_a_pipeline_pauses_itself_after_failures_in_a_row(own, unique):
    name = unique("careful")
    text = (
        f"pipeline: {name}\npause_on_failure: 2\non: {{schedule: {{every: 1s}}}}\n"
        "tasks: {only: {uses: fail, with: {error: Broken, cause: no}}}\n"
    )
    call(own, "POST", "/pipelines", text=text)
    paused = lambda: call(own, "GET", f"/pipelines/{name}").get("paused")
    found = eventually(paused)
    assert found["by"] == "pause_on_failure" and "2 scheduled runs failed" in found["reason"]
    last = lambda: ticks(own, name)[-1]
    eventually(lambda: (last()["state"], last().get("reason")) == ("skipped", "paused"))


def test_a_task_waits_for_the_run_before(own, unique):
    name = unique("chain")
    begin = today() - 4 * DAY
    text = (
        f"pipeline: {name}\n"
        f"on: {{schedule: {{cron: '0 0 * * *', start: '{iso(begin)}', end: '{iso(begin + 3 * DAY)}',"
        " catchup: all, overlap: allow_all}}\n"
        "tasks:\n"
        f"  first: {HELD}\n"
        "  load: {needs: first, noop: true, depends_on_past: true}\n"
    )
    call(own, "POST", "/pipelines", text=text)
    found = eventually(lambda: len(runs(own, name)) == 3 and runs(own, name))
    one, two, three = (tick["run"] for tick in found)
    sfn = step_functions(own.url)
    status = lambda run: sfn.describe_execution(executionArn=run)["status"]
    states = lambda run: [
        event.get("stateEnteredEventDetails", {}).get("name")
        for event in sfn.get_execution_history(executionArn=run, maxResults=1000)["events"]
    ]
    for run in [two, three]:
        signal(own, run)
        eventually(lambda run=run: "load (past pause)" in states(run))
    own.kill()
    own.start()
    assert [status(run) for run in [one, two, three]] == ["RUNNING"] * 3
    signal(own, one)
    eventually(lambda: status(one) == "SUCCEEDED")
    eventually(lambda: status(two) == "SUCCEEDED")
    eventually(lambda: status(three) == "SUCCEEDED")


def test_commands_pause_fill_and_name_calendars(own, unique, tmp_path):
    name, calendar = unique("commands"), unique("days")
    begin = daily(name, own)
    run = lambda *arguments: command(own, *arguments)
    span = ["--from", iso(begin), "--to", iso(begin + 2 * DAY)]
    planned = run("backfill", name, *span, "--dry-run").stdout
    assert "s-schedule-" in planned and "runs" in planned
    made = run("backfill", name, *span, "--params", "day=x").stdout.strip()
    shown = lambda: run("--json", "backfills", "show", name, made).stdout
    eventually(lambda: json.loads(shown())["state"] == "finished")
    assert made in run("backfills", "list", name).stdout
    assert "run" in run("schedules", "ticks", name, "--pipeline").stdout
    run("pause", name, "--reason", "audit", "--drain")
    paused = call(own, "GET", f"/pipelines/{name}")["paused"]
    assert paused["reason"] == "audit"
    shown = next(line for line in run("list").stdout.splitlines() if line.startswith(name))
    by = f" by {paused['by']}" if "by" in paused else ""
    assert shown.endswith(f"since {paused['at']}{by}: audit")
    run("resume", name)
    assert "audit" not in run("list").stdout
    assert "paused" not in call(own, "GET", f"/pipelines/{name}")
    assert f"{name} is paused" in run("pause", "--all", "--reason", "move", "--drain").stdout
    assert all(row["paused"]["reason"] == "move" for row in call(own, "GET", "/pipelines")["items"])
    assert f"{name} goes on" in run("resume", "--all").stdout
    assert not any("paused" in row for row in call(own, "GET", "/pipelines")["items"])
    run("calendars", "put", calendar, "--date", "2026-12-25", "--weekday", "SAT")
    assert calendar in run("calendars", "list").stdout
    assert "2026-12-25" in run("calendars", "show", calendar).stdout
    run("calendars", "delete", calendar)


def test_a_pause_that_is_over_before_the_runs_are_is_told_and_no_failure():
    late = (400, {"code": "ValidationException", "message": "'until' has passed"})
    server = Services(
        {
            r"GET /api/v1/pipelines(\?.*)?": {"items": [{"name": "one"}, {"name": "two"}]},
            "POST /api/v1/pipelines/one/pause": lambda body: late if body.get("drain") else {},
            "POST /api/v1/pipelines/two/pause": {},
        }
    )
    try:
        until = "2026-01-31T06:00:00Z"
        ran = command(server, "pause", "--all", "--until", until, "--drain")
        assert ran.returncode == 0, ran.stderr
        assert f"one goes on already: {until} has passed" in ran.stderr and "two" not in ran.stderr
    finally:
        server.stop()
