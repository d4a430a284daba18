"""What `uses` does, against real counterparts on this machine."""

import contextlib
import http.server
import json
import sqlite3
import threading
import urllib.request

import pytest

from clients import step_functions
from postgres import Postgres
from rest import call
from server import Server
from test_pipeline_runs import ended, start


class Web:
    """An HTTP server that keeps what it is sent, and answers as its `answers` say, then 200."""

    def __init__(self):
        self.requests = []
        self.answers = []
        self.arrived = threading.Condition()
        web = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers.get("content-length", 0))).decode()
                with web.arrived:
                    web.requests.append((self.command, self.path, dict(self.headers), body))
                    status, headers = web.answers.pop(0) if web.answers else (200, {})
                    web.arrived.notify_all()
                content = json.dumps({"count": len(web.requests)}).encode()
                self.send_response(status)
                for name, value in {"content-type": "application/json", **headers}.items():
                    self.send_header(name, value)
                self.send_header("content-length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            do_GET = do_POST

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def wait_for(self, count):
        with self.arrived:
            assert self.arrived.wait_for(lambda: len(self.requests) >= count, timeout=30)
        return self.requests[count - 1]


@pytest.fixture
def web():
    serving = Web()
    yield serving
    serving.server.shutdown()
    serving.server.server_close()


@pytest.fixture(scope="module")
def postgres():
    running = Postgres()
    yield running
    running.stop()


@pytest.fixture(scope="module")
def acting(tmp_path_factory, postgres):
    """A server with the settings of actions."""
    directory = tmp_path_factory.mktemp("acting")
    config = directory / "compasso.toml"
    config.write_text(
        f"[connections.warehouse]\nsql = {json.dumps(postgres.url)}\n"
        "[sql]\ndirectories = ['files']\nscripts = 'scripts'\n"
    )
    (directory / "files").mkdir()
    (directory / "scripts").mkdir()
    running = Server(directory / "data", arguments=["--config", config]).start()
    running.directory = directory
    yield running
    assert running.stop() == 0, running.tail()


def run(server, name, tasks, params=None, head=""):
    """Runs a pipeline of these tasks to its end; each task's output is a member of the run's."""
    ids = [line.split(":")[0].strip() for line in tasks.splitlines() if line[:2] == "  " and line[2] != " "]
    outputs = "".join(f"  {id}: ${{{{ needs.{id}.output }}}}\n" for id in ids)
    text = f"pipeline: {name}\n{head}tasks:\n{tasks}\noutputs:\n{outputs}"
    call(server, "POST", "/pipelines", text=text)
    return ended(step_functions(server.url), start(server, name, params)["id"])


def output(found):
    assert found["status"] == "SUCCEEDED", found
    return json.loads(found["output"])


def test_a_call_is_tried_again_when_the_server_asks_for_it(acting, web, unique):
    web.answers = [(503, {"retry-after": "0"})]
    found = run(
        acting,
        unique("call"),
        f"""  ask:
    uses: http
    with: {{url: "{web.url}/a", body: {{n: 1}}, expect: "status = 200 and body.count = 2"}}
    retry: {{max: 1, delay: 1h, jitter: none, on: [Http5xx]}}
    outputs: {{count: "${{{{ result.body.count }}}}"}}""",
    )
    assert output(found)["ask"] == {"count": 2}
    first, second = web.requests
    assert first[0] == "POST" and json.loads(first[3]) == {"n": 1}
    # Whoever keeps such keys does the work once.
    assert first[2]["idempotency-key"] == second[2]["idempotency-key"]
    assert first[2]["idempotency-key"].endswith("/ask")


def test_an_expectation_that_does_not_hold_fails_the_task(acting, web, unique):
    found = run(
        acting,
        unique("expect"),
        f"  ask: {{uses: http, with: {{url: '{web.url}', expect: 'body.count > params.least'}}}}",
        params={"least": 5},
        head="params: {least: 1}\n",
    )
    assert (found["status"], found["error"]) == ("FAILED", "Expectation"), found


@pytest.mark.parametrize("fails", [False, True])
def test_a_callback_ends_the_task_that_waits_for_it_once(acting, web, unique, fails):
    name = unique("callback")
    text = f"""
pipeline: {name}
tasks:
  ship:
    uses: http
    with: {{url: "{web.url}/ships", wait: callback, body: {{back: "${{{{ task.callback_url }}}}"}}}}
outputs: ${{{{ needs.ship.output }}}}
"""
    call(acting, "POST", "/pipelines", text=text)
    started = start(acting, name)
    _, _, headers, body = web.wait_for(1)
    url = headers["x-callback-url"]
    assert json.loads(body) == {"back": url}
    # Until then nothing but the call has happened, and a restart changes nothing.
    acting.kill()
    acting.start()
    answer = b'{"tracking":"T1"}'
    if fails:
        url, answer = f"{url}/fail", b'{"error":"OutOfStock","cause":"none left"}'
    with urllib.request.urlopen(urllib.request.Request(url, answer, method="POST")) as accepted:
        assert accepted.status == 204
    found = ended(step_functions(acting.url), started["id"])
    if fails:
        assert (found["error"], found["cause"]) == ("OutOfStock", "none left"), found
    else:
        assert output(found) == {"tracking": "T1"}
    with pytest.raises(urllib.error.HTTPError) as refusal:
        urllib.request.urlopen(urllib.request.Request(url, answer, method="POST"))
    with refusal.value:
        assert refusal.value.code == 400


def test_sqlite_is_asked_with_bound_values(acting, unique):
    (acting.directory / "scripts" / "make.sql").write_text(
        "create table if not exists sales (day text, n integer);\n"
        "insert into sales values (:day, 1), (:day, 2);\n"
    )
    day = "2026-01-01'); drop table sales; --"
    found = run(
        acting,
        unique("sqlite"),
        """  make:
    uses: sql
    with: {connection: "sqlite:files/sales.db", script: make.sql, bind: {day: "${{ params.day }}"}}
  ask:
    needs: make
    uses: sql
    with:
      connection: sqlite:files/sales.db
      query: select sum(n) as n from sales where day = :day
      bind: {day: "${{ params.day }}"}
      expect: rows[0].n >= params.least
    outputs: {n: "${{ result.rows[0].n }}"}""",
        params={"day": day},
        head="params: {day: x, least: 3}\n",
    )
    assert output(found) == {"make": {"rows": [], "affected": 2}, "ask": {"n": 3}}
    with contextlib.closing(sqlite3.connect(acting.directory / "files" / "sales.db")) as database:
        assert database.execute("select distinct day from sales").fetchall() == [(day,)]


VALUES = {
    "true": True,
    "1::int2 + 1": 2,
    "9007199254740991::int8": 9007199254740991,
    "1.5::float4": 1.5,
    "123456.0042::numeric": 123456.0042,
    "'it''s :no name'": "it's :no name",
    "null": None,
    "'{\"a\": [1]}'::jsonb": {"a": [1]},
    "array['x', null, 'y z']": ["x", None, "y z"],
    "date '2026-03-07'": "2026-03-07",
    "timestamp '2026-03-07 01:02:03.5'": "2026-03-07T01:02:03.5",
    "timestamptz '2026-03-07 01:02:03+01'": "2026-03-07T00:02:03Z",
    "interval '1 month 2 days 3 hours'": "P1M2DT3H",
    "'6f1e2d3c-0000-4000-8000-000000000001'::uuid": "6f1e2d3c-0000-4000-8000-000000000001",
    "'\\xff00'::bytea": "/wA=",
    ":day::date + 1": "2026-02-01",
    ":list::int[]": [1, 2],
    ":record::jsonb": {"k": "v"},
}


def test_postgresql_gives_values_of_their_kinds(acting, unique):
    columns = ", ".join(f"{value} as c{at}" for at, value in enumerate(VALUES))
    bind = {"day": "2026-01-31", "list": [1, 2], "record": {"k": "v"}}
    found = run(
        acting,
        unique("kinds"),
        "  ask:\n    uses: sql\n    with:\n      connection: warehouse\n"
        f"      query: {json.dumps('select ' + columns)}\n      bind: {json.dumps(bind)}",
    )
    [row] = output(found)["ask"]["rows"]
    assert list(row.values()) == list(VALUES.values())


def test_a_script_of_postgresql_is_one_transaction(acting, unique):
    table = unique("t").replace("-", "_")
    script = f"create table {table} (n int primary key); insert into {table} values (:a); insert into {table} values (:b)"
    task = f"  ask: {{uses: sql, with: {{connection: warehouse, query: {json.dumps(script)}, bind: {{a: 1, b: %d}}}}}}"
    found = run(acting, unique("twice"), task % 1)
    assert (found["status"], found["error"]) == ("FAILED", "Sql.23505"), found
    assert output(run(acting, unique("once"), task % 2))["ask"]["affected"] == 2


def test_a_query_that_takes_too_long_is_ended_in_the_server(acting, unique):
    mark = unique("slow")
    slow = f"select pg_sleep(600) as \\\"{mark}\\\""
    found = run(
        acting,
        unique("timeout"),
        f'  ask: {{uses: sql, with: {{connection: warehouse, query: "{slow}", timeout: 200ms}}}}',
    )
    assert (found["status"], found["error"]) == ("FAILED", "Timeout"), found
    look = (
        "select count(*) as n from pg_stat_activity "
        f"where state = 'active' and query like '%{mark}%' and pid <> pg_backend_pid()"
    )
    found = run(
        acting,
        unique("look"),
        f"""  ask:
    uses: sql
    with: {{connection: warehouse, query: {json.dumps(look)}, expect: "rows[0].n = 0"}}
    retry: {{max: 50, delay: 1s, backoff: 1, jitter: none, on: [Expectation]}}""",
    )
    assert output(found)["ask"]["rows"] == [{"n": 0}]


CHILD = """
pipeline: {name}
params: {{n: 1}}
tasks:
  work:
    {work}
outputs: {{n: "${{{{ params.n + 1 }}}}"}}
"""


def test_a_task_runs_another_pipeline_and_gives_its_outputs(acting, unique):
    child = unique("child")
    call(acting, "POST", "/pipelines", text=CHILD.format(name=child, work="noop: true"))
    found = run(acting, unique("parent"), f"  sub: {{pipeline: {child}, with: {{n: 41}}}}")
    assert output(found)["sub"] == {"n": 42}
    work = "uses: fail\n    with: {error: Broken, cause: no luck}"
    call(acting, "POST", "/pipelines", text=CHILD.format(name=child, work=work))
    found = run(acting, unique("parent"), f"  sub: {{pipeline: {child}}}")
    assert (found["status"], found["error"]) == ("FAILED", "Broken"), found


def test_a_run_is_cancelled_with_the_task_that_waits_for_it(acting, web, unique):
    child = unique("child")
    work = f"uses: http\n    with: {{url: '{web.url}', wait: callback}}"
    call(acting, "POST", "/pipelines", text=CHILD.format(name=child, work=work))
    found = run(acting, unique("parent"), f"  sub: {{pipeline: {child}, timeout: 3s}}")
    assert (found["status"], found["error"]) == ("FAILED", "Timeout"), found
    _, _, headers, _ = web.wait_for(1)
    sfn = step_functions(acting.url)
    [started] = [
        item["id"] for item in call(acting, "GET", "/runs")["items"] if f":run:{child}:" in item["id"]
    ]
    assert ended(sfn, started)["status"] == "ABORTED"


def test_people_are_told(acting, web, unique):
    found = run(
        acting,
        unique("told"),
        f"""  tell: {{uses: slack, with: {{webhook: "{web.url}/hook", text: "rows: ${{{{ params.n }}}}"}}}}
  page: {{uses: pagerduty, with: {{url: "{web.url}/page", key: k, summary: late}}}}
  note: {{uses: log, with: {{message: "seen ${{{{ params.n }}}}"}}}}""",
        head="params: {n: 3}\n",
    )
    assert output(found)["tell"]["status"] == 200
    sent = {path: json.loads(body) for _, path, _, body in web.requests}
    assert sent["/hook"] == {"text": "rows: 3"}
    assert sent["/page"]["payload"]["summary"] == "late"


def test_a_file_is_copied(acting, unique, tmp_path):
    (tmp_path / "a").write_text("content")
    (tmp_path / "b").mkdir()
    addresses = f"{{from: 'file://{tmp_path}/a', to: 'file://{tmp_path}/b/'}}"
    found = run(acting, unique("copy"), f"  copy: {{uses: s3/copy, with: {addresses}}}")
    assert output(found)["copy"] == {"objects": 1, "bytes": 7}
    assert (tmp_path / "b" / "a").read_text() == "content"
    for source in ("none", "none/a"):
        gone = f"{{from: 'file://{tmp_path}/{source}', to: 'file://{tmp_path}/b/'}}"
        found = run(acting, unique("gone"), f"  copy: {{uses: s3/copy, with: {gone}}}")
        assert (found["status"], found["error"]) == ("FAILED", "NotFound"), found


def test_an_update_of_an_asset_starts_the_pipeline_that_waits_for_it(acting, web, unique):
    asset = f"warehouse://{unique('sales')}"
    waiting = unique("waiting")
    text = f"""
pipeline: {waiting}
on: {{asset: {{all: ["{asset}"]}}}}
tasks:
  told: {{uses: http, with: {{url: "{web.url}/told", body: "${{{{ trigger.events[0].asset }}}}"}}}}
"""
    call(acting, "POST", "/pipelines", text=text)
    found = run(acting, unique("emits"), f"  emit: {{uses: asset/emit, with: {{uri: '{asset}'}}}}")
    assert output(found)["emit"] == {"asset": asset, "partition": None}
    assert web.wait_for(1)[3] == asset
