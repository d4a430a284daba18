"""Traces: what a collector of OpenTelemetry is sent, and what tasks are told."""

import http.server
import json
import threading

import pytest
import yaml

from clients import ROLE, command, ended, eventually, step_functions
from server import Server


class Collector:
    """Takes spans, and calls of tasks, and notes both."""

    def __init__(self):
        self.spans, self.calls, self.status = [], [], 200
        collector = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"] or 0))
                if self.path == "/v1/traces":
                    if collector.status == 200:
                        assert self.headers["X-Tenant"] == "compasso"
                        for resource in json.loads(body)["resourceSpans"]:
                            for scope in resource["scopeSpans"]:
                                collector.spans.extend(scope["spans"])
                    self.send_response(collector.status)
                else:
                    collector.calls.append(dict(self.headers))
                    self.send_response(200)
                self.send_header("Content-Length", "2")
                self.end_headers()
                self.wfile.write(b"{}")

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server.server_port}"

    def span(self, **wanted):
        """Waits for the span with these members or attributes."""

        def fits(span):
            members = {attribute["key"]: attribute["value"]["stringValue"]
                       for attribute in span["attributes"]}
            members.update({"name": span["name"], "traceId": span["traceId"]})
            return all(members.get(key.replace("__", ".")) == value for key, value in wanted.items())

        return eventually(lambda: next((span for span in self.spans if fits(span)), None))


@pytest.fixture
def collector():
    collector = Collector()
    yield collector
    collector.server.shutdown()
    collector.server.server_close()


@pytest.fixture
def traced(tmp_path, collector):
    data = tmp_path / "data"
    data.mkdir()
    (data / "compasso.toml").write_text(
        f"[traces]\nendpoint = '{collector.url}'\nheaders = 'x-tenant=compasso'\n"
    )
    server = Server(data).start()
    yield server
    assert server.stop() == 0, server.tail()


def create(sfn, name, states, **fields):
    definition = {"StartAt": next(iter(states)), "States": states, **fields}
    answer = sfn.create_state_machine(name=name, definition=json.dumps(definition), roleArn=ROLE)
    return answer["stateMachineArn"]


def start_within(sfn, machine, name, header):
    """Starts an execution as a caller does that works in a trace."""

    def add(request, **_):
        request.headers[name] = header

    event = "before-send.sfn.StartExecution"
    sfn.meta.events.register(event, add, unique_id="trace")
    execution = sfn.start_execution(stateMachineArn=machine)["executionArn"]
    sfn.meta.events.unregister(event, unique_id="trace")
    return execution


def test_a_trace_follows_an_execution_into_its_tasks(traced, collector):
    sfn = step_functions(traced.url)
    call = {
        "Type": "Task",
        "Resource": "arn:aws:states:::compasso:http",
        "Parameters": {"Method": "POST", "Url": f"{collector.url}/hook", "Body": {}},
        "ResultPath": None,
        "Next": "Print",
    }
    show = {
        "Type": "Task",
        "Resource": "arn:aws:states:::compasso:process",
        "Parameters": {"Command": ["sh", "-c", "echo \"$TRACEPARENT\""]},
        "ResultPath": "$.printed",
        "Next": "Break",
    }
    broken = {
        "Type": "Task",
        "Resource": "arn:aws:states:::compasso:process",
        "Parameters": {"Command": ["false"]},
        "Retry": [{"ErrorEquals": ["States.ALL"], "IntervalSeconds": 1, "MaxAttempts": 1}],
        "End": True,
    }
    machine = create(sfn, "traced", {"Call": call, "Print": show, "Break": broken})
    header = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1"
    execution = start_within(sfn, machine, "X-Amzn-Trace-Id", header)
    assert ended(sfn, execution)["status"] == "FAILED"

    whole = collector.span(name="traced")
    assert whole["traceId"] == "5759e988bd862e3fe1be46a994272793"
    assert whole["parentSpanId"] == "53995c3f42cd8ad8"
    assert whole["status"]["code"] == 2
    called = collector.span(name="Call", compasso__execution=execution)
    assert (called["traceId"], called["parentSpanId"]) == (whole["traceId"], whole["spanId"])
    assert int(called["endTimeUnixNano"]) >= int(called["startTimeUnixNano"])
    place = f"00-{whole['traceId']}-{called['spanId']}-01"
    assert collector.calls[0]["traceparent"] == place
    printed = collector.span(name="Print")
    shown = next(
        event["taskSucceededEventDetails"]["output"]
        for event in sfn.get_execution_history(executionArn=execution)["events"]
        if event["type"] == "TaskSucceeded" and "00-" in event["taskSucceededEventDetails"]["output"]
    )
    assert f"00-{whole['traceId']}-{printed['spanId']}-01" in shown
    attempts = [
        collector.span(name="Break", compasso__attempt=attempt) for attempt in ["1", "2"]
    ]
    assert len({attempt["spanId"] for attempt in attempts}) == 2
    assert all(attempt["status"]["code"] == 2 for attempt in attempts)


def test_children_and_scripts_of_pipelines_are_part_of_a_trace(traced, collector, tmp_path):
    sfn = step_functions(traced.url)
    child = create(sfn, "child", {"Done": {"Type": "Succeed"}})
    start = {
        "Type": "Task",
        "Resource": "arn:aws:states:::states:startExecution.sync:2",
        "Parameters": {"StateMachineArn": child},
        "End": True,
    }
    machine = create(sfn, "parent", {"Start": start})
    ended(sfn, sfn.start_execution(stateMachineArn=machine)["executionArn"])
    parent = collector.span(name="Start")
    inner = collector.span(name="child")
    assert (inner["traceId"], inner["parentSpanId"]) == (parent["traceId"], parent["spanId"])

    pipeline = {"pipeline": "told", "tasks": {"say": {
        "run": "echo \"place=$TRACEPARENT\" >> \"$COMPASSO_OUTPUT\""}}}
    file = tmp_path / "told.pipeline.yaml"
    file.write_text(yaml.safe_dump(pipeline))
    assert command(traced, "push", file).returncode == 0
    done = command(traced, "start", "told", "--wait", "--json")
    assert done.returncode == 0, done.stderr
    say = collector.span(name="say")
    whole = collector.span(name="told")
    assert (say["traceId"], say["parentSpanId"]) == (whole["traceId"], whole["spanId"])
    tasks = command(traced, "tasks", f"told:{json.loads(done.stdout.splitlines()[0])['name']}", "--json")
    assert f"00-{say['traceId']}-{say['spanId']}-01" in tasks.stdout


def test_a_caller_that_wants_no_trace_gets_none_and_a_collector_that_is_away_holds_nobody_up(
    traced, collector
):
    sfn = step_functions(traced.url)
    machine = create(sfn, "quiet", {"Done": {"Type": "Succeed"}})

    def start(header):
        return ended(sfn, start_within(sfn, machine, "Traceparent", header))

    unwanted, wanted = "4bf92f3577b34da6a3ce929d0e0e4736", "4bf92f3577b34da6a3ce929d0e0e4737"
    start(f"00-{unwanted}-00f067aa0ba902b7-00")
    start(f"00-{wanted}-00f067aa0ba902b7-01")
    assert collector.span(traceId=wanted)["parentSpanId"] == "00f067aa0ba902b7"
    assert not any(span["traceId"] == unwanted for span in collector.spans)
    collector.status = 503
    for _ in range(3):
        assert start(f"00-{wanted}-00f067aa0ba902b7-01")["status"] == "SUCCEEDED"
