"""A service that does not behave: what it does to a request is chosen by a name in the request."""

import collections
import contextlib
import socket
import socketserver
import struct
import threading

from clients import DEADLINE_SECONDS

Asked = collections.namedtuple("Asked", ["line", "headers", "body"])


def http(status, body=b"", headers=None, length=None):
    """The bytes of an answer; its length may be a lie."""
    body = body if isinstance(body, bytes) else body.encode()
    length = len(body) if length is None else length
    fields = {"content-length": length, "connection": "close", **(headers or {})}
    lines = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
    return f"HTTP/1.1 {status} Status\r\n{lines}\r\n".encode() + body


class BadService:
    """Serves one request a connection. A manner is `manner(connection, asked)`."""

    def __init__(self):
        self.manners = {}
        self.asked = collections.defaultdict(list)
        self.lock = threading.Lock()
        self.over = threading.Event()
        service = self

        class Handler(socketserver.StreamRequestHandler):
            def handle(self):
                # A client that had enough may be gone.
                with contextlib.suppress(OSError):
                    asked = read(self.rfile)
                    if asked:
                        service.manner_for(asked)(self.request, asked)

        self.server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        self.thread.start()

    def behave(self, name, *manners):
        """Says what is done to the requests with this name, one after the other; the last one stays."""
        with self.lock:
            self.manners[name] = list(manners)

    def manner_for(self, asked):
        text = asked.line + asked.body.decode(errors="replace")
        with self.lock:
            name = next(name for name in self.manners if name in text)
            self.asked[name].append(asked)
            manners = self.manners[name]
            return manners.pop(0) if len(manners) > 1 else manners[0]

    def stop(self):
        self.over.set()
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()

    def dawdles(self, data):
        """Sends these bytes, a few at a time."""

        def manner(connection, _):
            for at in range(0, len(data), 16):
                connection.sendall(data[at : at + 16])
                self.over.wait(0.01)

        return manner

    def drips(self, connection, _):
        """Begins a long answer and sends a byte now and then, until the client leaves."""
        connection.sendall(http(200, "{", length=1_000_000))
        while not self.over.wait(0.02):
            connection.sendall(b" ")


def read(stream):
    """Reads a request; `None` if the client sent none."""
    line = stream.readline().decode()
    headers = {}
    while field := stream.readline().decode().strip():
        name, value = field.split(": ", 1)
        headers[name.lower()] = value
    body = stream.read(int(headers.get("content-length", 0)))
    return Asked(line.strip(), headers, body) if line else None


def sends(data):
    """Sends these bytes and closes the connection."""
    return lambda connection, _: connection.sendall(data)


def half_closes(connection, _):
    """Sends no more than the beginning of an answer, and still listens."""
    connection.sendall(b"HTTP/1.1 200 OK\r\ncontent-le")
    connection.shutdown(socket.SHUT_WR)
    wait_until_left(connection)


def resets(connection, _):
    """Breaks the connection off instead of answering."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def is_silent(left):
    """Never answers; sets `left` when the client gave up."""

    def manner(connection, _):
        wait_until_left(connection)
        left.set()

    return manner


def wait_until_left(connection):
    connection.settimeout(DEADLINE_SECONDS)
    with contextlib.suppress(ConnectionResetError):
        while connection.recv(4096):
            pass


@contextlib.contextmanager
def closed_port():
    """Yields a URL at which nobody listens, and keeps its port from others."""
    with socket.socket() as reserved:
        reserved.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{reserved.getsockname()[1]}"
