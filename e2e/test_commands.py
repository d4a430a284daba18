"""Compasso's own commands, as a person or a script runs them against a server."""

import json
import os
import subprocess
import sys

import pytest

from clients import ended
from definitions import BREAK, HOLD, PASS, name_of
from server import BINARY


PIPELINE = "pipeline: {name}\ntasks: {{a: {{noop: true}}}}\n"


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
    ways = [[], ["--cancel"]]
    for workflow, way in [(workflow, way) for workflow in (name, f"{name}-m") for way in ways]:
        run = f"{workflow}:r{len(way)}"
        assert compasso("start", workflow, "--name", f"r{len(way)}")[0] == 0
        code, _, errors = compasso("stop", run, *way, "--cause", "no more", USER="ana")
        assert code == 0, errors
        code, shown, _ = compasso("describe", run)
        rows = dict(line.split(maxsplit=1) for line in shown.replace("stopped by", "stopped-by").splitlines())
        assert (rows["status"], rows["cause"], rows["stopped-by"]) == ("ABORTED", "no more", "ana")
        # Histories are AWS's, which does not tell people.
        last = compasso("history", run)[1].splitlines()[-1]
        assert "cause=no more" in last and "ana" not in last
