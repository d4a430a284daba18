"""Express pipelines: kept in memory, and they answer who called."""

import concurrent.futures
import json
import sqlite3

import pytest

from clients import command
from hooks import deliveries, knock, push, runs, until
from rest import Refused, call, quoted

ADD = """
pipeline: {name}
mode: express
timeout: 20s
params: {{a: 1, b: 2}}
{more}
tasks:
  left: {{run: '[ "$N" != 13 ]; echo "n:=$N" >> "$COMPASSO_OUTPUT"', mutex: {name}, env: {{N: "${{{{ params.a }}}}"}}}}
  each_of:
    each: "[1, 2, 3]"
    noop: true
    outputs: ${{{{ item * 10 }}}}
  sum:
    needs: [left, each_of]
    if: needs.left.output.n > 0
    noop: true
    outputs: ${{{{ needs.left.output.n + params.b }}}}
outputs: {{sum: "${{{{ needs.sum.output }}}}", tens: "${{{{ needs.each_of.output }}}}"}}
"""
# Each run leaves a line in a file, then waits until another file is there.
WAITS = """
pipeline: {name}
mode: express
on: {{webhook: {{path: /{name}, auth: none, respond: {{wait: true}}}}}}
params: {{id: none}}
tasks:
  mark: {{run: echo "$ID" >> {directory}/marks, env: {{ID: "${{{{ params.id }}}}"}}}}
  gate:
    needs: mark
    run: while [ ! -e {directory}/open ]; do sleep 0.05; done
outputs: {{id: "${{{{ params.id }}}}"}}
"""


def begin(server, name, params=None, **query):
    return call(server, "POST", f"/pipelines/{name}/runs", {"params": params or {}}, **query)


def add(name, more=""):
    return ADD.format(name=name, more=more)


def lines(path):
    return path.read_text().split() if path.exists() else []


def test_the_answer_of_a_start_is_the_end_of_the_run_and_nothing_is_kept(server, unique):
    name = unique("add")
    push(server, add(name))
    ended = begin(server, name, {"a": 5}, wait="true")
    assert ended["state"] == "success", ended
    assert ended["output"] == {"sum": 7, "tens": [10, 20, 30]} and ended["stopped"]
    failed = begin(server, name, {"a": 13}, wait="true")
    assert failed["state"] == "failed" and failed["error"]["name"], failed
    assert runs(server, name) == []
    with pytest.raises(Refused, match="ExecutionDoesNotExist"):
        call(server, "GET", f"/runs/{quoted(ended['id'])}")


def test_a_standard_pipeline_is_waited_for_as_well(server, unique):
    name = unique("add")
    push(server, add(name).replace("mode: express", "mode: standard"))
    ended = begin(server, name, wait="true")
    assert (ended["state"], ended["output"]["sum"]) == ("success", 3)
    assert runs(server, name) == [ended["id"]]


def test_the_command_line_waits_for_the_answer(server, unique):
    name = unique("add")
    push(server, add(name))
    ended = command(server, "start", name, "--params", "a=2", "--wait")
    assert ended.returncode == 0 and json.loads(ended.stdout)["sum"] == 4, ended
    started = command(server, "start", name)
    assert f":run:{name}:" in started.stdout


def test_a_webhook_answers_the_output(server, unique):
    name = unique("add")
    params = "params: {a: '${{ trigger.body.a }}'}"
    on = f"on: {{webhook: {{path: /{name}, auth: none, respond: {{wait: true}}, {params}}}}}"
    push(server, add(name, on))
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda n: knock(server, f"/{name}", {"a": n}), range(20, 44)))
    assert [(status, body["sum"]) for status, body in answers] == [(200, n + 2) for n in range(20, 44)]
    assert {it["fate"] for it in deliveries(server, name, "webhook")} == {"run"}


def test_a_start_that_was_answered_begins_again_after_a_crash(own_server, tmp_path):
    push(own_server, WAITS.format(name="gated", directory=tmp_path))
    begin(own_server, "gated", {"id": "first"})
    until(lambda: lines(tmp_path / "marks") == ["first"])
    own_server.kill()
    own_server.start()
    until(lambda: lines(tmp_path / "marks") == ["first", "first"])
    (tmp_path / "open").touch()
    # It is over for good: another restart begins nothing.
    until(lambda: not stored(own_server))
    own_server.kill()
    own_server.start()
    begin(own_server, "gated", {"id": "second"}, wait="true")
    assert lines(tmp_path / "marks") == ["first", "first", "second"]


def stored(server):
    """The documents of express runs that a restart begins again."""
    with sqlite3.connect(server.data / "compasso.db") as database:
        return database.execute("SELECT key FROM document WHERE kind = 'express'").fetchall()


def test_a_run_under_way_is_described_and_can_be_stopped(own_server, tmp_path, unique):
    name = unique("gated")
    push(own_server, WAITS.format(name=name, directory=tmp_path))
    run = begin(own_server, name)["id"]
    until(lambda: lines(tmp_path / "marks") == ["none"])
    assert command(own_server, "describe", run).returncode == 0
    assert command(own_server, "stop", run).returncode == 0
    assert command(own_server, "wait", run).returncode == 4


def test_a_run_of_another_pipeline_waits_for_an_express_child(server, unique):
    child, parent = unique("add"), unique("parent")
    push(server, add(child))
    push(
        server,
        f"pipeline: {parent}\ntasks:\n"
        f"  call: {{pipeline: {child}, with: {{a: 40}}}}\n"
        "outputs: ${{ needs.call.output.sum }}\n",
    )
    assert begin(server, parent, wait="true")["output"] == 42


def test_what_must_be_stored_is_refused(server, unique):
    name = unique("add")
    with pytest.raises(Refused) as refused:
        push(server, f"pipeline: {name}\nmode: express\ntasks: {{ask: {{approve: {{}}}}}}\n")
    assert "E023" in str(refused.value) and "mode: standard" in str(refused.value)


def test_a_task_that_did_not_start_in_time_says_what_it_waited_for(server, unique):
    holder, name, door = unique("holder"), unique("late"), unique("door")
    push(server, f"pipeline: {holder}\ntasks: {{a: {{run: sleep 600, mutex: {door}}}}}\n")
    push(
        server,
        f"pipeline: {name}\nmode: express\n"
        f"tasks: {{a: {{run: ls, mutex: {door}, queue_timeout: 200ms}}}}\n",
    )
    run = call(server, "POST", f"/pipelines/{holder}/runs", {"name": "r"})["id"]
    tasks = lambda: call(server, "GET", f"/runs/{quoted(run)}/tasks")["items"]
    until(lambda: tasks()[0]["state"] == "running")
    error = begin(server, name, wait="true")["error"]
    assert error["name"] == "QueueTimeout"
    assert error["cause"].endswith(f"It waited for mutex:{door} ({holder}/r/a)."), error
    call(server, "POST", f"/runs/{quoted(run)}/stop", {})
