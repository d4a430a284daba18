"""Compasso's own commands, as a person or a script runs them."""

import json
import os
import subprocess
import sys

import pytest

from clients import ended
from conftest import write_config
from server import BINARY, REPOSITORY

PASS = {"StartAt": "A", "States": {"A": {"Type": "Pass", "End": True}}}
BREAK = {"StartAt": "A", "States": {"A": {"Type": "Fail", "Error": "Broken", "Cause": "inside"}}}
HOLD = {"StartAt": "A", "States": {"A": {"Type": "Wait", "Seconds": 3600, "End": True}}}


@pytest.fixture
def compasso(server, tmp_path):
    """Runs a command against the server and returns exit code, output and errors."""

    def run(*arguments):
        done = subprocess.run(
            [BINARY, *map(str, arguments)],
            cwd=tmp_path,
            env={**os.environ, "COMPASSO_ENDPOINT": server.url},
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
    assert code != 0 and output == ""
    assert "StateMachineDoesNotExist" in errors and "panicked" not in errors
    code, _, errors = compasso("list", "--endpoint", "http://127.0.0.1:1")
    assert code != 0 and "http://127.0.0.1:1" in errors


def test_completions_are_printed(compasso):
    for shell in ["bash", "zsh", "fish"]:
        code, output, _ = compasso("completions", shell)
        assert code == 0 and "validate" in output
