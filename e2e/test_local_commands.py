"""Commands that need no server: what files hold is checked, run and tested."""

import json
import subprocess

import pytest

from clients import step_functions
from definitions import BREAK, HOLD, PASS, name_of
from server import BINARY, REPOSITORY, write_config


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


def test_the_exit_code_tells_every_outcome(compasso, file):
    late = {**HOLD, "TimeoutSeconds": 1}
    assert compasso("run", file(PASS))[0] == 0
    assert compasso("run", file(BREAK))[0] == 1
    assert compasso("run", file(late))[0] == 3


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
