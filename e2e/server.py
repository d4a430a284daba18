"""The server under test: a real process on a free port with a data directory of its own."""

import json
import os
import pathlib
import queue
import re
import signal
import socket
import subprocess
import sys
import threading

from postgres import shared

REPOSITORY = pathlib.Path(__file__).resolve().parent.parent
BINARY = pathlib.Path(os.environ.get("COMPASSO_BIN", REPOSITORY / "target/debug/compasso"))

FUNCTIONS = pathlib.Path(__file__).with_name("functions.py")

READY = re.compile(r"^compasso is ready on (http://127\.0\.0\.1:(\d+))$")
READY_SECONDS = 30
STOP_SECONDS = 30


def is_alive(process):
    """Says whether a process runs: one that nobody has waited for yet does not."""
    try:
        state = pathlib.Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state != "Z"


def free_port():
    """A port that nobody has at present, for who must be known before it begins."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


def write_config(directory):
    """Writes a configuration with the local functions of the tests and returns its path."""
    directory.mkdir(parents=True, exist_ok=True)
    config = directory / "compasso.toml"
    config.write_text(
        "".join(
            f"[functions.{name}]\ncommand = {json.dumps([sys.executable, str(FUNCTIONS), name])}\n"
            for name in ["echo", "fail", "keep-token", "sleep"]
        )
    )
    return config


class Server:
    """Starts, stops and kills one server. Its port stays the same over restarts."""

    def __init__(self, data, *, command="serve", arguments=(), cwd=None, environment=None):
        self.data = pathlib.Path(data)
        self.command = command
        self.arguments = [str(argument) for argument in arguments]
        self.cwd = cwd or self.data
        # No machine of EC2 is asked for keys: tests stay on this machine.
        quiet = {"AWS_EC2_METADATA_DISABLED": "true"}
        self.environment = {**os.environ, **quiet, **(environment or {})}
        if os.environ.get("E2E_STORE") == "postgres":
            self.environment.setdefault("COMPASSO_STORE", shared().store())
        self.port = 0
        self.url = None
        self.process = None
        self.reader = None
        # The lines of standard output after the first, then None.
        self.output = None
        self.log = self.data / "server.log"

    def start(self):
        """Starts the server and waits until it is ready."""
        self.begin()
        self.until_ready()
        return self

    def begin(self):
        """Starts the server, ready or not."""
        assert BINARY.exists(), f"{BINARY} was not built; run make e2e"
        self.data.mkdir(parents=True, exist_ok=True)
        line = [BINARY, self.command, "--listen", f"127.0.0.1:{self.port}", "--data", self.data]
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [*line, *self.arguments],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=log,
                cwd=self.cwd,
                env=self.environment,
                text=True,
            )
        lines = self.output = queue.Queue()

        def read(stream):
            for line in stream:
                lines.put(line)
            lines.put(None)

        self.reader = threading.Thread(target=read, args=[self.process.stdout], daemon=True)
        self.reader.start()

    def until_ready(self):
        """Waits until a server that has begun is ready."""
        try:
            line = self.output.get(timeout=READY_SECONDS)
        except queue.Empty:
            self.kill()
            raise AssertionError(f"no ready line in {READY_SECONDS} s\n{self.tail()}") from None
        match = READY.match(line.strip()) if line else None
        if match is None:
            self.kill()
            raise AssertionError(f"unexpected first line {line!r}\n{self.tail()}")
        self.url, self.port = match[1], int(match[2])

    def stop(self):
        """Asks the server to end and returns its exit code."""
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(STOP_SECONDS)
            return self._ended()
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError(f"did not stop in {STOP_SECONDS} s\n{self.tail()}") from None

    def kill(self):
        """Ends the server as a power cut would."""
        self.process.kill()
        self.process.wait()
        self._ended()

    def _ended(self):
        # Whoever inherited standard output from the server would keep the reader waiting.
        self.reader.join(STOP_SECONDS)
        self.process.stdout.close()
        return self.process.returncode

    def tail(self, lines=40):
        """The end of the server's log, for the message of a failed test."""
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:])
