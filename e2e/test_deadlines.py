"""Deadlines of pipelines: of runs that hang, and of those that never began."""

import http.server
import json
import threading
import time

import pytest

from clients import command, eventually, step_functions
from hooks import push
from rest import call, quoted
from test_pipeline_runs import ended
from test_pipeline_schedules import iso, queue, start, ticks

LATE = """
pipeline: {name}
on: {on}
concurrency: {{max_runs: 1}}
deadline: {deadline}
tasks: {{hang: {{wait: 1d}}}}
"""


@pytest.fixture
def pager():
    """Keeps what it is told: the path and the body of each request."""
    told = []

    class Pager(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            told.append((self.path, json.loads(body or b"null")))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Pager)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    server.told, server.url = told, f"http://127.0.0.1:{server.server_port}"
    yield server
    server.shutdown()
    server.server_close()


def tell(pager, path):
    body = "{id: '${{ run.id }}', kind: '${{ run.type }}'}"
    return f"{{uses: http, with: {{method: POST, url: '{pager.url}{path}', body: {body}}}}}"


def late(server, name, deadline, on="{manual: true}"):
    push(server, LATE.format(name=name, deadline=deadline, on=on))
    return name


def test_a_run_that_waits_for_a_place_is_told_of_once_across_a_kill(own_server, pager, unique):
    deadline = f"[{{after: 1s, from: queued, do: [{tell(pager, '/late')}, {tell(pager, '/also')}]}}]"
    name = late(own_server, unique("late"), deadline)
    first, second = (start(own_server, name, run)["id"] for run in ("first", "second"))
    eventually(lambda: len(pager.told) >= 4)
    own_server.kill()
    own_server.start()
    sfn = step_functions(own_server.url)
    # What was told of it while it waited is not told again when it begins.
    sfn.stop_execution(executionArn=first)
    eventually(lambda: sfn.describe_execution(executionArn=second)["status"] == "RUNNING")
    described = json.loads(sfn.describe_execution(executionArn=second)["input"])
    assert described["deadlines"] == {"told": [1]}
    assert described["run"]["queued_at"] < described["run"]["started_at"]
    # A call whose answer a kill kept from the server is made again.
    paths = sorted({(path, body["id"]) for path, body in pager.told})
    assert paths == [("/also", "first"), ("/also", "second"), ("/late", "first"), ("/late", "second")]
    listed = call(own_server, "GET", "/runs")["items"]
    assert sorted(run["name"] for run in listed) == ["first", "second"]


def has_succeeded(sfn, execution):
    """Says whether an execution that is about to begin has ended well."""
    try:
        return sfn.describe_execution(executionArn=execution)["status"] == "SUCCEEDED"
    except sfn.exceptions.ExecutionDoesNotExist:
        return False


def test_a_run_tells_what_it_missed_before_it_began(own_server, unique):
    said = "{uses: log, with: {message: 'late ${{ run.id }}'}}"
    name = late(own_server, unique("told"), f"[{{after: 1h, fail: true}}, {{after: 1s, from: queued, do: [{said}]}}]")
    first, second = (start(own_server, name, run)["id"] for run in ("first", "second"))
    missed = lambda: call(own_server, "GET", f"/runs/{quoted(second)}")["run"].get("missedDeadlines", [])
    [deadline] = eventually(missed)
    [told] = deadline["executions"]
    sfn = step_functions(own_server.url)
    eventually(lambda: has_succeeded(sfn, told))
    logs = command(own_server, "logs", told)
    assert logs.stdout.endswith("| late second\n"), logs
    sfn.stop_execution(executionArn=first)
    eventually(lambda: sfn.describe_execution(executionArn=second)["status"] == "RUNNING")
    assert missed() == [deadline] and deadline["number"] == 2
    described = command(own_server, "describe", second).stdout
    name = told.rsplit(":", 1)[1]
    assert "2 missed before the run began: " in described and name in described, described
    assert "missed" not in command(own_server, "describe", first).stdout


def test_a_run_that_waits_is_given_up(own_server, pager, unique):
    """Another pipeline of the same group has the only place, and no deadline."""
    names = {"holder": "[]", "waiting": f"[{{after: 1s, from: queued, fail: true, do: [{tell(pager, '/up')}]}}]"}
    for name, deadline in names.items():
        text = LATE.format(name=name, deadline=deadline, on="{manual: true}")
        push(own_server, text.replace("max_runs: 1", "max_runs: 1, group: one"))
    sfn = step_functions(own_server.url)
    holder = start(own_server, "holder", "first")["id"]
    second = start(own_server, "waiting", "second")["id"]
    eventually(lambda: [body["id"] for _, body in pager.told] == ["second"])
    eventually(lambda: queue(own_server, "waiting")[0] == [])
    found = sfn.describe_execution(executionArn=second)
    assert (found["status"], found["error"]) == ("ABORTED", "DeadlineMissed"), found
    assert sfn.describe_execution(executionArn=holder)["status"] == "RUNNING"


def test_a_run_that_has_begun_is_failed_by_its_deadline(own_server, pager, unique):
    deadline = f"[{{after: 1s, from: queued, fail: true, do: [{tell(pager, '/up')}]}}]"
    run = start(own_server, late(own_server, unique("up"), deadline), "first")["id"]
    found = ended(step_functions(own_server.url), run)
    assert (found["status"], found["error"]) == ("FAILED", "DeadlineMissed"), found
    # It is what the run failed with, and no hook that failed.
    assert "failedHooks" not in call(own_server, "GET", f"/runs/{quoted(run)}/tasks")
    eventually(lambda: [body["id"] for _, body in pager.told] == ["first"])


def test_a_tick_that_never_became_a_run_is_told_of(own_server, pager, unique):
    """The first run hangs, and the tick of the day after waits for its end."""
    begin = int(time.time()) // 86400 * 86400 - 5 * 86400
    deadline = f"[{{at: '06:00', do: [{tell(pager, '/six')}]}}]"
    on = (
        f"{{schedule: {{cron: '0 3 * * *', start: '{iso(begin)}', end: '{iso(begin + 2 * 86400)}',"
        " catchup: all}}"
    )
    name = late(own_server, unique("tick"), deadline, on)
    eventually(lambda: [tick["state"] for tick in ticks(own_server, name)] == ["run", "buffered"])
    days = [iso(begin + day * 86400 + 3 * 3600).replace("-", "").replace(":", "") for day in (0, 1)]
    names = [f"s-schedule-{day}" for day in days]
    eventually(lambda: sorted(body["id"] for _, body in pager.told) == names)
    own_server.kill()
    own_server.start()
    [first] = [tick["run"] for tick in ticks(own_server, name) if tick["state"] == "run"]
    step_functions(own_server.url).stop_execution(executionArn=first)
    eventually(lambda: [tick["state"] for tick in ticks(own_server, name)] == ["run", "run"])
    assert sorted({body["id"] for _, body in pager.told}) == names
    assert {body["kind"] for _, body in pager.told} == {"scheduled"}


def test_a_tick_that_waits_is_given_up(own_server, pager, unique):
    begin = int(time.time()) // 86400 * 86400 - 5 * 86400
    deadline = "[{at: '06:00', fail: true}]"
    on = (
        f"{{schedule: {{cron: '0 3 * * *', start: '{iso(begin)}', end: '{iso(begin + 2 * 86400)}',"
        " catchup: all, overlap: buffer_all}}"
    )
    name = late(own_server, unique("tick"), deadline, on)
    eventually(lambda: len(ticks(own_server, name)) == 2)
    eventually(lambda: all(tick["state"] in ("run", "failed") for tick in ticks(own_server, name)))
    first = next(tick for tick in ticks(own_server, name) if tick["state"] == "run")
    found = ended(step_functions(own_server.url), first["run"])
    assert (found["status"], found["error"]) == ("FAILED", "DeadlineMissed"), found
