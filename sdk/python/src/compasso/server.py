"""The server, as a worker calls it: HTTP/1.1 with JSON, over connections that are kept open."""

from __future__ import annotations

import http.client
import json
import socket
import threading
from typing import Any, BinaryIO, List, Optional, Tuple, Union
from urllib.parse import SplitResult, quote, urlsplit

from .errors import Refused, Unreachable

#: Longest wait for an answer that is given at once, seconds.
CALL_SECONDS = 30.0
#: Most connections that are kept open while nobody uses them.
IDLE_CONNECTIONS_MAX = 64
#: Bytes of an artifact that are in memory at once.
CHUNK_BYTES = 64 * 1024

Body = Union[bytes, BinaryIO, None]


class Server:
    """A server, and the token to it. Of the nodes of a cluster, whose URLs have commas between them,
    another one is asked when one does not answer. Every thread may call it."""

    def __init__(self, url: str, token: Optional[str] = None) -> None:
        self._urls = [one.strip().rstrip("/") for one in url.split(",")]
        for one in self._urls:
            parts = urlsplit(one)
            if parts.scheme not in ("http", "https") or not parts.hostname:
                raise ValueError(f"{one!r} is no URL of a server")
        #: How often another node was turned to.
        self._turns = 0
        self._turn_to(self._urls[0])
        self._token = token
        self._lock = threading.Lock()
        self._idle: List[http.client.HTTPConnection] = []
        self._is_closed = False

    def post(self, *path: str, body: Any = None, seconds: float = CALL_SECONDS) -> Any:
        """Posts JSON and returns the JSON of the answer."""
        text = json.dumps(body or {}, allow_nan=False, separators=(",", ":"), default=_as_json)
        return self._parsed(self.call("POST", path, text.encode(), seconds=seconds))

    def delete(self, *path: str) -> None:
        self.call("DELETE", path, None)

    def put(self, *path: str, body: Union[bytes, BinaryIO], length: int) -> Any:
        """Sends bytes or a file and returns the JSON of the answer."""
        kind = "application/octet-stream"
        answer = self.call("PUT", path, body, kind=kind, length=length)
        return self._parsed(answer)

    def call(
        self,
        method: str,
        path: Tuple[str, ...],
        body: Body,
        *,
        kind: str = "application/json",
        length: Optional[int] = None,
        seconds: float = CALL_SECONDS,
        into: Optional[BinaryIO] = None,
    ) -> bytes:
        """Makes a call and returns the answer, which may go into a file instead."""
        turns = self._turns
        try:
            return self._call(method, path, body, kind, length, seconds, into)
        except Unreachable:
            with self._lock:
                # Another thread may have found out already.
                if turns == self._turns:
                    self._turns += 1
                    self._turn_to(self._urls[self._turns % len(self._urls)])
            raise

    def _turn_to(self, url: str) -> None:
        self.url, self._parts = url, urlsplit(url)

    def _call(
        self,
        method: str,
        path: Tuple[str, ...],
        body: Body,
        kind: str,
        length: Optional[int],
        seconds: float,
        into: Optional[BinaryIO],
    ) -> bytes:
        headers = {"Content-Type": kind}
        if length is not None:
            headers["Content-Length"] = str(length)
        if self._token is not None:
            headers["Authorization"] = f"Bearer {self._token}"
        where = "/".join([self._parts.path.rstrip("/"), "api/v1", *(quote(p, safe="") for p in path)])
        while True:
            connection, is_fresh = self._take(seconds)
            try:
                connection.request(method, where, body, headers)
                answer = connection.getresponse()
                return self._read(connection, answer, into)
            except (OSError, http.client.HTTPException) as error:
                connection.close()
                closed = isinstance(error, (ConnectionError, http.client.RemoteDisconnected))
                if closed and not is_fresh and not hasattr(body, "read"):
                    continue  # The server had closed a connection that nobody used.
                raise Unreachable(f"{self.url} does not answer: {error}") from error

    def close(self) -> None:
        """Closes the connections that nobody uses, and keeps none of those in use open."""
        with self._lock:
            self._is_closed = True
            idle, self._idle = self._idle, []
        for connection in idle:
            connection.close()

    def _parsed(self, answer: bytes) -> Any:
        try:
            return json.loads(answer or b"null")
        except ValueError as error:
            raise Unreachable(f"{self.url} answers what is no JSON") from error

    def _read(
        self,
        connection: http.client.HTTPConnection,
        answer: http.client.HTTPResponse,
        into: Optional[BinaryIO],
    ) -> bytes:
        content = b""
        if into is not None and answer.status < 300:
            while chunk := answer.read(CHUNK_BYTES):
                into.write(chunk)
        else:
            content = answer.read()
        self._give_back(connection, answer.will_close)
        if answer.status < 300:
            return content
        if answer.status >= 500 or answer.status in (408, 429):
            raise Unreachable(f"{self.url} answers {answer.status}")
        try:
            error = json.loads(content)
        except ValueError:
            error = {}
        error = error if isinstance(error, dict) else {}
        code = str(error.get("code", ""))
        # Somebody between the worker and the server says so, and may not mean it for long. What is
        # too large stays so.
        if not code and answer.status != 413:
            raise Unreachable(f"{self.url} answers {answer.status}")
        raise Refused(answer.status, code, str(error.get("message", "")))

    def _take(self, seconds: float) -> Tuple[http.client.HTTPConnection, bool]:
        with self._lock:
            parts, connection = self._parts, self._idle.pop() if self._idle else None
            while connection is not None and not _is_to(connection, parts):
                connection.close()
                connection = self._idle.pop() if self._idle else None
        if connection is not None and connection.sock is not None:
            connection.sock.settimeout(seconds)
            return connection, False
        kinds = {"http": http.client.HTTPConnection, "https": http.client.HTTPSConnection}
        kind = kinds[parts.scheme]
        connection = kind(parts.hostname or "", parts.port, timeout=seconds)
        try:
            connection.connect()
        except OSError as error:
            raise Unreachable(f"{self.url} does not answer: {error}") from error
        connection.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return connection, True

    def _give_back(self, connection: http.client.HTTPConnection, will_close: bool) -> None:
        with self._lock:
            if not (will_close or self._is_closed) and len(self._idle) < IDLE_CONNECTIONS_MAX:
                self._idle.append(connection)
                return
        connection.close()


def _as_json(value: Any) -> Any:
    """Returns what stands for a value that JSON does not know, such as an artifact."""
    try:
        return value.as_json()
    except AttributeError:
        name = type(value).__name__
        raise TypeError(f"Object of type {name} is not JSON serializable") from None


def _is_to(connection: http.client.HTTPConnection, parts: SplitResult) -> bool:
    port = parts.port or connection.default_port
    return (connection.host, connection.port) == (parts.hostname, port)
