"""A private repository over HTTP: git's own server behind a password, on a free port of this machine."""

import base64
import contextlib
import os
import subprocess

import web_services


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

    def answer(exchange):
        said = exchange.headers.get("authorization")
        asked.append((exchange.method, exchange.path, said))
        on_request()
        refused = refuse(exchange.headers) if refuse else None
        if refused:
            return refused
        if said != f"Basic {credentials(token)}":
            return 401, {"WWW-Authenticate": 'Basic realm="git"'}, "who are you?"
        return backend(root, exchange)

    with web_services.serving(answer) as url:
        yield url, asked


def backend(root, exchange):
    """Asks git's own server."""
    path, _, query = exchange.path.partition("?")
    environment = {
        **os.environ,
        "GIT_PROJECT_ROOT": str(root),
        "GIT_HTTP_EXPORT_ALL": "1",
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": "safe.directory",
        "GIT_CONFIG_VALUE_0": "*",
        "REQUEST_METHOD": exchange.method,
        "PATH_INFO": path,
        "QUERY_STRING": query,
        "CONTENT_TYPE": exchange.headers.get("content-type") or "",
        "CONTENT_LENGTH": str(len(exchange.content)),
        "HTTP_CONTENT_ENCODING": exchange.headers.get("content-encoding") or "",
        "GIT_PROTOCOL": exchange.headers.get("git-protocol") or "",
    }
    done = subprocess.run(
        ["git", "http-backend"],
        input=exchange.content,
        env=environment,
        capture_output=True,
        check=False,
    )
    head, _, body = done.stdout.partition(b"\r\n\r\n")
    headers = dict(line.split(": ", 1) for line in head.decode().split("\r\n") if line)
    return int(headers.pop("Status", "200").split()[0]), headers, body
