"""A private repository over HTTP: git's own server behind a password, on a free port of this machine."""

import base64
import contextlib
import http.server
import os
import subprocess
import threading


def credentials(token):
    """What is sent in the place of a token."""
    return base64.b64encode(f"x-access-token:{token}".encode()).decode()


@contextlib.contextmanager
def serving(root, token, *, refuse=None, on_request=lambda: None):
    """Serves the repositories below `root` to who has the token, and yields the URL and what was asked:
    the method, the path and the `Authorization` of each request.

    `refuse(headers) -> (status, headers, text)` answers instead, if it returns something.
    """
    asked = []

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self):
            said = self.headers.get("Authorization")
            asked.append((self.command, self.path, said))
            on_request()
            refused = refuse(self.headers) if refuse else None
            if refused:
                return self.answer(*refused)
            if said != f"Basic {credentials(token)}":
                challenge = {"WWW-Authenticate": 'Basic realm="git"'}
                return self.answer(401, challenge, "who are you?")
            return self.pass_on()

        do_POST = do_GET

        def pass_on(self):
            path, _, query = self.path.partition("?")
            content = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            environment = {
                **os.environ,
                "GIT_PROJECT_ROOT": str(root),
                "GIT_HTTP_EXPORT_ALL": "1",
                "GIT_CONFIG_COUNT": "1",
                "GIT_CONFIG_KEY_0": "safe.directory",
                "GIT_CONFIG_VALUE_0": "*",
                "REQUEST_METHOD": self.command,
                "PATH_INFO": path,
                "QUERY_STRING": query,
                "CONTENT_TYPE": self.headers.get("Content-Type") or "",
                "CONTENT_LENGTH": str(len(content)),
                "HTTP_CONTENT_ENCODING": self.headers.get("Content-Encoding") or "",
                "GIT_PROTOCOL": self.headers.get("Git-Protocol") or "",
            }
            done = subprocess.run(
                ["git", "http-backend"], input=content, env=environment, capture_output=True, check=False
            )
            head, _, body = done.stdout.partition(b"\r\n\r\n")
            headers = dict(line.split(": ", 1) for line in head.decode().split("\r\n") if line)
            status = int(headers.pop("Status", "200").split()[0])
            self.answer(status, headers, body)

        def answer(self, status, headers, body):
            body = body if isinstance(body, bytes) else body.encode()
            self.send_response(status)
            for name, value in {**headers, "Content-Length": str(len(body))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}", asked
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
