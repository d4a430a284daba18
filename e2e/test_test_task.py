"""One task of a pipeline on its own, over the REST interface."""

import http.server
import json
import threading

import pytest
from rest import Refused, call

TEXT = """pipeline: orders
params:
  day: {type: string, required: true}
vars: {folder: "in/${{ params.day }}"}
tasks:
  list: {run: ls}
  count:
    needs: list
    if: needs.list.output.n > 0
    run: wc
    env: {FOLDER: "${{ vars.folder }}", N: "${{ needs.list.output.n }}"}
    retry: {max: 2, delay: 10s}
    outputs: {lines: "${{ result.n + 1 }}"}
  tell:
    needs: count
    uses: transform
    with: {value: {lines: "${{ needs.count.output.lines }}"}}
  each:
    needs: list
    each: ${{ needs.list.output.files }}
    tasks:
      load: {uses: transform, with: {value: "${{ item }}"}}
      check: {needs: load, noop: true}
  rest: {wait: 7d}
"""
GIVEN = {"list": {"output": {"n": 2, "files": ["a", "b"]}}}


@pytest.fixture(scope="module")
def tested(server):
    def test(task, text=TEXT, **more):
        request = {"definition": text, "task": task, "params": {"day": "monday"}, **more}
        return call(server, "POST", "/check/task", request)

    return test


def test_a_task_tells_what_it_asks_for(tested):
    told = tested("count", needs=GIVEN)
    assert (told["state"], told["next"]) == ("offered", ["tell"])
    asked = json.dumps(told["order"]["arguments"])
    assert '"FOLDER": "in/monday"' in asked and '"N": "2"' in asked
    assert told["order"]["timeoutMs"] == 3_600_000


def test_a_result_that_stands_in_goes_through_the_outputs(tested):
    told = tested("count", needs=GIVEN, mock={"output": {"n": 4}})
    assert (told["state"], told["output"]) == ("success", {"lines": 5})
    assert "FOLDER" in json.dumps(told["order"])


def test_an_error_that_stands_in_is_retried_as_the_task_says(tested):
    failed = {"error": {"name": "Exit.1", "cause": "no such file"}}
    told = tested("count", needs=GIVEN, mock=failed, now="2026-01-31T06:00:00Z")
    assert (told["state"], told["error"], told["cause"]) == ("retrying", "Exit.1", "no such file")
    assert "2026-01-31T06:00:0" < told["retryAt"] < "2026-01-31T06:00:20"
    told = tested("tell", needs={"count": {"output": {"lines": 1}}}, mock=failed)
    assert (told["state"], told["error"]) == ("failed", "Exit.1")


def test_what_came_before_decides_whether_it_runs(tested):
    assert tested("count", needs={"list": {"output": {"n": 0}}})["state"] == "skipped"
    assert tested("count", needs={"list": {"skipped": True}})["state"] == "skipped"
    lost = {"error": {"name": "Lost"}}
    assert tested("count", needs={"list": lost})["state"] == "upstream_failed"


def test_the_action_is_carried_out_if_that_is_asked(tested):
    told = tested("tell", needs={"count": {"output": {"lines": 7}}}, call=True)
    assert (told["state"], told["output"]) == ("success", {"lines": 7})


def test_an_http_call_is_made_once(tested):
    calls = []

    class Answers(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            calls.append(self.path)
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.end_headers()
            self.wfile.write(b'{"n": 3}')

        def log_message(self, *_):
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answers) as listening:
        threading.Thread(target=listening.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{listening.server_port}/${{{{ params.day }}}}"
        text = f'pipeline: p\nparams: {{day: string}}\ntasks:\n  get: {{uses: http, with: {{url: "{url}"}}}}\n'
        told = tested("get", text)
        assert (told["state"], calls) == ("offered", [])
        told = tested("get", text, call=True)
        listening.shutdown()
    assert (told["state"], calls) == ("success", ["/monday"])
    assert '{"n": 3}' in json.dumps(told["output"])


def test_one_of_many_is_tested(tested):
    told = tested("each.load", needs=GIVEN, call=True)
    assert (told["output"], told["next"]) == ("a", ["each.check"])
    assert tested("each.load", item="z", call=True)["output"] == "z"


def test_time_passes_at_once(tested):
    assert tested("rest")["state"] == "success"


@pytest.mark.parametrize(
    ("request_", "said"),
    [
        ({"task": "nobody"}, "The pipeline has no task 'nobody'"),
        ({"task": "each"}, "'each' is a group: test the tasks in it"),
        ({"task": "count", "needs": {"tell": {"output": 1}}}, "The task does not need 'tell'"),
        ({"task": "count", "needs": GIVEN, "call": True}, "is not carried out in a test"),
        ({"task": "tell", "call": True, "mock": {"output": 1}}, "mocked or called, not both"),
        ({"task": "tell", "mock": {"skipped": True}}, "A mock has 'output' or 'error'"),
        ({"task": "rest", "now": "soon"}, "'soon' is no time"),
        ({"task": "rest", "params": {"day": 1}}, "day"),
        ({"task": "rest", "text": "pipeline: p\ntasks: {a: {}}\n"}, "Invalid Pipeline"),
    ],
)
def test_what_cannot_be_tested_says_why(tested, request_, said):
    with pytest.raises(Refused, match=said) as refused:
        tested(**request_)
    assert refused.value.status == 400


def test_a_secret_is_put_in_for_runs_alone(server, tested):
    call(server, "PUT", "/secrets/TEST_TOKEN", {"value": "s3cr3t"})
    header = '{authorization: "${{ secrets.TEST_TOKEN }}"}'
    called = f'{{url: "http://127.0.0.1:1/", headers: {header}}}'
    text = f"pipeline: p\nparams: {{day: string}}\ntasks:\n  get: {{uses: http, with: {called}}}\n"
    assert "s3cr3t" not in json.dumps(tested("get", text))
    with pytest.raises(Refused, match="it is given secrets"):
        tested("get", text, call=True)
