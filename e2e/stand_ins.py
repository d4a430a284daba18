"""Stand-ins for what the example pipelines talk to: services, a mail server, programs."""

import email
import email.policy
import http.server
import json
import re
import socketserver
import stat
import threading

from clients import DEADLINE_SECONDS


class Services:
    """HTTP services: answers by method and path, and a record of what was asked.

    A route is `METHOD PATH`, the path being a pattern; its answer is a value, or a function of the
    request's JSON that gives one. `(status, value)` answers with that status.
    """

    def __init__(self, routes):
        self.routes = [(re.compile(route), answer) for route, answer in routes.items()]
        self.requests = []
        self.arrived = threading.Condition()
        services = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def answer(self):
                content = self.rfile.read(int(self.headers.get("content-length", 0)))
                body = json.loads(content) if content else None
                line = f"{self.command} {self.path}"
                status, value = services.answer(line, body, dict(self.headers))
                answer = json.dumps(value).encode()
                self.send_response(status)
                self.send_header("content-type", "application/json")
                self.send_header("content-length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            do_GET = do_POST = do_DELETE = answer

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def answer(self, line, body, headers):
        with self.arrived:
            self.requests.append((line, body, headers))
            self.arrived.notify_all()
        for route, answer in self.routes:
            if route.fullmatch(line):
                value = answer(body) if callable(answer) else answer
                return value if isinstance(value, tuple) else (200, value)
        return 404, {"message": f"nothing is at {line}"}

    def asked(self, pattern):
        """The bodies of the requests whose line matches."""
        wanted = re.compile(pattern)
        with self.arrived:
            return [body for line, body, _ in self.requests if wanted.fullmatch(line)]

    def wait_for(self, pattern):
        """Waits for a request whose line matches; returns its body and headers."""
        wanted = re.compile(pattern)

        def found():
            return next((it for it in self.requests if wanted.fullmatch(it[0])), None)

        with self.arrived:
            assert self.arrived.wait_for(found, DEADLINE_SECONDS), [it[0] for it in self.requests]
            return found()[1:]

    def stop(self):
        self.server.shutdown()
        self.server.server_close()


class Mails:
    """A mail server that keeps what it is given."""

    def __init__(self):
        self.kept = []
        mails = self

        class Handler(socketserver.StreamRequestHandler):
            def handle(self):
                self.say("220 mails")
                while line := self.rfile.readline().decode().strip():
                    word = line.split()[0].upper()
                    if word == "DATA":
                        self.say("354 go on")
                        mails.kept.append(self.message())
                        self.say("250 kept")
                    elif word == "QUIT":
                        return self.say("221 bye")
                    else:
                        self.say("250 mails")

            def message(self):
                lines = []
                while (line := self.rfile.readline()) != b".\r\n":
                    lines.append(line.removeprefix(b"."))
                return email.message_from_bytes(b"".join(lines), policy=email.policy.default)

            def say(self, line):
                self.wfile.write(f"{line}\r\n".encode())

        self.server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def texts(self):
        """Subject and text of each mail, in the order they came."""
        return [(mail["subject"], mail.get_content().strip()) for mail in self.kept]

    def stop(self):
        self.server.shutdown()
        self.server.server_close()


def programs(directory, scripts):
    """Writes programs by name into a directory, to be in front of the search path."""
    directory.mkdir(parents=True, exist_ok=True)
    for name, text in scripts.items():
        path = directory / name
        path.write_text(text)
        path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return directory
