"""Calls of webhooks, and what triggers made of them."""

import json
import textwrap
import time
import urllib.error
import urllib.request

import pytest

from rest import call, quoted


PIPELINES = "arn:aws:states:us-east-1:000000000000:pipeline"
ECHO = """
pipeline: {name}
params: {{n: {{type: integer, default: 0}}}}
concurrency: {{max_runs: 50}}
on:
  webhook:
    path: /{name}
{on}
tasks:
  t: {{noop: true}}
outputs: {{n: "${{{{ params.n }}}}", trigger: "${{{{ trigger }}}}", type: "${{{{ run.type }}}}"}}
"""


def knock(server, path, body=None, *, method="POST", headers=None, data=None):
    """Sends a request to a webhook; returns its status and what it answered."""
    if data is None and body is not None:
        data = json.dumps(body).encode()
        headers = {"Content-Type": "application/json", **(headers or {})}
    request = urllib.request.Request(
        f"{server.url}/hooks{path}", data=data, method=method, headers=headers or {}
    )
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return answer.status, parsed(answer.read())
    except urllib.error.HTTPError as error:
        return error.code, parsed(error.read())


def parsed(content):
    try:
        return json.loads(content) if content else None
    except ValueError:
        return content.decode()


def push(server, text):
    return call(server, "POST", "/pipelines", text=text)


def deliveries(server, pipeline, trigger):
    """What became of a trigger's events, the oldest first."""
    found, page = [], {}
    while True:
        answer = call(
            server, "GET", f"/pipelines/{quoted(pipeline)}/triggers/{trigger}/deliveries", **page
        )
        found.extend(answer["items"])
        if "next" not in answer:
            return found[::-1]
        page = {"next": answer["next"]}


def trigger(server, pipeline, name):
    """A trigger of a pipeline."""
    items = call(server, "GET", f"/pipelines/{quoted(pipeline)}/triggers")["items"]
    return next(item for item in items if item["id"] == name)


def runs(server, pipeline):
    """The ARNs of all runs of a pipeline."""
    found, page = [], {"workflow": f"{PIPELINES}:{pipeline}"}
    while True:
        answer = call(server, "GET", "/runs", limit=200, **page)
        found.extend(item["id"] for item in answer["items"])
        if "next" not in answer:
            return found
        page["next"] = answer["next"]


def until(ask, seconds=30):
    """Asks until the answer is true, and returns it."""
    limit = time.monotonic() + seconds
    while not (found := ask()):
        assert time.monotonic() < limit, f"still {found!r} after {seconds} s"
        time.sleep(0.05)
    return found


def ended(sfn, run):
    """Waits for the end of a run, and returns how it ended."""

    def closed():
        found = sfn.describe_execution(executionArn=run)
        return found if found["status"] != "RUNNING" else None

    return until(closed)


@pytest.fixture
def hook(server, unique):
    """Pushes a pipeline with a webhook of these fields, and returns its name."""

    def make(on, *, at=server):
        name = unique("hook")
        text = ECHO.format(name=name, on=textwrap.indent(textwrap.dedent(on).strip(), " " * 4))
        push(at, text)
        return name

    return make
