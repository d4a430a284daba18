"""What tasks of runs wrote: followed, searched, downloaded."""

import json
import urllib.request

from clients import step_functions
from rest import call, quoted
from test_pipeline_runs import ended, start

TALK = """
pipeline: {name}
tasks:
  load:
    run: |
      for n in 1 2 3; do echo "row $n"; done
      echo "No space left" >&2
  other: {{needs: load, run: "echo row 9"}}
"""


def lines(server, run, accept="application/x-ndjson", headers=None, **query):
    url = f"{server.url}/api/v1/runs/{quoted(run)}/logs"
    if query:
        url += "?" + "&".join(f"{name}={value}" for name, value in query.items())
    request = urllib.request.Request(url, headers={"Accept": accept, **(headers or {})})
    with urllib.request.urlopen(request, timeout=60) as answer:
        return answer.headers, answer.read().decode()


def texts(written):
    return [json.loads(line)["text"] for line in written[1].splitlines()]


def talked(server, unique):
    name = unique("talk")
    call(server, "POST", "/pipelines", text=TALK.format(name=name))
    run = start(server, name)["id"]
    # A followed log ends with its run.
    followed = lines(server, run, follow="true")
    assert ended(step_functions(server.url), run)["status"] == "SUCCEEDED"
    return run, followed


def test_the_lines_of_a_run_are_followed_to_its_end_and_searched(server, unique):
    run, followed = talked(server, unique)
    rows = ["row 1", "row 2", "row 3"]
    # Two streams of one task have no common order.
    assert sorted(texts(followed)) == sorted([*rows, "No space left", "row 9"])
    assert texts(lines(server, run, task="other")) == ["row 9"]
    assert texts(lines(server, run, q="NO%20SPACE")) == ["No space left"]
    assert texts(lines(server, run, stream="stdout", task="load")) == rows
    assert texts(lines(server, run, task="none")) == []


def test_a_browser_goes_on_after_the_last_event_it_has(server, unique):
    run, _ = talked(server, unique)
    headers, events = lines(server, run, accept="text/event-stream")
    assert headers["content-type"] == "text/event-stream"
    ids = [int(line[4:]) for line in events.splitlines() if line.startswith("id: ")]
    assert ids == [1, 2, 3, 4, 5]
    _, events = lines(
        server, run, accept="text/event-stream", headers={"Last-Event-ID": "4"}
    )
    assert events.startswith("id: 5\ndata: {") and events.count("data:") == 1


def test_a_log_is_downloaded_as_a_text(server, unique):
    run, _ = talked(server, unique)
    headers, text = lines(server, run, download="true", task="other")
    assert headers["content-disposition"].startswith("attachment; filename=")
    [line] = text.splitlines()
    assert line.endswith(" other | row 9")


def test_a_part_of_a_log_is_read_by_the_numbers_of_its_lines(server, unique):
    run, _ = talked(server, unique)
    numbers = lambda **query: [json.loads(line)["line"] for line in lines(server, run, **query)[1].splitlines()]
    assert numbers(after=1, limit=2) == [2, 3]
    assert numbers(tail=2) == [4, 5]
    assert numbers(tail=9, limit=1) == [1]
    assert texts(lines(server, run, tail=1)) == ["row 9"]
    assert len(numbers(stream="stdout", after=0, limit=2)) == 2


def test_lines_of_a_log_are_found_without_their_texts(server, unique):
    run, _ = talked(server, unique)
    find = lambda **query: call(server, "GET", f"/runs/{quoted(run)}/logs/search", **query)
    whole = {"lines": [[1, 5]], "count": 5, "last": 5, "total": 5, "hasMore": False, "isClosed": True}
    assert find() == whole
    assert find(after=5) == {**whole, "lines": [], "count": 0}
    assert find(q="ROW 9") == {**whole, "lines": [[5, 5]], "count": 1}
    errors = find(stream="stderr")
    assert errors["count"] == 1
    [[number, last]] = errors["lines"]
    assert number == last
    [line] = texts(lines(server, run, after=number - 1, limit=1))
    assert line == "No space left"
    assert find(task="load")["count"] == 4
