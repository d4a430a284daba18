"""What the commands do on a terminal, and what a person at one does."""

import json
import os
import pty
import signal
import subprocess

import pytest

from server import BINARY

PARALLEL = {
    "StartAt": "Both",
    "States": {
        "Both": {
            "Type": "Parallel",
            "Branches": [
                {"StartAt": "Left", "States": {"Left": {"Type": "Pass", "End": True}}},
                {"StartAt": "Right", "States": {"Right": {"Type": "Pass", "End": True}}},
            ],
            "End": True,
        }
    },
}
HOLD = {"StartAt": "Hold", "States": {"Hold": {"Type": "Wait", "Seconds": 3600, "End": True}}}


def on_terminal(*arguments, cwd):
    """Runs a command on a terminal; returns its exit code and what the terminal got."""
    terminal, end = pty.openpty()
    process = subprocess.Popen(
        [BINARY, *map(str, arguments)],
        cwd=cwd,
        env={**os.environ, "TERM": "xterm"},
        stdin=end,
        stdout=end,
        stderr=end,
    )
    os.close(end)
    got = b""
    while True:
        try:
            chunk = os.read(terminal, 4096)
        except OSError:  # Linux says so when the other end is closed.
            break
        if not chunk:
            break
        got += chunk
    os.close(terminal)
    return process.wait(60), got.decode()


@pytest.fixture
def file(tmp_path):
    def write(definition, name="flow.asl.json"):
        (tmp_path / name).write_text(json.dumps(definition))
        return name

    return write


def test_run_grows_a_tree_and_prints_readable_json(file, tmp_path):
    code, got = on_terminal("run", file(PARALLEL), "--input", '{"a":1}', cwd=tmp_path)
    assert code == 0, got
    lines = [line.removeprefix("\r\x1b[K") for line in got.splitlines()]
    tree = [line for line in lines if "✓" in line or "┬" in line]
    assert tree[0].endswith("┬ Both")
    assert sorted(line.split("✓ ")[1].split()[0] for line in tree[1:3]) == ["Left", "Right"]
    assert all("  ✓" in line for line in tree[1:3]) and "✓ Both" in tree[3]
    assert '    "a": 1' in lines


def test_validate_is_coloured_on_a_terminal_only(file, tmp_path):
    name = file({"StartAt": "A", "States": {"A": {"Type": "Suceed"}}})
    code, got = on_terminal("validate", name, cwd=tmp_path)
    assert code == 1 and "\x1b[" in got and "Succeed" in got
    plain = subprocess.run([BINARY, "validate", name], cwd=tmp_path, capture_output=True, check=False)
    assert plain.returncode == 1 and b"\x1b" not in plain.stdout + plain.stderr


def test_ctrl_c_stops_the_execution_of_run(file, tmp_path):
    process = subprocess.Popen(
        [BINARY, "run", file(HOLD)],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    for line in process.stderr:
        if "WaitStateEntered" in line:
            break
    process.send_signal(signal.SIGINT)
    output, errors = process.communicate(timeout=60)
    assert (process.returncode, output) == (4, "")
    assert "ABORTED" in errors


def test_the_log_of_a_server_has_colours_on_a_terminal_only(own_server):
    assert own_server.stop() == 0
    log = own_server.log.read_text()
    assert "stopping" in log and "\x1b" not in log


def test_a_reader_that_goes_away_is_no_panic(file, tmp_path):
    script = f'"{BINARY}" validate {" ".join([file(PARALLEL)] * 2000)} | head -n 1'
    done = subprocess.run(
        ["sh", "-c", script], cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False
    )
    assert "no problems" in done.stdout and "panicked" not in done.stderr, done.stderr
