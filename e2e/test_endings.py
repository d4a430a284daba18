"""What comes after a task that was given up begins when nothing of that task goes on any more."""

import pytest

from clients import eventually
from remote import push, script_worker
from rest import call, quoted
from test_workers import started  # noqa: F401

GIVEN_UP = """
    pipeline: {name}
    concurrency: {{max_runs: 1, overlap: cancel_other}}
    saga: {{on: [failure, cancel, timeout]}}
    defaults: {{runs_on: [{tag}]}}
    env: {{NOTES: {notes}, GATE: {gate}}}
    tasks:
      up: {{setup: true, run: echo up >> $NOTES}}
      work:
        needs: up
        run: |
          trap 'echo ending >> $NOTES; while [ ! -e $GATE ]; do sleep 0.02; done; echo cleaned >> $NOTES; exit' TERM
          echo begun >> $NOTES
          while [ ! -e $GATE ]; do sleep 0.02; done
        compensate: {{run: echo undone >> $NOTES}}
      down: {{teardown: up, needs: work, run: echo down >> $NOTES}}
"""

RETRIED = """
    pipeline: {name}
    tasks:
      work:
        timeout: 1s
        retry: {{max: 20, delay: 1ms}}
        run: |
          trap 'echo ending >> {notes}; while [ ! -e {gate} ]; do sleep 0.02; done; echo cleaned >> {notes}; exit' TERM
          echo begun $COMPASSO_ATTEMPT >> {notes}
          while [ ! -e {gate} ]; do sleep 0.02; done
"""


def words(path):
    return path.read_text().split() if path.exists() else []


def blocked_by(server, run, task):
    """What the server says that a task waits for."""
    items = call(server, "GET", f"/runs/{quoted(run)}/tasks")["items"]
    (item,) = [item for item in items if item["id"] == task]
    return [block["text"] for block in item.get("blockedBy", [])]


def ended(server, run):
    """Waits for the end of a run, which may have to wait before it begins."""
    status = lambda: call(server, "GET", f"/runs/{quoted(run)}")["run"]["status"]
    return eventually(lambda: (found := status()) not in ("QUEUED", "RUNNING") and found)


def start(server, name, run):
    return call(server, "POST", f"/pipelines/{name}/runs", {"name": run})


@pytest.mark.parametrize("where", ["here", "remote", "killed"])
def test_a_teardown_a_compensation_and_the_next_run_wait_for_a_script_that_cleans_up(
    own_server, tmp_path, unique, started, where  # noqa: F811
):
    server = own_server
    name, notes, gate = unique(), tmp_path / "notes", tmp_path / "gate"
    tag = "" if where == "here" else unique("tag")
    push(server, GIVEN_UP.format(name=name, tag=tag, notes=notes, gate=gate))
    if tag:
        started(script_worker, server, tmp_path, unique("w"), "--tags", tag)
    first = start(server, name, "first")["id"]
    eventually(lambda: words(notes) == ["up", "begun"])
    second = start(server, name, "second")
    assert second["waiting"]["position"] == 1
    eventually(lambda: words(notes)[2:] == ["ending"])
    # What is given up is stored before this is.
    call(server, "PUT", "/pools/later", {"size": 1})
    if where == "killed":
        server.kill()
        server.start()
    held = f"ending ({name}/first/work still goes on)"
    eventually(lambda: held in blocked_by(server, first, "down"))
    assert words(notes)[2:] == ["ending"]
    gate.touch()
    assert ended(server, first) == "ABORTED"
    assert ended(server, second["id"]) == "SUCCEEDED"
    rest = words(notes)[3:]
    assert rest[:3] == ["cleaned", "down", "undone"]
    assert rest[3:] == ["up", "begun", "down"]


def test_the_next_run_waits_for_the_scripts_of_one_that_was_stopped(server, tmp_path, unique):
    name, notes, gate = unique(), tmp_path / "notes", tmp_path / "gate"
    text = GIVEN_UP.format(name=name, tag="", notes=notes, gate=gate)
    push(server, text.replace("cancel_other", "buffer_all"))
    first = start(server, name, "first")["id"]
    eventually(lambda: words(notes) == ["up", "begun"])
    second = start(server, name, "second")["id"]
    call(server, "POST", f"/runs/{quoted(first)}/stop", {})
    eventually(lambda: words(notes)[2:] == ["ending"])
    waiting = call(server, "GET", f"/runs/{quoted(second)}")["run"]
    assert waiting["status"] == "QUEUED"
    gate.touch()
    assert ended(server, second) == "SUCCEEDED"
    assert words(notes)[3:5] == ["cleaned", "up"]


def test_a_further_attempt_waits_for_the_end_of_the_one_that_took_too_long(server, tmp_path, unique):
    name, notes, gate = unique(), tmp_path / "notes", tmp_path / "gate"
    push(server, RETRIED.format(name=name, notes=notes, gate=gate))
    run = start(server, name, "first")["id"]
    held = f"ending ({name}/first/work still goes on)"
    eventually(lambda: held in blocked_by(server, run, "work"))
    # On a busy machine attempts may end before they begin to write.
    begun, attempt, ending = words(notes)
    assert (begun, ending) == ("begun", "ending")
    gate.touch()
    assert ended(server, run) == "SUCCEEDED"
    said = words(notes)
    assert said[:3] == ["begun", attempt, "ending"] and len(said) == 6, said
    assert "begun" not in said[said.index("ending") : said.index("cleaned")]
    cleaned, begun, further = said[3:]
    assert (cleaned, begun) == ("cleaned", "begun") and int(further) > int(attempt)
