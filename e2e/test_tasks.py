"""What tasks do without a worker: local functions, callbacks, nested executions, processes, HTTP."""

import http.server
import json
import sys
import threading

import pytest

from clients import ended, event_types, eventually, history
from server import is_alive

LAMBDA = "arn:aws:lambda:us-east-1:000000000000:function:"
INVOKE = "arn:aws:states:::lambda:invoke"
NESTED = "arn:aws:states:::states:startExecution"
PROCESS = "arn:aws:states:::compasso:process"
HTTP = "arn:aws:states:::compasso:http"


def one_task(resource, parameters=None, **fields):
    given = {} if parameters is None else {"Parameters": parameters}
    return {"Work": {"Type": "Task", "Resource": resource, **given, "End": True, **fields}}


def script(*lines):
    return [sys.executable, "-c", "\n".join(lines)]


def test_a_function_named_by_its_arn_runs_locally(sfn, machine, start):
    execution = start(machine(one_task(f"{LAMBDA}echo")), {"n": [1, "ç"]})
    assert json.loads(ended(sfn, execution)["output"]) == {"n": [1, "ç"]}
    assert event_types(sfn, execution)[2:5] == [
        "LambdaFunctionScheduled",
        "LambdaFunctionStarted",
        "LambdaFunctionSucceeded",
    ]


def test_a_function_invoked_as_a_service_answers_with_its_payload(sfn, machine, start):
    states = one_task(INVOKE, {"FunctionName": "echo", "Payload.$": "$"})
    execution = start(machine(states), {"n": 1})
    output = json.loads(ended(sfn, execution)["output"])
    assert (output["Payload"], output["StatusCode"]) == ({"n": 1}, 200)
    assert event_types(sfn, execution)[2:5] == ["TaskScheduled", "TaskStarted", "TaskSucceeded"]
    scheduled = history(sfn, execution)[2]["taskScheduledEventDetails"]
    assert (scheduled["resourceType"], scheduled["resource"]) == ("lambda", "invoke")


def test_a_function_s_failure_has_its_own_name(sfn, machine, start):
    arn = machine(one_task(f"{LAMBDA}fail"))
    described = ended(sfn, start(arn, {"type": "CardDeclined"}))
    assert (described["status"], described["error"]) == ("FAILED", "CardDeclined")
    assert "as asked" in described["cause"]


def test_a_function_nobody_named_fails_the_task(sfn, machine, start):
    states = one_task(
        INVOKE,
        {"FunctionName": "nobody-wrote-this"},
        Catch=[{"ErrorEquals": ["States.TaskFailed"], "Next": "Told"}],
    )
    execution = start(machine({**states, "Told": {"Type": "Pass", "End": True}}))
    assert "nobody-wrote-this" in json.loads(ended(sfn, execution)["output"])["Cause"]


@pytest.fixture
def callback(sfn, machine, start, tmp_path):
    """Starts an execution that waits for a callback; returns it and its token."""
    token_file = tmp_path / "token"
    states = one_task(
        f"{INVOKE}.waitForTaskToken",
        {
            "FunctionName": "keep-token",
            "Payload": {"token.$": "$$.Task.Token", "file": str(token_file)},
        },
    )
    execution = start(machine(states))
    eventually(token_file.exists)
    return execution, token_file.read_text()


def test_a_callback_s_answer_is_the_result(sfn, callback):
    execution, token = callback
    assert sfn.describe_execution(executionArn=execution)["status"] == "RUNNING"
    sfn.send_task_heartbeat(taskToken=token)
    sfn.send_task_success(taskToken=token, output='{"approved":true}')
    assert ended(sfn, execution)["output"] == '{"approved":true}'
    assert event_types(sfn, execution)[2:6] == [
        "TaskScheduled",
        "TaskStarted",
        "TaskSubmitted",
        "TaskSucceeded",
    ]


def test_a_callback_may_tell_a_failure(sfn, callback):
    execution, token = callback
    sfn.send_task_failure(taskToken=token, error="Refused", cause="too dear")
    described = ended(sfn, execution)
    assert (described["error"], described["cause"]) == ("Refused", "too dear")


def test_a_nested_execution_gives_its_output_back(sfn, machine, start):
    child = machine({"Double": {"Type": "Pass", "Parameters": {"n.$": "$.n"}, "End": True}})
    parameters = {"StateMachineArn": child, "Input": {"n.$": "$.n"}}
    by_text = ended(sfn, start(machine(one_task(f"{NESTED}.sync", parameters)), {"n": 4}))
    by_value = ended(sfn, start(machine(one_task(f"{NESTED}.sync:2", parameters)), {"n": 4}))
    assert json.loads(json.loads(by_text["output"])["Output"]) == {"n": 4}
    assert json.loads(by_value["output"])["Output"] == {"n": 4}
    assert json.loads(by_value["output"])["Status"] == "SUCCEEDED"


def test_a_nested_execution_may_be_started_and_left_alone(sfn, machine, start):
    child = machine({"Hold": {"Type": "Wait", "Seconds": 3600, "End": True}})
    parameters = {"StateMachineArn": child, "Name.$": "$$.Execution.Name"}
    execution = start(machine(one_task(NESTED, parameters)))
    started = json.loads(ended(sfn, execution)["output"])["ExecutionArn"]
    assert sfn.describe_execution(executionArn=started)["status"] == "RUNNING"
    sfn.stop_execution(executionArn=started)


def test_a_failed_nested_execution_fails_the_task_and_says_how(sfn, machine, start):
    child = machine({"Break": {"Type": "Fail", "Error": "Broken", "Cause": "inside"}})
    execution = start(machine(one_task(f"{NESTED}.sync:2", {"StateMachineArn": child})))
    described = ended(sfn, execution)
    assert described["error"] == "States.TaskFailed"
    cause = json.loads(described["cause"])
    assert (cause["Status"], cause["Error"], cause["Cause"]) == ("FAILED", "Broken", "inside")


def test_a_process_gives_exit_code_parsed_output_and_errors(sfn, machine, start):
    command = script(
        "import json, os, sys",
        "text = sys.stdin.read()",
        "print('to the log', file=sys.stderr)",
        "json.dump({'stdin': text, 'env': os.environ['WHO']}, sys.stdout)",
    )
    states = one_task(PROCESS, {"Command": command, "Env": {"WHO": "me"}, "Stdin.$": "$.text"})
    output = json.loads(ended(sfn, start(machine(states), {"text": "hello"}))["output"])
    assert output["ExitCode"] == 0
    assert output["Stdout"] == {"stdin": "hello", "env": "me"}
    assert output["Stderr"].strip() == "to the log"


def test_output_of_a_process_that_is_no_json_stays_text(sfn, machine, start):
    states = one_task(PROCESS, {"Command": script("print('two words')")})
    output = json.loads(ended(sfn, start(machine(states)))["output"])
    assert output["Stdout"] == "two words\n"


def test_a_process_works_where_it_is_told(sfn, machine, start, tmp_path):
    command = script("import os; print(os.getcwd())")
    states = one_task(PROCESS, {"Command": command, "Cwd": str(tmp_path)})
    output = json.loads(ended(sfn, start(machine(states)))["output"])
    assert output["Stdout"].strip() == str(tmp_path)


@pytest.mark.parametrize(
    "command", [script("import sys; sys.exit('no luck')"), ["/nowhere/to/be/found"]]
)
def test_a_process_that_fails_fails_the_task(sfn, machine, start, command):
    states = one_task(
        PROCESS,
        {"Command": command},
        Catch=[{"ErrorEquals": ["States.TaskFailed"], "Next": "Told"}],
    )
    execution = start(machine({**states, "Told": {"Type": "Pass", "End": True}}))
    described = ended(sfn, execution)
    assert described["status"] == "SUCCEEDED"
    assert json.loads(described["output"])["Cause"]


def test_a_process_that_takes_too_long_is_ended(sfn, machine, start, tmp_path):
    mark = tmp_path / "pid"
    command = script(
        "import os, pathlib, signal",
        f"pathlib.Path({str(mark)!r}).write_text(str(os.getpid()))",
        "signal.pause()",
    )
    states = one_task(PROCESS, {"Command": command}, TimeoutSeconds=2)
    assert ended(sfn, start(machine(states)))["error"] == "States.Timeout"
    eventually(lambda: not is_alive(int(mark.read_text())))


class Mirror(http.server.BaseHTTPRequestHandler):
    """Answers with what it was asked; a path that is a number is the status."""

    def answer(self):
        length = int(self.headers.get("Content-Length", 0))
        asked = {
            "method": self.command,
            "path": self.path,
            "header": self.headers.get("X-Test"),
            "body": self.rfile.read(length).decode(),
        }
        status = self.path.strip("/").split("?")[0]
        text = json.dumps(asked).encode()
        self.send_response(int(status) if status.isdigit() else 200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    do_GET = do_POST = do_PUT = do_DELETE = answer

    def log_message(self, *_):
        pass


@pytest.fixture
def mirror():
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Mirror) as running:
        thread = threading.Thread(target=running.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{running.server_port}"
        running.shutdown()
        thread.join()


def test_an_http_task_sends_method_headers_query_and_body(sfn, machine, start, mirror):
    states = one_task(
        HTTP,
        {
            "Method": "POST",
            "Url": f"{mirror}/things",
            "Headers": {"X-Test": "yes"},
            "Query": {"q": "a b"},
            "Body.$": "$",
        },
    )
    output = json.loads(ended(sfn, start(machine(states), {"n": 1}))["output"])
    assert output["StatusCode"] == 200
    answer = output["ResponseBody"]
    assert (answer["method"], answer["header"]) == ("POST", "yes")
    assert answer["path"] in ["/things?q=a+b", "/things?q=a%20b"]
    assert json.loads(answer["body"]) == {"n": 1}


def test_a_status_that_is_no_success_fails_the_http_task_by_its_number(
    sfn, machine, start, mirror
):
    states = one_task(HTTP, {"Method": "GET", "Url": f"{mirror}/503"})
    assert ended(sfn, start(machine(states)))["error"] == "Http.StatusCode.503"


def test_a_server_that_is_not_there_fails_the_http_task(sfn, machine, start, mirror):
    states = one_task(HTTP, {"Method": "GET", "Url": "http://127.0.0.1:1/"})
    assert ended(sfn, start(machine(states)))["error"] == "Http.Socket"
