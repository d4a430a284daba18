"""Compasso's own commands, as a person or a script runs them."""

import json
import os
import subprocess
import sys

import pytest

from clients import ended, step_functions
from server import write_config
from server import BINARY, REPOSITORY

PASS = {"StartAt": "A", "States": {"A": {"Type": "Pass", "End": True}}}
BREAK = {"StartAt": "A", "States": {"A": {"Type": "Fail", "Error": "Broken", "Cause": "inside"}}}
HOLD = {"StartAt": "A", "States": {"A": {"Type": "Wait", "Seconds": 3600, "End": True}}}


@pytest.fixture
def compasso(server, tmp_path):
    """Runs a command against the server and returns exit code, output and errors."""

    def run(*arguments, **environment):
        done = subprocess.run(
            [BINARY, *map(str, arguments)],
            cwd=tmp_path,
            env={**os.environ, "COMPASSO_ENDPOINT": server.url, **environment},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        return done.returncode, done.stdout, done.stderr

    return run


@pytest.fixture
def file(tmp_path, unique):
    """Writes a definition to a file with a name of its own."""

    def write(definition, suffix=".asl.json"):
        path = tmp_path / f"{unique()}{suffix}"
        text = definition if isinstance(definition, str) else json.dumps(definition, indent=2)
        path.write_text(text)
        return path

    return write


def name_of(path):
    return path.name.removesuffix(".asl.json")


def test_validate_accepts_every_example(compasso):
    files = sorted((REPOSITORY / "examples").glob("*/*.asl.json"))
    code, output, errors = compasso("validate", *files)
    assert code == 0, output + errors
    assert output.count("no problems") == len(files)


def test_validate_shows_problems_in_their_line_and_suggests(compasso, file):
    broken = {"StartAt": "Hello", "States": {"Hello": {"Type": "Pass", "Next": "Wrold"}}}
    broken["States"]["World"] = {"Type": "Succeed"}
    path = file(broken)
    code, output, _ = compasso("validate", path)
    assert code == 1
    assert f"{path}:6:" in output and "^" in output and "World" in output
    code, output, _ = compasso("validate", "--json", path)
    problems = [json.loads(line) for line in output.splitlines()]
    assert code == 1
    assert ("/States/Hello/Next", 6) in [(p["location"], p["line"]) for p in problems]


def test_run_prints_the_output_and_tells_the_outcome_by_its_exit_code(compasso, file):
    code, output, _ = compasso("run", file(PASS), "--input", '{"a":1}')
    assert (code, json.loads(output)) == (0, {"a": 1})
    code, output, errors = compasso("run", file(BREAK))
    assert code not in (0, 2)
    assert "Broken" in errors and output == ""


def test_run_refuses_a_broken_definition_and_broken_input(compasso, file):
    assert compasso("run", file("{"))[0] == 2
    code, _, errors = compasso("run", file(PASS), "--input", "{")
    assert code != 0 and errors


def test_run_takes_local_functions_from_the_settings_beside_the_file(compasso, file, tmp_path):
    write_config(tmp_path)
    resource = "arn:aws:lambda:us-east-1:000000000000:function:echo"
    states = {"A": {"Type": "Task", "Resource": resource, "End": True}}
    code, output, errors = compasso(
        "run", file({"StartAt": "A", "States": states}), "--input", '{"n":2}'
    )
    assert (code, json.loads(output)) == (0, {"n": 2}), errors


def test_run_takes_results_of_tasks_from_a_file(compasso, file, tmp_path):
    resource = "arn:aws:states:::lambda:invoke"
    task = {"Type": "Task", "Resource": resource, "Parameters": {"FunctionName": "x"}, "End": True}
    task["Retry"] = [{"ErrorEquals": ["Busy"], "IntervalSeconds": 1, "MaxAttempts": 1}]
    path = file({"StartAt": "A", "States": {"A": task}})
    (tmp_path / "mocks.json").write_text(
        json.dumps(
            {
                "StateMachines": {name_of(path): {"TestCases": {"Retried": {"A": "Second"}}}},
                "MockedResponses": {
                    "Second": {
                        "0": {"Throw": {"Error": "Busy", "Cause": "once"}},
                        "1": {"Return": {"Payload": "fine"}},
                    }
                },
            }
        )
    )
    code, output, errors = compasso("run", path, "--mocks", "mocks.json")
    assert (code, json.loads(output)) == (0, {"Payload": "fine"}), errors


TESTED = {
    "StartAt": "Rest",
    "States": {
        "Rest": {"Type": "Wait", "Seconds": 86400, "Next": "Work"},
        "Work": {
            "Type": "Task",
            "Resource": "arn:aws:states:::lambda:invoke",
            "Parameters": {"FunctionName": "x", "Payload.$": "$"},
            "OutputPath": "$.Payload",
            "End": True,
        },
    },
}


@pytest.fixture
def tested(file, tmp_path):
    """Writes a definition with a mock file beside it; returns the paths of both."""

    def write(expectations):
        path = file(TESTED)
        mocks = path.with_name(f"{name_of(path)}.mocks.json")
        cases = {"Fine": {"Work": "fine"}, "Broken": {"Work": "broken"}}
        machine = {"TestCases": cases, "Expectations": expectations}
        responses = {
            "fine": {"0": {"Return": {"Payload": 7}, "DelaySeconds": 600}},
            "broken": {"0": {"Throw": {"Error": "Boom", "Cause": "no"}}},
        }
        machines = {name_of(path): machine}
        mocks.write_text(json.dumps({"StateMachines": machines, "MockedResponses": responses}))
        return path

    return write


def test_test_cases_are_compared_with_what_they_must_come_to(compasso, tested, tmp_path):
    path = tested({"Fine": {"Output": 7, "Path": ["Rest", "Work"]}, "Broken": {"Error": "Boom"}})
    name = name_of(path)
    code, output, errors = compasso("test", path)
    assert (code, errors) == (0, "")
    assert output == f"ok    {name}  Broken\nok    {name}  Fine\n2 passed, 0 failed\n"
    assert compasso("test", tmp_path)[:2] == (code, output)
    lines = compasso("test", path, "--json", "--case", "Fine")[1].splitlines()
    [result] = [json.loads(line) for line in lines]
    assert (result["testCase"], result["passed"], result["output"]) == ("Fine", True, "7")
    assert result["path"] == ["Rest", "Work"]
    code, _, errors = compasso("test", path, "--case", "Nope")
    assert code == 2 and f"no test case 'Nope'; there are: {name} Broken, {name} Fine" in errors


def test_a_test_case_that_ends_otherwise_fails_and_says_how(compasso, tested):
    path = tested({"Fine": {"Output": 8}})
    code, output, _ = compasso("test", path)
    assert code == 1
    assert "status: expected SUCCEEDED, was FAILED (Boom: no)" in output
    assert "output: expected 8, was 7" in output
    assert output.endswith("0 passed, 2 failed\n")


def test_a_test_case_that_would_call_something_fails(compasso, tested):
    path = tested({})
    mocks = path.with_name(f"{name_of(path)}.mocks.json")
    machines = {name_of(path): {"TestCases": {"Bare": {}}}}
    mocks.write_text(json.dumps({"StateMachines": machines}))
    code, output, _ = compasso("test", path)
    assert (code, output.splitlines()[1].strip()) == (
        1,
        "the state 'Work' is not mocked by the test case",
    )


def test_a_definition_without_test_cases_is_a_wrong_use(compasso, file, tmp_path):
    path = file(PASS)
    code, _, errors = compasso("test", path)
    assert code == 2 and "--mocks" in errors
    code, _, errors = compasso("test", tmp_path)
    assert code == 2 and "no test cases" in errors


def test_a_workflow_is_pushed_started_awaited_described_and_read(compasso, file, sfn):
    path = file(PASS)
    assert compasso("push", path)[:2] == (0, f"{name_of(path)}: created\n")
    assert compasso("push", path)[:2] == (0, f"{name_of(path)}: unchanged\n")
    path.write_text(json.dumps(PASS))
    assert compasso("push", path)[:2] == (0, f"{name_of(path)}: updated\n")
    code, arn, _ = compasso("start", name_of(path), "--name", "one", "--input", '{"a":1}')
    assert code == 0
    assert ended(sfn, arn.strip())["status"] == "SUCCEEDED"
    one = f"{name_of(path)}:one"
    assert compasso("wait", one)[:2] == (0, '{"a":1}\n')
    described = json.loads(compasso("describe", one, "--json")[1])
    assert (described["status"], described["output"]) == ("SUCCEEDED", '{"a":1}')
    listed = [json.loads(line) for line in compasso("list", name_of(path), "--json")[1].splitlines()]
    assert [item["name"] for item in listed] == ["one"]
    events = [json.loads(line) for line in compasso("history", one, "--json")[1].splitlines()]
    assert [event["id"] for event in events] == [1, 2, 3, 4]
    assert name_of(path) in compasso("list", "--limit", "1000")[1]


def test_input_is_read_from_a_file(compasso, file, tmp_path):
    path = file(PASS)
    compasso("push", path)
    (tmp_path / "input.json").write_text('{"from": "file"}')
    code, output, _ = compasso("start", name_of(path), "--input", "@input.json", "--wait")
    assert (code, json.loads(output)) == (0, {"from": "file"})


def test_the_exit_code_of_wait_tells_failed_and_stopped_apart_from_success(compasso, file):
    failing, holding = file(BREAK), file(HOLD)
    compasso("push", failing, holding)
    code, _, errors = compasso("start", name_of(failing), "--wait")
    assert code != 0 and "Broken" in errors
    compasso("start", name_of(holding), "--name", "held")
    held = f"{name_of(holding)}:held"
    assert compasso("stop", held, "--error", "Enough")[0] == 0
    stopped, _, errors = compasso("wait", held)
    assert stopped not in (0, code) and "Enough" in errors


def test_logs_show_what_a_program_wrote(compasso, file):
    command = [sys.executable, "-c", "import sys; print('to errors', file=sys.stderr); print('out')"]
    resource = "arn:aws:states:::compasso:process"
    task = {"Type": "Task", "Resource": resource, "Parameters": {"Command": command}, "End": True}
    path = file({"StartAt": "A", "States": {"A": task}})
    compasso("push", path)
    assert compasso("start", name_of(path), "--name", "one", "--wait")[0] == 0
    for follow in [[], ["--follow"]]:
        code, output, _ = compasso("logs", f"{name_of(path)}:one", *follow)
        assert code == 0
        assert "to errors" in output and "out" in output


def test_errors_are_told_in_a_sentence(compasso):
    code, output, errors = compasso("start", "nobody-made-this")
    assert code == 2 and output == ""
    assert "StateMachineDoesNotExist" in errors and "panicked" not in errors
    code, _, errors = compasso("list", "--endpoint", "http://127.0.0.1:1")
    assert code == 2 and "http://127.0.0.1:1" in errors and "compasso serve" in errors
    code, _, errors = compasso("list", "--endpoint", "http://127.0.0.1:1", "--json")
    assert code == 2 and "http://127.0.0.1:1" in json.loads(errors)["message"]


def test_names_that_are_not_there_get_a_suggestion(compasso, file):
    path = file(PASS)
    name = name_of(path)
    compasso("push", path)
    compasso("start", name, "--name", "morning", "--wait")
    misspelt = name[:-1]
    for arguments in [["start", misspelt], ["list", misspelt], ["wait", f"{misspelt}:morning"]]:
        code, _, errors = compasso(*arguments)
        assert code == 2 and f"did you mean '{name}'?" in errors, errors
    for command in ["wait", "describe", "history", "logs", "stop", "redrive"]:
        code, _, errors = compasso(command, f"{name}:mornin")
        assert code == 2 and "did you mean 'morning'?" in errors, errors
    code, _, errors = compasso("describe", "morning")
    assert code == 2 and "WORKFLOW:NAME" in errors


@pytest.mark.parametrize("command", ["run", "start"])
def test_input_that_is_not_json_is_shown_with_the_place(compasso, file, tmp_path, command):
    path = file(PASS)
    compasso("push", path)
    subject = path if command == "run" else name_of(path)
    code, output, errors = compasso(command, subject, "--input", '{"a": x}')
    assert (code, output) == (2, "") and "--input:1:7" in errors and "^" in errors
    (tmp_path / "input.json").write_text("{\n  1}")
    code, _, errors = compasso(command, subject, "--input", "@input.json")
    assert code == 2 and "input.json:2:3" in errors
    code, _, errors = compasso(command, subject, "--input", "@nothing.json")
    assert code == 2 and "nothing.json" in errors


@pytest.mark.parametrize("command", ["run", "push"])
def test_a_broken_definition_is_shown_and_not_sent(compasso, file, command):
    path = file({"StartAt": "A", "States": {"A": {"Type": "Suceed"}}})
    code, output, errors = compasso(command, path)
    assert (code, output) == (2, "")
    assert f"{path}:" in errors and "^" in errors and "did you mean 'Succeed'?" in errors
    code, output, errors = compasso(command, path, "--json")
    assert (code, output) == (2, "")
    assert json.loads(errors.splitlines()[0])["suggestion"] == "did you mean 'Succeed'?"


def test_push_goes_on_after_a_broken_definition(compasso, file):
    good = file(PASS)
    code, output, errors = compasso("push", file("{"), file("{}"), good)
    assert (code, output) == (2, f"{name_of(good)}: created\n") and errors


def test_validate_goes_on_after_a_file_that_cannot_be_read(compasso, file):
    code, output, errors = compasso("validate", "nothing.asl.json", file("{"), file(PASS))
    assert code == 2 and "nothing.asl.json" in errors
    assert "INVALID_JSON_DESCRIPTION" in output and "no problems" in output


def test_validate_fails_if_a_directory_has_nothing_to_check(compasso, tmp_path):
    below = tmp_path / "pipelines"
    below.mkdir()
    (below / "nightly.yaml").write_text("pipeline: nightly\ntasks: {a: {noop: true}}\n")
    code, _, errors = compasso("validate", below)
    assert code == 2 and "no file ends in .asl.json" in errors
    (below / "nightly.yaml").rename(below / "nightly.pipeline.yaml")
    code, output, errors = compasso("validate", below)
    assert code == 0 and "no problems" in output, errors
    (below / "deeper").mkdir()
    code, output, errors = compasso("validate", below)
    assert (code, errors) == (0, ""), "one that is empty below another is no mistake"


def test_an_express_workflow_is_known_by_its_file_and_waited_for(compasso, file):
    path = file(PASS, ".express.asl.json")
    name = path.name.removesuffix(".express.asl.json")
    assert compasso("push", path)[:2] == (0, f"{name}: created\n")
    code, output, errors = compasso("start", name, "--input", '{"a":1}', "--wait")
    assert (code, output) == (0, '{"a":1}\n'), errors
    code, output, errors = compasso("run", path, "--input", '{"a":1}')
    assert (code, output) == (0, '{"a":1}\n') and "Standard" in errors


def test_list_shows_only_what_has_a_status(compasso, file):
    path = file(BREAK)
    compasso("push", path)
    compasso("start", name_of(path), "--name", "broken", "--wait")
    assert "broken" in compasso("list", name_of(path), "--status", "failed")[1]
    assert "broken" not in compasso("list", name_of(path), "--status", "RUNNING")[1]
    code, _, errors = compasso("list", name_of(path), "--status", "faild")
    assert code == 2 and "failed" in errors


def test_the_exit_code_tells_every_outcome(compasso, file):
    late = {**HOLD, "TimeoutSeconds": 1}
    assert compasso("run", file(PASS))[0] == 0
    assert compasso("run", file(BREAK))[0] == 1
    assert compasso("run", file(late))[0] == 3


def test_an_option_wins_over_the_environment_and_the_environment_over_the_file(
    compasso, server, tmp_path
):
    (tmp_path / "compasso.toml").write_text("endpoint = 'http://127.0.0.1:1'\n")
    assert compasso("list")[0] == 0, "COMPASSO_ENDPOINT wins over the file"
    code, _, errors = compasso("list", "--endpoint", "http://127.0.0.1:2")
    assert code == 2 and "http://127.0.0.1:2" in errors, "the option wins over both"
    unset = {name: value for name, value in os.environ.items() if name != "COMPASSO_ENDPOINT"}
    done = subprocess.run(
        [BINARY, "list"], cwd=tmp_path, env=unset, capture_output=True, text=True, check=False
    )
    assert done.returncode == 2 and "http://127.0.0.1:1" in done.stderr


def test_a_worker_polls_the_address_that_run_is_given(file, tmp_path):
    activity = "arn:aws:states:us-east-1:000000000000:activity:work"
    task = {"Type": "Task", "Resource": activity, "End": True}
    process = subprocess.Popen(
        [BINARY, "run", file({"StartAt": "A", "States": {"A": task}}), "--listen", "127.0.0.1:0"],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    address = process.stderr.readline().split()[-1]
    worker = step_functions(address)
    token = worker.get_activity_task(activityArn=activity)["taskToken"]
    worker.send_task_success(taskToken=token, output='{"done":true}')
    output, errors = process.communicate(timeout=60)
    assert (process.returncode, output) == (0, '{"done":true}\n'), errors


def test_followed_logs_and_wait_survive_a_restart_of_the_server(own_server, tmp_path):
    resource = "arn:aws:states:::compasso:process"
    say = {"Type": "Task", "Resource": resource, "ResultPath": None}
    states = {
        "First": {**say, "Parameters": {"Command": ["echo", "before"]}, "Next": "Hold"},
        "Hold": {"Type": "Wait", "Seconds": 4, "Next": "Last"},
        "Last": {**say, "Parameters": {"Command": ["echo", "after"]}, "End": True},
    }
    path = tmp_path / "restarted.asl.json"
    path.write_text(json.dumps({"StartAt": "First", "States": states}))
    environment = {**os.environ, "COMPASSO_ENDPOINT": own_server.url}
    begin = {"cwd": tmp_path, "env": environment, "text": True}
    subprocess.run([BINARY, "push", path], check=True, capture_output=True, **begin)
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    start = [BINARY, "start", "restarted", "--name", "one", "--wait"]
    wait = subprocess.Popen(start, **begin, **pipes)
    is_there = [BINARY, "describe", "restarted:one"]
    while subprocess.run(is_there, check=False, capture_output=True, **begin).returncode:
        assert wait.poll() is None
    logs = subprocess.Popen([BINARY, "logs", "-f", "restarted:one"], **begin, **pipes)
    assert logs.stdout.readline() == "First | before\n"
    own_server.kill()
    assert "trying again" in logs.stderr.readline()
    own_server.start()
    assert logs.communicate(timeout=60)[0] == "Last | after\n"
    assert wait.communicate(timeout=60)[0] == "{}\n"
    assert (logs.returncode, wait.returncode) == (0, 0)


@pytest.mark.parametrize("command", ["serve", "dev"])
def test_a_server_announces_itself_in_json_if_asked(tmp_path, command):
    process = subprocess.Popen(
        [BINARY, command, "--json", "--listen", "127.0.0.1:0", "--data", tmp_path / "data"],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert json.loads(process.stdout.readline())["endpoint"].startswith("http://127.0.0.1:")
    process.terminate()
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 0
    assert "stopping" in [json.loads(line)["fields"]["message"] for line in errors.splitlines()]


def test_dev_tells_what_becomes_of_each_file(tmp_path):
    watched, data = tmp_path / "watched", tmp_path / "data"
    watched.mkdir()
    path = watched / "here.asl.json"
    path.write_text(json.dumps(PASS))
    process = subprocess.Popen(
        [BINARY, "dev", watched, "--listen", "127.0.0.1:0", "--data", data],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    told = (line for line in process.stderr if "here" in line)
    assert f"loaded here from {path}" in next(told)
    path.write_text(json.dumps(PASS))
    os.utime(path, (0, 0))
    assert f"unchanged: here from {path}" in next(told)
    path.unlink()
    assert f"{path} is gone; its workflow stays" in next(told)
    process.terminate()
    process.communicate(timeout=60)
    assert process.returncode == 0


def test_completions_are_printed(compasso):
    for shell in ["bash", "zsh", "fish"]:
        code, output, _ = compasso("completions", shell)
        assert code == 0 and "validate" in output


def test_integrations_are_listed(compasso):
    code, output, _ = compasso("integrations", "--json")
    assert code == 0
    listed = json.loads(output)
    patterns = {row["resource"]: row["patterns"] for row in listed["optimized"]}
    assert patterns["ecs:runTask"] == [".sync", ".waitForTaskToken"]
    actions = {row["service"]: row["actions"] for row in listed["awsSdk"]}
    assert "describeDBInstances" in actions["rds"]
    code, output, _ = compasso("integrations", "sqs")
    assert code == 0 and "aws-sdk:sqs:sendMessage" in output.splitlines()
    code, _, problem = compasso("integrations", "nothing")
    assert code == 2 and "aws-sdk:nothing" in problem
    code, _, problem = compasso("integrations", "DynamoDB")
    assert code == 2 and "did you mean 'dynamodb'?" in problem


PIPELINE = "pipeline: {name}\ntasks: {{a: {{noop: true}}}}\n"


def test_dev_loads_one_of_two_files_with_the_same_pipeline(tmp_path):
    watched = tmp_path / "watched"
    watched.mkdir()
    first, second = watched / "a.pipeline.yaml", watched / "b.pipeline.yaml"
    for path in (first, second):
        path.write_text(PIPELINE.format(name="same"))
    process = subprocess.Popen(
        [BINARY, "dev", watched, "--listen", "127.0.0.1:0", "--data", tmp_path / "data"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    told = (line for line in process.stderr if ".pipeline.yaml" in line)
    assert f"loaded same from {first}" in next(told)
    line = next(told)
    assert f"{second}: the pipeline 'same' is in {first} as well, which keeps it" in line
    first.write_text(PIPELINE.format(name="other"))
    assert f"loaded other from {first}" in next(told)
    assert f"same from {second}" in next(told)
    process.terminate()
    process.communicate(timeout=60)
    assert process.returncode == 0


def test_a_push_of_two_files_with_the_same_pipeline_takes_the_first(compasso, tmp_path, unique):
    name = unique("twice")
    files = [tmp_path / "a.pipeline.yaml", tmp_path / "b.pipeline.yaml"]
    for path in files:
        path.write_text(PIPELINE.format(name=name))
    code, output, errors = compasso("push", *files)
    assert code == 2 and f"{name}: created (version 1)" in output
    assert f"{files[1]}: the pipeline '{name}' is in {files[0]} as well" in errors


def test_a_run_says_who_gave_it_up(compasso, tmp_path, unique):
    name, path = unique("given-up"), tmp_path / "a.pipeline.yaml"
    path.write_text(f"pipeline: {name}\ntasks: {{a: {{wait: 1d}}}}\n")
    machine = tmp_path / f"{name}-m.asl.json"
    machine.write_text(json.dumps({"StartAt": "A", "States": {"A": {"Type": "Wait", "Seconds": 3600, "End": True}}}))
    assert compasso("push", path, machine)[0] == 0
    for workflow in (name, f"{name}-m"):
        run = f"{workflow}:r"
        assert compasso("start", workflow, "--name", "r")[0] == 0
        code, _, errors = compasso("stop", run, "--cancel", "--cause", "no more", USER="ana")
        assert code == 0, errors
        code, shown, _ = compasso("describe", run)
        rows = dict(line.split(maxsplit=1) for line in shown.replace("stopped by", "stopped-by").splitlines())
        assert (rows["status"], rows["cause"], rows["stopped-by"]) == ("ABORTED", "no more", "ana")
        # Histories are AWS's, which does not tell people.
        last = compasso("history", run)[1].splitlines()[-1]
        assert "cause=no more" in last and "ana" not in last
