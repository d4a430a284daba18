"""Workers under test: real processes beside the server, scripts in Python and `compasso worker`."""

import os
import signal
import subprocess
import sys
import textwrap
import time

from clients import DEADLINE_SECONDS
from rest import call, quoted
from server import BINARY, REPOSITORY

PACKAGE = REPOSITORY / "sdk" / "python" / "src"


class WorkerProcess:
    """A worker of a server; killed at the end of the test if it still runs."""

    def __init__(self, line, log, environment=None):
        self.log = log
        with log.open("ab") as file:
            self.process = subprocess.Popen(
                [str(word) for word in line],
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=file,
                env={**os.environ, **(environment or {})},
            )

    def ask_to_stop(self):
        self.process.send_signal(signal.SIGTERM)

    def kill(self):
        self.process.kill()
        self.process.wait()

    def ended(self):
        """Waits for the end and returns the exit code."""
        return self.process.wait(DEADLINE_SECONDS)

    def text(self):
        return self.log.read_text(errors="replace")


def script_worker(server, place, name, *arguments, environment=None):
    """Starts `compasso worker`."""
    line = [BINARY, "worker", "--server", server.url, "--name", name, "--data", place / "data"]
    return WorkerProcess([*line, *arguments], place / f"{name}.log", environment)


def python_worker(server, place, name, handlers, *, slots=1, **environment):
    """Starts a worker in Python with `handlers`, the text of functions that have decorators."""
    text = f"""
import logging, sys
from compasso import *
logging.basicConfig(level=logging.DEBUG)
worker = Worker({server.url!r}, name={name!r}, slots={slots})
{textwrap.dedent(handlers)}
worker.run()
"""
    path = place / f"{name}.py"
    path.write_text(text)
    return WorkerProcess(
        [sys.executable, path], place / f"{name}.log", {"PYTHONPATH": str(PACKAGE), **environment}
    )


def until(told, what, seconds=DEADLINE_SECONDS):
    """Waits until `told` returns something, and returns it."""
    limit = time.monotonic() + seconds
    while not (found := told()):
        assert time.monotonic() < limit, what
        time.sleep(0.01)
    return found


def push(server, text):
    return call(server, "POST", "/pipelines", text=textwrap.dedent(text))["items"][0]


def start(server, pipeline, params=None):
    body = {"params": params or {}}
    return call(server, "POST", f"/pipelines/{quoted(pipeline)}/runs", body)["id"]
