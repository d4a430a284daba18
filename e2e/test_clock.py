"""What happens when the clock of a server's machine is set."""

import os
import pathlib
import re
import subprocess
import urllib.request

import pytest

from clients import step_functions
from hooks import ended, push, until
from rest import call
from server import Server

SHIM = pathlib.Path(__file__).with_name("shims") / "clock.c"


@pytest.fixture
def clock(tmp_path):
    """A server by a clock that a test sets, and the function that sets it, in seconds from the true time."""
    library, offset = tmp_path / "clock.so", tmp_path / "offset"
    subprocess.run(["cc", "-shared", "-fPIC", "-O1", "-o", library, SHIM, "-ldl"], check=True)

    def set_clock(seconds):
        new = offset.with_suffix(".new")
        new.write_text(str(seconds))
        os.replace(new, offset)

    set_clock(0)
    environment = {"LD_PRELOAD": str(library), "CLOCK_OFFSET": str(offset)}
    server = Server(tmp_path / "data", environment=environment).start()
    yield server, set_clock
    if server.process.poll() is None:
        server.kill()


def behind(server):
    with urllib.request.urlopen(f"{server.url}/metrics", timeout=60) as answer:
        return float(re.search(r"^compasso_clock_behind_seconds (\S+)$", answer.read().decode(), re.M)[1])


def test_a_script_is_ended_by_its_time_out_though_the_clock_was_set_back(clock, tmp_path):
    server, set_clock = clock
    begun = tmp_path / "begun"
    push(server, f"pipeline: p\ntasks: {{t: {{timeout: 2s, run: 'touch {begun}; sleep 600'}}}}\n")
    run = call(server, "POST", "/pipelines/p/runs", {})["id"]
    until(begun.exists)
    set_clock(-3600)
    found = ended(step_functions(server.url), run)
    assert (found["status"], found["error"]) == ("FAILED", "Timeout")
    until(lambda: behind(server) > 3000)
    assert re.search("WARN.*the clock was set back.*seconds", server.tail()), server.tail()
    set_clock(0)
    until(lambda: behind(server) == 0)
    until(lambda: "the clock has caught up" in server.tail())


def test_a_clock_that_is_set_forward_is_told_of(clock):
    server, set_clock = clock
    set_clock(3600)
    until(lambda: re.search("WARN.*the clock was set forward", server.tail()))
    assert behind(server) == 0
