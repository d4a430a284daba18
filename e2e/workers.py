"""A worker in a few lines, and pipelines over REST, for tests of the worker protocol."""

import json
import urllib.error
import urllib.parse
import urllib.request

SECONDS = 60


class Refused(Exception):
    """An answer that is an error."""

    def __init__(self, status, body):
        super().__init__(f"{status} {body}")
        self.status = status
        self.code = body.get("code")


def call(url, method, path, body=None, *, text=None, headers=None):
    """Sends one request of `/api/v1` and returns the JSON of its answer."""
    headers = {"Content-Type": "application/json", "x-compasso-console": "1", **(headers or {})}
    data = text.encode() if text is not None else None
    if body is not None:
        data = json.dumps(body).encode()
    request = urllib.request.Request(f"{url}/api/v1/{path}", data, headers, method=method)
    try:
        with urllib.request.urlopen(request, timeout=SECONDS) as answer:
            return json.loads(answer.read() or b"null")
    except urllib.error.HTTPError as error:
        raise Refused(error.code, json.loads(error.read() or b"{}")) from None


def push(url, text):
    return call(url, "POST", "pipelines", text=text)


def start(url, pipeline, **params):
    return call(url, "POST", f"pipelines/{pipeline}/runs", {"params": params})["id"]


def quoted(text):
    return urllib.parse.quote(text, safe="")


def run_of(url, run):
    return call(url, "GET", f"runs/{quoted(run)}")


def end_of(url, run):
    """Waits until a run is over and returns it."""
    while True:
        found = run_of(url, run)
        if found["status"] != "RUNNING":
            return found


def blocks(url, run):
    """Returns the texts of all that holds tasks of a run back."""
    items = call(url, "GET", f"runs/{quoted(run)}/blocked")["items"]
    return [block["text"] for task in items for block in task["blockedBy"]]


class Worker:
    """Speaks the worker protocol; does nothing by itself."""

    def __init__(self, url, name, *, tags=(), handlers=(), slots=1):
        self.url = url
        self.name = name
        self.said = {"name": name, "tags": [*tags], "handlers": [*handlers], "slots": slots}
        self.register()

    def register(self):
        return call(self.url, "POST", "workers", self.said)

    def poll(self, free=1, wait_ms=20_000):
        path = f"workers/{self.name}/poll"
        return call(self.url, "POST", path, {"free": free, "wait_ms": wait_ms})

    def take(self):
        """Polls until there is a task."""
        while True:
            tasks = self.poll()["tasks"]
            if tasks:
                return tasks[0]

    def beat(self, *leases):
        return call(self.url, "POST", f"workers/{self.name}/beat", {"leases": leases})

    def lease(self, lease, what, body):
        return call(self.url, "POST", f"leases/{lease}/{what}", body)

    def done(self, lease, output):
        return self.lease(lease, "done", {"output": output})

    def goodbye(self):
        return call(self.url, "DELETE", f"workers/{self.name}")
