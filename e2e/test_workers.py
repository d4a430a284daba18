"""Remote workers: `compasso worker` and the Python package, against a real server."""

import json
import os
import pathlib
import urllib.request

import pytest

from clients import step_functions
from plain_worker import blocks
from remote import push, python_worker, script_worker, start, until
from rest import call, quoted
from server import BINARY, Server, is_alive

TAGGED = """
    pipeline: {name}
    tasks:
      work:
        runs_on: [{tag}]
        output: text
        run: |
{script}
    outputs: ${{{{ needs.work.output }}}}
"""


def tagged(name, tag, script):
    """A pipeline of one script for workers with a tag."""
    lines = "\n".join(" " * 10 + line for line in script.splitlines())
    return TAGGED.format(name=name, tag=tag, script=lines)


def ended(server, run):
    """Waits for the end of a run and returns how it ended."""
    sfn = step_functions(server.url)
    look = lambda: sfn.describe_execution(executionArn=run)
    found = until(lambda: (it := look())["status"] != "RUNNING" and it, f"{run} goes on")
    if found["status"] == "SUCCEEDED":
        return json.loads(found["output"])
    return found["status"], found.get("error"), found.get("cause")


def lines(server, run):
    """The log of a run."""
    url = f"{server.url}/api/v1/executions/{quoted(run)}/logs"
    with urllib.request.urlopen(url, timeout=60) as answer:
        return [json.loads(line)["text"] for line in answer.read().splitlines()]


def text_of(path):
    """Waits until a file has something in it, and returns that."""
    path = pathlib.Path(path)
    return until(lambda: path.exists() and path.read_text().strip(), f"{path} stays empty")


@pytest.fixture
def started(tmp_path):
    """Starts workers that end with the test."""
    workers = []

    def begin(make, *arguments, **more):
        workers.append(make(*arguments, **more))
        return workers[-1]

    yield begin
    for worker in workers:
        if worker.process.poll() is None:
            worker.kill()


@pytest.fixture
def impatient_server(tmp_path):
    """A server that soon takes a silent worker for lost."""
    config = tmp_path / "compasso.toml"
    config.write_text("[worker]\nlease = 2\n")
    running = Server(tmp_path / "data", arguments=["--config", config]).start()
    yield running
    running.kill()


def test_a_worker_takes_the_tasks_that_ask_for_its_tags(server, tmp_path, unique, started):
    name, tag = unique(), unique("tag")
    push(server, tagged(name, tag, "echo $COMPASSO_PIPELINE/$COMPASSO_TASK; echo seen >&2"))
    run = start(server, name)
    started(script_worker, server, tmp_path, unique("w"), "--tags", f"{tag},more")
    assert ended(server, run) == f"{name}/work"
    assert set(lines(server, run)) == {f"{name}/work", "seen"}


def test_a_failure_of_a_script_has_its_name(server, tmp_path, unique, started):
    name, tag = unique(), unique("tag")
    push(server, tagged(name, tag, "echo '::error name=NoStock::none left'; exit 3"))
    run = start(server, name)
    started(script_worker, server, tmp_path, unique("w"), "--tags", tag)
    status, error, cause = ended(server, run)
    assert status == "FAILED" and "NoStock" in f"{error} {cause}"


def test_a_task_of_a_worker_that_was_killed_runs_on_another_one(
    impatient_server, tmp_path, unique, started
):
    own_server = impatient_server
    name, tag, pids = unique(), unique("tag"), tmp_path / "pids"
    script = f'echo $$ >> {pids}\nif [ "$COMPASSO_ATTEMPT" = 1 ]; then sleep 1000; fi\necho done'
    push(own_server, tagged(name, tag, script))
    first = started(script_worker, own_server, tmp_path, "first", "--tags", tag)
    run = start(own_server, name)
    pid = int(text_of(pids))
    first.kill()
    os.kill(pid, 9)
    started(script_worker, own_server, tmp_path, "second", "--tags", tag)
    assert ended(own_server, run) == "done"


def test_what_is_left_of_a_killed_worker_has_no_say_any_more(
    impatient_server, tmp_path, unique, started
):
    server = impatient_server
    name, tag = unique(), unique("tag")
    pids, gate, heard = (tmp_path / name for name in ("pids", "gate", "heard"))
    script = (
        f"echo $$ >> {pids}\n"
        f'if [ "$COMPASSO_ATTEMPT" = 1 ] && [ ! -e {heard} ]; then\n'
        f"  while [ ! -e {gate} ]; do sleep 0.02; done\n"
        f"  {BINARY} beat && echo good > {heard} || echo refused > {heard}\n"
        "  sleep 1000\n"
        "fi\n"
        "echo done"
    )
    push(server, tagged(name, tag, script))
    first = started(script_worker, server, tmp_path, "first", "--tags", tag)
    run = start(server, name)
    orphan = int(text_of(pids))
    first.kill()
    started(script_worker, server, tmp_path, "second", "--tags", tag)
    assert ended(server, run) == "done"
    # The script of the worker that is gone goes on, and is not listened to.
    gate.touch()
    assert text_of(heard) == "refused"
    # The worker, started again, ends what it had left, and takes tasks.
    started(script_worker, server, tmp_path, "first", "--tags", tag)
    until(lambda: not is_alive(orphan), "the script goes on for ever")
    assert ended(server, start(server, name)) == "done"


def test_running_tasks_of_a_worker_outlive_a_killed_server(own_server, tmp_path, unique, started):
    name, tag, pids = unique(), unique("tag"), tmp_path / "pids"
    gate = tmp_path / "gate"
    script = f"echo $$ >> {pids}\nwhile [ ! -e {gate} ]; do sleep 0.02; done\necho $COMPASSO_ATTEMPT"
    push(own_server, tagged(name, tag, script))
    started(script_worker, own_server, tmp_path, "only", "--tags", tag)
    run = start(own_server, name)
    text_of(pids)
    own_server.kill()
    gate.touch()
    own_server.start()
    assert ended(own_server, run) == "1"
    assert len(pids.read_text().split()) == 1


def test_tasks_wait_for_places_of_a_busy_worker(server, tmp_path, unique, started):
    name, tag = unique(), unique("tag")
    tasks = "".join(f"\n  t{n}: {{run: 'true', runs_on: [{tag}]}}" for n in range(24))
    push(server, f"pipeline: {name}\ntasks:{tasks}\n")
    started(script_worker, server, tmp_path, unique("w"), "--tags", tag, "--slots", "2")
    assert ended(server, start(server, name)) is not None


def test_a_cancelled_run_ends_its_script(server, tmp_path, unique, started):
    name, tag, note = unique(), unique("tag"), tmp_path / "note"
    script = f"trap 'echo ended > {note}; exit 1' TERM\necho begun\nwhile :; do sleep 0.02; done"
    push(server, tagged(name, tag, script))
    started(script_worker, server, tmp_path, unique("w"), "--tags", tag)
    run = start(server, name)
    until(lambda: lines(server, run), "the script does not begin")
    call(server, "POST", f"/runs/{quoted(run)}/stop", {})
    assert text_of(note) == "ended"


@pytest.mark.parametrize("is_remote", [True, False])
def test_what_a_cancelled_script_holds_is_free_when_it_is_gone(
    server, tmp_path, unique, started, is_remote
):
    first, second, tag, gate = unique(), unique(), unique("tag"), tmp_path / "gate"
    script = (
        "echo begun\n"
        f"trap 'echo ending; while [ ! -e {gate} ]; do sleep 0.02; done; echo cleaned up; exit' TERM\n"
        "while :; do sleep 0.02; done"
    )
    mutex = unique("mutex")
    alone = lambda name, script: tagged(name, tag, script).replace(
        f"runs_on: [{tag}]", f"mutex: {mutex}\n        runs_on: [{tag if is_remote else ''}]"
    )
    push(server, alone(first, script))
    push(server, alone(second, "echo alone"))
    if is_remote:
        started(script_worker, server, tmp_path, unique("w"), "--tags", tag)
    run = start(server, first)
    until(lambda: lines(server, run), "the script does not begin")
    other = start(server, second)
    call(server, "POST", f"/runs/{quoted(run)}/stop", {})
    until(lambda: "ending" in lines(server, run), "the script is not told to end")
    assert [text.split(" ")[0] for text in blocks(server, other)] == [f"mutex:{mutex}"]
    gate.touch()
    assert ended(server, other) == "alone"
    # A shell may say that it was told to end.
    said = [line for line in lines(server, run) if line != "Terminated"]
    assert said == ["begun", "ending", "cleaned up"]


def test_a_worker_that_is_asked_to_stop_finishes_its_task(server, tmp_path, unique, started):
    name, tag, gate = unique(), unique("tag"), tmp_path / "gate"
    script = f"echo begun\nwhile [ ! -e {gate} ]; do sleep 0.02; done"
    push(server, tagged(name, tag, script))
    worker = started(script_worker, server, tmp_path, unique("w"), "--tags", tag)
    run = start(server, name)
    until(lambda: lines(server, run), "the script does not begin")
    worker.ask_to_stop()
    until(lambda: "stopping" in worker.text(), "the worker does not hear")
    gate.touch()
    assert worker.ended() == 0, worker.text()
    assert ended(server, run) == "begun"


@pytest.mark.parametrize("is_remote", [True, False])
def test_files_go_from_task_to_task(server, tmp_path, unique, started, is_remote):
    name, tag = unique(), unique("tag")
    tags = f"[{tag}]" if is_remote else "[]"
    push(
        server,
        f"""
        pipeline: {name}
        defaults: {{runs_on: {tags}}}
        tasks:
          train:
            artifacts: {{out: ["out/*.bin"]}}
            run: mkdir out; head -c 3000000 /dev/zero > out/model.bin
          use:
            needs: train
            artifacts: {{in: [train/out/model.bin]}}
            output: text
            run: wc -c < out/model.bin
        outputs:
          size: ${{{{ needs.use.output }}}}
          artifact: ${{{{ needs.train.artifacts[0] }}}}
        """,
    )
    started(script_worker, server, tmp_path, unique("w"), "--tags", tag)
    run = start(server, name)
    output = ended(server, run)
    assert output["size"] == "3000000", output
    artifact = output["artifact"]
    assert artifact["size"] == 3_000_000
    assert artifact["uri"] == f"artifact://{run.split(':')[-1]}/train/out/model.bin"


@pytest.mark.parametrize("is_remote", [True, False])
def test_a_script_has_commands_for_its_outputs_its_files_and_signs_of_life(
    server, tmp_path, unique, started, is_remote
):
    name, tag = unique(), unique("tag")
    push(
        server,
        f"""
        pipeline: {name}
        tasks:
          work:
            runs_on: [{tag if is_remote else ""}]
            heartbeat: 30s
            artifacts: {{out: ["deep/*.txt"]}}
            run: |
              {BINARY} output rows=42 'list:=[1, 2]'
              {BINARY} beat
              echo hello > file
              {BINARY} artifact put file --name deep/hello.txt
        outputs:
          output: ${{{{ needs.work.output }}}}
          names: ${{{{ [needs.work.artifacts.name] }}}}
        """,
    )
    if is_remote:
        started(script_worker, server, tmp_path, unique("w"), "--tags", tag)
    output = ended(server, start(server, name))
    assert output == {"output": {"rows": "42", "list": [1, 2]}, "names": ["deep/hello.txt"]}


def test_signs_of_life_keep_a_script_on_the_servers_own_worker_alive(server, unique):
    name, silent = unique(), unique()
    source = """
        pipeline: {name}
        tasks:
          work:
            heartbeat: 2s
            output: text
            run: |
              for n in 1 2 3 4 5 6 7 8 9 10; do sleep 0.3; {beat}; done
              echo alive
        outputs: ${{{{ needs.work.output }}}}
    """
    push(server, source.format(name=name, beat=f"{BINARY} beat"))
    push(server, source.format(name=silent, beat="true"))
    assert ended(server, start(server, name)) == "alive"
    status, error, cause = ended(server, start(server, silent))
    assert status == "FAILED" and "Heartbeat" in f"{error} {cause}"


HANDLED = """
    pipeline: {name}
    params: {{count: 1}}
    tasks:
      work:
        uses: "worker:{handler}"
        with: {{n: "${{{{ params.count }}}}"}}
    outputs: ${{{{ needs.work.output }}}}
"""


def test_a_handler_in_python_gets_its_input_and_gives_its_output(
    server, tmp_path, unique, started
):
    name, handler = unique(), unique("double")
    push(server, HANDLED.format(name=name, handler=handler))
    started(
        python_worker,
        server,
        tmp_path,
        unique("py"),
        f"""
        @worker.task({handler!r})
        def double(task):
            task.log(f"doubling {{task.input['n']}}")
            return {{"twice": task.input["n"] * 2, "attempt": task.attempt, "id": task.id}}
        """,
    )
    run = start(server, name, {"count": 21})
    assert ended(server, run) == {"twice": 42, "attempt": 1, "id": "work"}
    assert lines(server, run) == ["doubling 21"]


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ('raise TaskError("NoStock", "none left")', "NoStock"),
        ('raise ValueError("wrong")', "ValueError"),
        ("return object()", "BadOutput"),
    ],
)
def test_a_handler_that_fails_fails_its_task(server, tmp_path, unique, started, body, error):
    name, handler = unique(), unique("fail")
    push(server, HANDLED.format(name=name, handler=handler))
    decorated = f"@worker.task({handler!r})\ndef fail(task):\n    {body}\n"
    started(python_worker, server, tmp_path, unique("py"), decorated)
    status, found, cause = ended(server, start(server, name))
    assert status == "FAILED" and error in f"{found} {cause}"


def test_a_handler_hears_that_its_task_is_not_wanted(server, tmp_path, unique, started):
    name, handler, note = unique(), unique("slow"), tmp_path / "note"
    push(server, HANDLED.format(name=name, handler=handler))
    started(
        python_worker,
        server,
        tmp_path,
        unique("py"),
        f"""
        @worker.task({handler!r})
        def slow(task):
            task.log("begun")
            assert task.wait_cancelled(60)
            open({str(note)!r}, "w").write("cancelled")
        """,
    )
    run = start(server, name)
    until(lambda: lines(server, run), "the handler does not begin")
    call(server, "POST", f"/runs/{quoted(run)}/stop", {})
    assert text_of(note) == "cancelled"


def test_a_python_worker_that_is_asked_to_stop_finishes_its_task(
    server, tmp_path, unique, started
):
    name, handler, gate = unique(), unique("slow"), tmp_path / "gate"
    push(server, HANDLED.format(name=name, handler=handler))
    worker = started(
        python_worker,
        server,
        tmp_path,
        unique("py"),
        f"""
        import pathlib, time
        @worker.task({handler!r})
        def slow(task):
            task.log("begun")
            while not pathlib.Path({str(gate)!r}).exists():
                time.sleep(0.02)
            return "finished"
        """,
    )
    run = start(server, name)
    until(lambda: lines(server, run), "the handler does not begin")
    worker.ask_to_stop()
    gate.touch()
    assert worker.ended() == 0, worker.text()
    assert ended(server, run) == "finished"


def test_a_handler_keeps_files_and_gets_them_back(server, tmp_path, unique, started):
    name, handler = unique(), unique("files")
    push(server, HANDLED.format(name=name, handler=handler))
    started(
        python_worker,
        server,
        tmp_path,
        unique("py"),
        f"""
        @worker.task({handler!r})
        def files(task):
            kept = task.put_artifact("out/data.bin", b"x" * 1_000_000)
            open("{tmp_path}/file", "w").write("hello")
            other = task.put_artifact("hello.txt", "{tmp_path}/file")
            assert task.get_artifact(other) == b"hello"
            task.get_artifact(kept.sha256, "{tmp_path}/back")
            return kept
        """,
    )
    run = start(server, name)
    output = ended(server, run)
    assert output["size"] == 1_000_000, output
    assert output["uri"] == f"artifact://{run.split(':')[-1]}/work/out/data.bin"
    assert (tmp_path / "back").stat().st_size == 1_000_000


def test_a_python_worker_comes_back_to_a_server_that_was_killed(
    own_server, tmp_path, unique, started
):
    name, handler, gate = unique(), unique("slow"), tmp_path / "gate"
    push(own_server, HANDLED.format(name=name, handler=handler))
    started(
        python_worker,
        own_server,
        tmp_path,
        "py",
        f"""
        import pathlib, time
        @worker.task({handler!r})
        def slow(task):
            open("{tmp_path}/begun", "a").write("x")
            while not pathlib.Path({str(gate)!r}).exists():
                time.sleep(0.02)
            return task.attempt
        """,
    )
    run = start(own_server, name)
    text_of(tmp_path / "begun")
    own_server.kill()
    gate.touch()
    own_server.start()
    assert ended(own_server, run) == 1
    assert (tmp_path / "begun").read_text() == "x"
