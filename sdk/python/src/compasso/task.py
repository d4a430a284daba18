"""A task, as its handler sees it."""

from __future__ import annotations

import io
import json
import logging
import os
import threading
import time
from dataclasses import dataclass
from typing import Any, BinaryIO, Callable, Dict, Iterator, List, Mapping, Optional, TypeVar, Union

from .errors import Cancelled, Refused, Unreachable
from .server import Server

#: Lines that wait to be sent, beyond which `log` sends them itself.
WAITING_LINES_MAX = 1_000
#: Most lines and bytes of one call, as it is sent.
BATCH_LINES_MAX, BATCH_BYTES_MAX = 1_000, 1024 * 1024
#: Longest line, characters; longer ones are cut into several.
LINE_CHARACTERS_MAX = 8_192
#: First and longest pause between tries, seconds.
FIRST_PAUSE, LONGEST_PAUSE = 0.1, 5.0
#: What stands in logs where a secret was.
MASK = "***"

Answer = TypeVar("Answer")

log = logging.getLogger("compasso")


@dataclass(frozen=True)
class Artifact:
    """A file that the server keeps."""

    name: str
    uri: str
    size: int
    sha256: str

    def as_json(self) -> Dict[str, Any]:
        """What a handler returns so that later tasks find the file."""
        return {"name": self.name, "uri": self.uri, "size": self.size, "sha256": self.sha256}


class Task:
    """One attempt at a task. Every thread may use it."""

    def __init__(self, server: Server, delivery: Mapping[str, Any]) -> None:
        #: What the pipeline gives the handler.
        self.input: Any = delivery.get("input")
        #: The handler's name.
        self.handler: str = delivery.get("handler") or ""
        #: The id of the run.
        self.run: str = delivery["run"]
        #: The name of the pipeline.
        self.pipeline: str = delivery["pipeline"]
        #: The task's id in the pipeline.
        self.id: str = delivery["task"]
        #: The key of the instance, if the task is one of several.
        self.key: Optional[str] = delivery.get("key")
        #: Which attempt, from 1.
        self.attempt: int = delivery["attempt"]
        #: Equal for all attempts: give it to services that you call.
        self.idempotency_key: str = delivery["idempotency_key"]
        self._server = server
        self._lease: str = delivery["lease"]
        self._masks = sorted((m for m in delivery.get("masks") or [] if m), key=len, reverse=True)
        self._cancelled = threading.Event()
        timeout = delivery.get("timeout_ms")
        self._renewed = time.monotonic()
        self._deadline = None if timeout is None else self._renewed + timeout / 1000
        #: Whether the handler has returned: the server has to hear of it, however long that takes.
        self._is_over = False
        self._lines: List[Dict[str, Any]] = []
        self._lock = threading.Lock()
        self._sending = threading.Lock()

    @property
    def cancelled(self) -> bool:
        """Whether the task is not wanted any more: stop, and return."""
        return self._cancelled.is_set()

    def wait_cancelled(self, seconds: Optional[float] = None) -> bool:
        """Sleeps, but not after the task was cancelled; returns whether it is."""
        return self._cancelled.wait(seconds)

    def log(self, text: str, *, stream: str = "stdout") -> None:
        """Writes lines to the log of the run. They are sent within a moment, in batches."""
        at = time.time_ns() // 1_000_000
        pieces = [
            line[start : start + LINE_CHARACTERS_MAX]
            for line in self._masked(_sendable(str(text))).splitlines() or [""]
            for start in range(0, max(len(line), 1), LINE_CHARACTERS_MAX)
        ]
        with self._lock:
            self._lines += [{"at": at, "stream": str(stream), "text": piece} for piece in pieces]
            is_full = len(self._lines) >= WAITING_LINES_MAX
        if is_full:
            self._send_lines()

    def beat(self) -> None:
        """Says that the task is alive, for tasks with a `heartbeat`. Raises `Cancelled` if the task
        is not wanted any more."""
        self._call("beat", {})

    def put_artifact(self, name: str, content: Union[bytes, str, "os.PathLike[str]"]) -> Artifact:
        """Keeps bytes, or the file at a path, on the server."""

        def send() -> Any:
            path = ("leases", self._lease, "artifacts", *name.split("/"))
            if isinstance(content, bytes):
                return self._server.put(*path, body=content, length=len(content))
            with open(content, "rb") as file:
                return self._server.put(*path, body=file, length=os.fstat(file.fileno()).st_size)

        kept = self._persist(send)
        return Artifact(name, kept["uri"], kept["size"], kept["sha256"])

    def get_artifact(
        self,
        artifact: Union[Artifact, Mapping[str, Any], str],
        to: Union[None, str, "os.PathLike[str]"] = None,
    ) -> bytes:
        """Returns an artifact, named by its description or its SHA-256, or writes it to a file."""
        if isinstance(artifact, Artifact):
            sha256 = artifact.sha256
        else:
            sha256 = artifact if isinstance(artifact, str) else artifact["sha256"]

        def fetch_into(target: BinaryIO) -> None:
            self._server.call("GET", ("artifacts", sha256), None, into=target)

        def fetch() -> bytes:
            if to is None:
                target = io.BytesIO()
                fetch_into(target)
                return target.getvalue()
            with open(to, "wb") as file:
                fetch_into(file)
            return b""

        return self._persist(fetch)

    def _has_gone_too_long(self, unrenewed_seconds: float) -> bool:
        """Whether its time is over, or its lease was not renewed for so long."""
        now = time.monotonic()
        is_late = self._deadline is not None and now > self._deadline
        return not self._is_over and (is_late or now - self._renewed > unrenewed_seconds)

    def _finish(self, output: Any) -> None:
        self._send_lines()
        self._call("done", {"output": output})

    def _fail(self, error: str, cause: str, retry_after: Optional[float]) -> None:
        self._send_lines()
        body: Dict[str, Any] = {"error": error, "cause": self._masked(cause)}
        if retry_after is not None:
            body["retry_after_ms"] = int(retry_after * 1000)
        self._call("failed", body)

    def _cancel(self) -> None:
        self._cancelled.set()

    def _send_lines(self) -> None:
        """Sends the lines that wait, in their order."""
        with self._sending:
            with self._lock:
                lines, self._lines = self._lines, []
            try:
                for batch in _batches(lines):
                    self._offer(batch)
            except Exception:
                log.exception("lines of task %s cannot be sent", self.id)

    def _offer(self, batch: List[Dict[str, Any]]) -> None:
        """Sends a batch, and if it is refused, each half of it once; a half that is refused again
        leaves a line that says so. Lines never decide what becomes of a task."""
        if self._is_refused(batch) is None:
            return
        middle = len(batch) // 2
        for half in filter(None, (batch[:middle], batch[middle:])):
            why = self._is_refused(half)
            if why is not None:
                log.warning("the server does not take lines of task %s: %s", self.id, why)
                text = f"({len(half)} lines are missing here: {why})"
                self._is_refused([{**half[0], "stream": "stderr", "text": text}])

    def _is_refused(self, lines: List[Dict[str, Any]]) -> Optional[Refused]:
        try:
            if not self.cancelled:
                self._call("logs", {"lines": lines})
                return None
        except Refused as refused:
            return refused
        except Cancelled:
            pass
        self._say_last(lines)
        return None

    def _say_last(self, lines: List[Dict[str, Any]]) -> None:
        """Sends what a handler says after its task was cancelled, once: nobody waits for it."""
        try:
            self._server.post("leases", self._lease, "logs", body={"lines": lines})
        except (Refused, Unreachable) as error:
            log.debug("the last lines of task %s are not taken: %s", self.id, error)

    def _call(self, what: str, body: Any) -> Any:
        return self._persist(lambda: self._server.post("leases", self._lease, what, body=body))

    def _persist(self, call: Callable[[], Answer]) -> Answer:
        """Calls until the server answers, or the task is not wanted any more."""
        pause = FIRST_PAUSE
        while not self.cancelled:
            try:
                return call()
            except Unreachable:
                self.wait_cancelled(pause)
                pause = min(pause * 2, LONGEST_PAUSE)
            except Refused as refused:
                if refused.code != "LeaseLost":
                    raise
                self._cancel()
        raise Cancelled(self.id)

    def _masked(self, text: str) -> str:
        for mask in self._masks:
            text = text.replace(mask, MASK)
        return text


def _sendable(text: str) -> str:
    """Replaces what is no Unicode text: the server takes no halves of characters."""
    return text.encode("utf-8", "replace").decode()


def _batches(lines: List[Dict[str, Any]]) -> Iterator[List[Dict[str, Any]]]:
    """Cuts lines into what one call takes."""
    batch: List[Dict[str, Any]] = []
    room = BATCH_BYTES_MAX
    for line in lines:
        length = len(json.dumps(line))
        if batch and (length > room or len(batch) == BATCH_LINES_MAX):
            yield batch
            batch, room = [], BATCH_BYTES_MAX
        batch.append(line)
        room -= length
    if batch:
        yield batch
