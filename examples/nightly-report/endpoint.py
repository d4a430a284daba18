"""The HTTP service the report talks to. Prints the address it listens on: endpoint.py [PORT]."""

import http.server
import json
import sys
import urllib.parse


class Endpoint(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        url = urllib.parse.urlsplit(self.path)
        if url.path != "/visitors":
            return self.answer(404, {"message": "no such thing"})
        day = urllib.parse.parse_qs(url.query)["day"][0]
        return self.answer(200, {"visitors": 100 + len(day)})

    def do_POST(self):
        report = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.answer(201, {"location": f"/reports/{report['day']}"})

    def answer(self, status, body):
        text = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *_):
        pass


if __name__ == "__main__":
    port = int(sys.argv[1]) if len(sys.argv) > 1 else 8450
    server = http.server.ThreadingHTTPServer(("127.0.0.1", port), Endpoint)
    print(f"http://127.0.0.1:{server.server_port}", flush=True)
    server.serve_forever()
