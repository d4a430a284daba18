"""What the server tells of executions: history logs, status-change events, metrics."""

import http.server
import json
import re
import threading
import urllib.request

import pytest

from clients import ROLE, ended, eventually, step_functions
from server import Server

GROUP = "arn:aws:logs:us-east-1:000000000000:log-group:/compasso/orders:*"
LOG_FILE = "log-groups/000000000000/us-east-1/compasso/orders.jsonl"
PASS = {"StartAt": "A", "States": {"A": {"Type": "Pass", "Result": {"x": 1}, "End": True}}}
FAIL = {"StartAt": "F", "States": {"F": {"Type": "Fail", "Error": "Bad", "Cause": "secret"}}}


@pytest.fixture
def served(tmp_path):
    """Starts a server with settings of its own."""
    started = []

    def serve(settings="", environment=None):
        config = tmp_path / "compasso.toml"
        config.write_text(settings)
        arguments = ["--config", config]
        server = Server(tmp_path / "data", arguments=arguments, environment=environment)
        started.append(server.start())
        return server

    yield serve
    for server in started:
        if server.process.poll() is None:
            server.kill()


def create(sfn, name, definition, level="ALL", with_data=True, kind="STANDARD"):
    logging = {
        "level": level,
        "includeExecutionData": with_data,
        "destinations": [{"cloudWatchLogsLogGroup": {"logGroupArn": GROUP}}],
    }
    answer = sfn.create_state_machine(
        name=name,
        definition=json.dumps(definition),
        roleArn=ROLE,
        type=kind,
        loggingConfiguration={"level": "OFF"} if level == "OFF" else logging,
    )
    return answer["stateMachineArn"]


def run(sfn, machine, value="{}"):
    execution = sfn.start_execution(stateMachineArn=machine, input=value)["executionArn"]
    return ended(sfn, execution)


def records(server):
    """Ends the server, which delivers what waits, and reads the log."""
    assert server.stop() == 0
    file = server.data / LOG_FILE
    return [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []


def test_a_history_is_logged_in_the_form_of_aws(served):
    server = served()
    sfn = step_functions(server.url)
    closed = run(sfn, create(sfn, "logged", PASS), '{ "a": 1 }')
    arn = closed["executionArn"]
    history = sfn.get_execution_history(executionArn=arn)["events"]
    logged = records(server)
    assert [record["type"] for record in logged] == [event["type"] for event in history]
    assert list(logged[0]) == [
        "id",
        "type",
        "details",
        "previous_event_id",
        "event_timestamp",
        "execution_arn",
        "redrive_count",
    ]
    assert logged[0]["details"] == {
        "input": '{ "a": 1 }',
        "inputDetails": {"truncated": False},
        "roleArn": ROLE,
    }
    for record, event in zip(logged, history, strict=True):
        assert record["id"] == str(event["id"])
        assert record["previous_event_id"] == str(event["previousEventId"])
        assert record["event_timestamp"] == str(round(event["timestamp"].timestamp() * 1000))
        assert (record["execution_arn"], record["redrive_count"]) == (arn, "0")


def test_levels_and_data_are_chosen_by_the_state_machine(served):
    server = served()
    sfn = step_functions(server.url)
    run(sfn, create(sfn, "errors", FAIL, level="ERROR", with_data=False))
    run(sfn, create(sfn, "fatal", FAIL, level="FATAL"))
    run(sfn, create(sfn, "fine", PASS, level="ERROR"))
    run(sfn, create(sfn, "off", FAIL, level="OFF"))
    logged = [(record["type"], record["details"]) for record in records(server)]
    assert logged == [
        ("FailStateEntered", {"name": "F"}),
        ("ExecutionFailed", {}),
        ("ExecutionFailed", {"error": "Bad", "cause": "secret"}),
    ]


def test_express_executions_are_logged(served):
    server = served("[history-log]\nstdout = true\n")
    sfn = step_functions(server.url)
    machine = create(sfn, "express", PASS, kind="EXPRESS")
    answer = sfn.start_sync_execution(stateMachineArn=machine, input="{}")
    logged = records(server)
    assert [record["type"] for record in logged] == [
        "ExecutionStarted",
        "PassStateEntered",
        "PassStateExited",
        "ExecutionSucceeded",
    ]
    assert {record["execution_arn"] for record in logged} == {answer["executionArn"]}
    printed = iter(server.output.get, None)
    assert [json.loads(line) for line in printed] == logged


def test_changes_of_status_are_told_in_the_form_of_eventbridge(served):
    server = served('[status-events]\nfile = "events.jsonl"\n')
    sfn = step_functions(server.url)
    succeeded = run(sfn, create(sfn, "fine", PASS))
    failed = run(sfn, create(sfn, "bad", FAIL))
    express = create(sfn, "express", PASS, kind="EXPRESS")
    sfn.start_sync_execution(stateMachineArn=express)
    assert server.stop() == 0
    lines = (server.data.parent / "events.jsonl").read_text().splitlines()
    events = [json.loads(line) for line in lines]
    assert [event["detail"]["status"] for event in events] == [
        "RUNNING",
        "SUCCEEDED",
        "RUNNING",
        "FAILED",
    ]
    event = events[1]
    assert list(event) == [
        "version",
        "id",
        "detail-type",
        "source",
        "account",
        "time",
        "region",
        "resources",
        "detail",
    ]
    assert event["detail-type"] == "Step Functions Execution Status Change"
    assert (event["source"], event["resources"]) == ("aws.states", [succeeded["executionArn"]])
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", event["time"])
    detail = event["detail"]
    assert (detail["input"], detail["output"]) == ("{}", '{"x":1}')
    assert detail["inputDetails"] == detail["outputDetails"] == {"included": True}
    assert detail["startDate"] == round(succeeded["startDate"].timestamp() * 1000)
    assert detail["stopDate"] == round(succeeded["stopDate"].timestamp() * 1000)
    assert events[0]["detail"]["stopDate"] is None and events[0]["detail"]["output"] is None
    assert (events[3]["detail"]["error"], events[3]["detail"]["cause"]) == ("Bad", "secret")
    assert events[3]["resources"] == [failed["executionArn"]]
    assert len({event["id"] for event in events}) == 4


def test_events_are_posted_again_until_the_webhook_takes_them(served):
    posted, refusals = [], iter([500, 503])

    class Receiver(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            status = next(refusals, 204)
            if status == 204:
                posted.append(json.loads(body))
            self.send_response(status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_):
            pass

    receiver = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
    threading.Thread(target=receiver.serve_forever, daemon=True).start()
    url = f"http://127.0.0.1:{receiver.server_address[1]}/hook"
    server = served(f'[status-events]\nwebhook = "{url}"\nsource = "compasso"\n')
    sfn = step_functions(server.url)
    run(sfn, create(sfn, "fine", PASS))
    assert server.stop() == 0
    receiver.shutdown()
    receiver.server_close()
    told = [(event["source"], event["detail"]["status"]) for event in posted]
    assert told == [("compasso", "RUNNING"), ("compasso", "SUCCEEDED")]


def test_histories_go_to_cloudwatch_logs_if_that_is_given(served, aws):
    logs = aws.client("logs")
    group = "/compasso/orders"
    logs.create_log_group(logGroupName=group)
    server = served(environment=aws.environment())
    sfn = step_functions(server.url)
    run(sfn, create(sfn, "logged", PASS))
    filed = records(server)
    stream = logs.describe_log_streams(logGroupName=group)["logStreams"][0]["logStreamName"]
    assert re.fullmatch(r"states/logged/\d{4}(-\d\d){4}/[0-9a-f]{8}", stream)
    events = logs.get_log_events(logGroupName=group, logStreamName=stream, startFromHead=True)
    assert [json.loads(event["message"]) for event in events["events"]] == filed
    assert [str(event["timestamp"]) for event in events["events"]] == [
        record["event_timestamp"] for record in filed
    ]


def test_a_log_stream_that_was_deleted_is_made_again(served, aws):
    logs = aws.client("logs")
    group = "/compasso/orders"
    if not logs.describe_log_groups(logGroupNamePrefix=group)["logGroups"]:
        logs.create_log_group(logGroupName=group)
    server = served(environment=aws.environment())
    sfn = step_functions(server.url)
    machine = create(sfn, "again", PASS)

    def streams():
        found = logs.describe_log_streams(logGroupName=group, logStreamNamePrefix="states/again/")
        return [stream["logStreamName"] for stream in found["logStreams"]]

    run(sfn, machine)
    [stream] = eventually(streams)
    logs.delete_log_stream(logGroupName=group, logStreamName=stream)
    run(sfn, machine)
    assert eventually(streams) == [stream]


def test_changes_of_status_are_put_on_an_event_bus(served, aws):
    events, sqs = aws.client("events"), aws.client("sqs")
    queue = sqs.create_queue(QueueName="changes")["QueueUrl"]
    attributes = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])
    pattern = {"source": ["aws.states"], "detail": {"status": ["SUCCEEDED"]}}
    events.put_rule(Name="succeeded", EventPattern=json.dumps(pattern))
    target = {"Id": "queue", "Arn": attributes["Attributes"]["QueueArn"]}
    events.put_targets(Rule="succeeded", Targets=[target])
    server = served('[status-events]\nevent_bus = "default"\n', aws.environment())
    sfn = step_functions(server.url)
    closed = run(sfn, create(sfn, "fine", PASS, level="OFF"))
    assert server.stop() == 0
    (message,) = sqs.receive_message(QueueUrl=queue)["Messages"]
    event = json.loads(message["Body"])
    assert event["detail-type"] == "Step Functions Execution Status Change"
    assert event["detail"]["executionArn"] == closed["executionArn"]
    assert event["resources"] == [closed["executionArn"]]


def metrics(server):
    with urllib.request.urlopen(f"{server.url}/metrics", timeout=60) as answer:
        assert answer.headers["Content-Type"].startswith("text/plain; version=0.0.4")
        return answer.read().decode()


def test_metrics_have_the_names_of_cloudwatch(served):
    server = served()
    assert 'aws_states_executions_failed_total{state_machine_arn="other"} 0\n' in metrics(server)
    sfn = step_functions(server.url)
    fine, bad = create(sfn, "fine", PASS), create(sfn, "bad", FAIL, level="OFF")
    for machine in [fine, fine, bad]:
        run(sfn, machine)
    resource = "arn:aws:states:::compasso:process"
    task = {"Type": "Task", "Resource": resource, "Parameters": {"Command": ["true"]}, "End": True}
    run(sfn, create(sfn, "task", {"StartAt": "T", "States": {"T": task}}))
    text = metrics(server)
    started = "aws_states_executions_started_total"
    assert f'{started}{{state_machine_arn="{fine}"}} 2\n' in text
    # What has not happened yet is there as well: the first time would else be no change.
    assert f'aws_states_executions_failed_total{{state_machine_arn="{fine}"}} 0\n' in text
    assert f'aws_states_executions_failed_total{{state_machine_arn="{bad}"}} 1\n' in text
    assert f"# HELP {started} ExecutionsStarted of AWS/States.\n# TYPE {started} counter\n" in text
    assert f'aws_states_execution_time_seconds_count{{state_machine_arn="{fine}"}} 2\n' in text
    label = f'service_integration_resource_arn="{resource}"'
    assert f"aws_states_service_integrations_succeeded_total{{{label}}} 1\n" in text
    for name in ["time", "run_time", "schedule_time"]:
        bucket = f'aws_states_service_integration_{name}_seconds_bucket{{{label},le="+Inf"}} 1\n'
        assert bucket in text


def test_metrics_are_for_those_who_may_read(served):
    server = served('[auth]\ntoken = "t"\n[[auth.keys]]\nid = "A"\nsecret = "s"\n')
    with pytest.raises(urllib.error.HTTPError) as refused:
        metrics(server)
    with refused.value as answer:
        assert answer.code == 401
    request = urllib.request.Request(
        f"{server.url}/metrics", headers={"Authorization": "Bearer t"}
    )
    with urllib.request.urlopen(request, timeout=60) as answer:
        assert answer.status == 200
