"""A worker that does nothing by itself, and pipelines over REST, for tests of leases."""

from rest import call, quoted


def push(server, text):
    return call(server, "POST", "/pipelines", text=text)


def start(server, pipeline, **params):
    return call(server, "POST", f"/pipelines/{pipeline}/runs", {"params": params})["id"]


def end_of(server, run):
    """Waits until a run is over and returns it."""
    while True:
        found = call(server, "GET", f"/runs/{quoted(run)}")
        if found["run"]["status"] != "RUNNING":
            return found["run"]


def blocks(server, run):
    """Returns the texts of all that holds tasks of a run back."""
    items = call(server, "GET", f"/runs/{quoted(run)}/blocked")["items"]
    return [block["text"] for task in items for block in task["blockedBy"]]


class Worker:
    """Speaks the worker protocol; does nothing by itself."""

    def __init__(self, server, name, *, tags=(), handlers=(), slots=1):
        self.server = server
        self.name = name
        self.said = {"name": name, "tags": [*tags], "handlers": [*handlers], "slots": slots}
        self.register()

    def register(self):
        return call(self.server, "POST", "/workers", self.said)

    def poll(self, free=1, wait_ms=20_000):
        path = f"/workers/{self.name}/poll"
        return call(self.server, "POST", path, {"free": free, "wait_ms": wait_ms})

    def take(self):
        """Polls until there is a task."""
        while True:
            tasks = self.poll()["tasks"]
            if tasks:
                return tasks[0]

    def beat(self, *leases):
        return call(self.server, "POST", f"/workers/{self.name}/beat", {"leases": leases})

    def lease(self, lease, what, body):
        return call(self.server, "POST", f"/leases/{lease}/{what}", body)

    def done(self, lease, output):
        return self.lease(lease, "done", {"output": output})

    def goodbye(self):
        return call(self.server, "DELETE", f"/workers/{self.name}")
