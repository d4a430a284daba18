"""`compasso serve` and `dev`, and commands that outlive a restart of the server."""

import json
import os
import subprocess

import pytest

from definitions import PASS
from server import BINARY


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
