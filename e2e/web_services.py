"""Web services that HTTP tasks call: small servers on free ports of this machine."""

import contextlib
import http.server
import json
import threading


class Exchange:
    """One request, and how to answer it."""

    def __init__(self, handler, content):
        self.method = handler.command
        self.path = handler.path
        self.headers = {name.lower(): value for name, value in handler.headers.items()}
        self.content = content

    @property
    def body(self):
        return self.content.decode()


@contextlib.contextmanager
def serving(answer):
    """Serves `answer(exchange) -> (status, headers, body)` and yields the URL."""

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def handle_any(self):
            length = int(self.headers.get("content-length", 0))
            status, headers, body = answer(Exchange(self, self.rfile.read(length)))
            body = body if isinstance(body, bytes) else body.encode()
            self.send_response(status)
            for name, value in {**headers, "content-length": str(len(body))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST = do_PUT = do_DELETE = do_PATCH = do_OPTIONS = handle_any

        def log_message(self, *arguments):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def as_json(value, status=200):
    """An answer that is JSON."""
    return status, {"content-type": "application/json"}, json.dumps(value)


def mirror(exchange):
    """Answers with what was asked."""
    return as_json(
        {
            "method": exchange.method,
            "path": exchange.path,
            "headers": exchange.headers,
            "body": exchange.body,
        }
    )
