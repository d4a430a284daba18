"""The commands against a server that asks for signatures."""

import json
import os
import subprocess

import pytest

from server import BINARY, Server

KEY = """
[[auth.keys]]
id = "AKIAEXAMPLE"
secret = "right"
account = "123456789012"
"""
RIGHT = {"AWS_ACCESS_KEY_ID": "AKIAEXAMPLE", "AWS_SECRET_ACCESS_KEY": "right"}
PASS = {"StartAt": "A", "States": {"A": {"Type": "Pass", "End": True}}}


@pytest.fixture
def guarded(tmp_path):
    """A server that loads a directory with one workflow, `loaded`."""
    loaded = tmp_path / "loaded"
    loaded.mkdir()
    (loaded / "loaded.asl.json").write_text(json.dumps(PASS))
    (tmp_path / "compasso.toml").write_text(KEY)
    running = Server(
        tmp_path / "data",
        command="dev",
        arguments=[loaded, "--config", tmp_path / "compasso.toml"],
    ).start()
    yield running
    running.kill()


@pytest.fixture
def compasso(guarded, tmp_path):
    """Runs a command far from the server's settings, with only the variables it is given."""
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()

    def run(*arguments, cwd=elsewhere, **variables):
        kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
        done = subprocess.run(
            [BINARY, *map(str, arguments)],
            cwd=cwd,
            env={**kept, "HOME": str(elsewhere), "COMPASSO_ENDPOINT": guarded.url, **variables},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        return done.returncode, done.stdout, done.stderr

    return run


def test_dev_loads_into_the_account_of_its_first_key(compasso):
    code, output, errors = compasso("list", "--json", **RIGHT)
    assert code == 0, errors
    arn = "arn:aws:states:us-east-1:123456789012:stateMachine:loaded"
    assert json.loads(output)["stateMachineArn"] == arn


def test_names_mean_the_account_of_the_key_and_logs_are_signed_too(compasso, tmp_path):
    (tmp_path / "elsewhere" / "pushed.asl.json").write_text(json.dumps(PASS))
    assert compasso("push", "pushed.asl.json", **RIGHT)[:2] == (0, "pushed: created\n")
    code, output, errors = compasso(
        "start", "pushed", "--name", "one", "--input", '{"a":1}', "--wait", **RIGHT
    )
    assert (code, output) == (0, '{"a":1}\n'), errors
    for command in [["describe"], ["history"], ["logs", "-f"], ["wait"]]:
        code, _, errors = compasso(*command, "pushed:one", **RIGHT)
        assert code == 0, errors


def test_the_first_push_into_an_empty_account_and_region_works(compasso, tmp_path):
    (tmp_path / "elsewhere" / "first.asl.json").write_text(json.dumps(PASS))
    code, output, errors = compasso(
        "push", "first.asl.json", "--json", AWS_REGION="eu-central-1", **RIGHT
    )
    assert code == 0, errors
    arn = "arn:aws:states:eu-central-1:123456789012:stateMachine:first"
    assert json.loads(output)["stateMachineArn"] == arn


def test_the_key_comes_from_the_environment_or_the_settings_or_the_shared_file(compasso, tmp_path):
    assert compasso("list", cwd=tmp_path)[0] == 0
    wrong = {**RIGHT, "AWS_SECRET_ACCESS_KEY": "wrong"}
    assert compasso("list", cwd=tmp_path, **wrong)[0] == 2
    shared = tmp_path / "elsewhere" / ".aws"
    shared.mkdir()
    (shared / "credentials").write_text(
        "[default]\naws_access_key_id = AKIAEXAMPLE\naws_secret_access_key = right\n"
    )
    assert compasso("list")[0] == 0


@pytest.mark.parametrize("variables", [{}, {**RIGHT, "AWS_SECRET_ACCESS_KEY": "wrong"}])
def test_without_the_right_key_the_error_says_how_to_give_one(compasso, variables):
    code, output, errors = compasso("list", **variables)
    assert (code, output) == (2, "")
    assert "AWS_ACCESS_KEY_ID" in errors
