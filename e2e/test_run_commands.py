"""What people ask about runs of pipelines, queues and workers, on the command line."""

import json
import signal
import subprocess
import urllib.request

from clients import step_functions
from plain_worker import Worker
from remote import push, start, until
from rest import call
from server import BINARY

MIXED = """
    pipeline: {name}
    tasks:
      good: {{run: 'true'}}
      bad: {{run: "echo no such table >&2; exit 3"}}
      after: {{needs: bad, run: 'true'}}
"""
PARTED = """
    pipeline: {name}
    tasks:
      elsewhere: {{runs_on: [{tag}], run: 'true'}}
"""


def short(run):
    """A run as people call it: `PIPELINE:RUN`."""
    return ":".join(run.split(":")[-2:])


def rows(output):
    """The rows of a table by their first cells, without the heading."""
    return {line.split()[0]: line for line in output.splitlines()[1:]}


def metrics(server):
    with urllib.request.urlopen(f"{server.url}/metrics", timeout=60) as answer:
        return answer.read().decode().splitlines()


def test_a_failed_start_names_the_task_and_its_error(server, compasso, unique):
    name = unique()
    push(server, MIXED.format(name=name))
    code, _, errors = compasso("start", name, "--wait")
    assert code == 1
    assert "task bad failed: Exit.3: no such table" in errors
    run = call(server, "GET", f"/runs?limit=1")["items"][0]["id"]
    code, output, _ = compasso("tasks", short(run))
    assert code == 0
    table = rows(output)
    assert "success" in table["good"] and "upstream_failed" in table["after"]
    assert "failed" in table["bad"] and "Exit.3: no such table" in table["bad"]


def test_tasks_and_queues_say_what_is_waited_for(server, compasso, unique):
    name, tag = unique(), unique("tag")
    push(server, PARTED.format(name=name, tag=tag))
    run = start(server, name)
    why = f"workers (no worker has tags {tag})"
    until(lambda: why in compasso("tasks", short(run))[1], "it is not told")
    told = [json.loads(line) for line in compasso("tasks", short(run), "--json")[1].splitlines()]
    assert told[0]["blockedBy"][0]["kind"] == "workers"
    queue = next(line for line in compasso("queues")[1].splitlines() if tag in line)
    assert queue.split()[:5] == ["script", tag, "1", "0", "0"]
    waiting = next(line for line in metrics(server) if tag in line and "waiting" in line)
    assert waiting.startswith("compasso_queue_waiting{") and waiting.endswith(" 1")
    # The short name serves over REST as well.
    assert call(server, "GET", f"/runs/{short(run)}/tasks")["items"][0]["id"] == "elsewhere"
    call(server, "POST", f"/runs/{short(run)}/stop", {})
    assert step_functions(server.url).describe_execution(executionArn=run)["status"] == "ABORTED"


def test_tasks_say_why_they_were_skipped_and_describe_shows_params(server, compasso, unique):
    name = unique("skipped")
    push(
        server,
        f"pipeline: {name}\nparams: {{day: monday}}\n"
        "tasks:\n"
        "  weekly: {if: 'params.day = \"friday\"', noop: true}\n"
        "  after: {needs: weekly, noop: true}\n"
        "  parts: {each: [1, 2], noop: true}\n"
        "  alarm: {needs: [weekly, parts], when: any_failed, if: 'params.day = \"monday\"', noop: true}\n"
        "  late: {needs: [weekly, parts], when: all_done, if: 'params.day = \"friday\"', noop: true}\n",
    )
    run = start(server, name)
    assert compasso("wait", run)[0] == 0
    _, output, _ = compasso("tasks", run)
    rows = {line.split()[0]: line for line in output.splitlines()}
    assert rows["weekly"].endswith("its 'if' did not hold"), output
    assert rows["after"].endswith("skipped before it: weekly"), output
    assert rows["alarm"].endswith("'when: any_failed' did not hold"), output
    assert rows["late"].endswith("its 'if' did not hold"), output
    _, output, errors = compasso("tasks", run, "--instances", "after")
    assert output == "" and "after has no instances" in errors, (output, errors)
    _, output, _ = compasso("describe", run)
    assert '{"day":"monday"}' in output and "queued_at" not in output, output


def test_workers_are_listed_with_that_of_the_server(server, compasso, unique):
    name = unique("w")
    worker = Worker(server, name, tags=["gpu"], slots=3)
    code, output, _ = compasso("workers")
    assert code == 0
    table = rows(output)
    assert "online" in table["server"]
    assert table[name].split()[:5] == [name, "online", "0", "3", "gpu"]
    assert any(line.startswith('compasso_workers{state="online"} ') for line in metrics(server))
    worker.goodbye()


def test_a_name_that_is_wrong_is_told_with_what_was_meant(server, compasso, unique):
    name = unique()
    push(server, MIXED.format(name=name) + "    on: {event: {source: shop, type: order}}\n")
    run = start(server, name)
    code, _, errors = compasso("logs", short(run), "--task", "godo")
    assert code == 2 and "no task 'godo'" in errors and "'good'" in errors
    code, _, errors = compasso("triggers", name, "evnt")
    assert code == 2 and "no trigger 'evnt'" in errors and "'event'" in errors
    assert compasso("triggers", name, "event")[0] == 0


def test_logs_count_attempts_from_one(server, compasso, unique):
    name = unique()
    push(server, f"pipeline: {name}\ntasks: {{talk: {{run: echo hello}}}}\n")
    run = compasso("start", name, "--wait", "--json")[1]
    arn = json.loads(run)["executionArn"]
    line = json.loads(compasso("logs", short(arn), "--json")[1].splitlines()[0])
    assert (line["text"], line["attempt"]) == ("hello", 1)


def test_a_task_in_instances_of_a_group_has_failed_if_it_failed_in_one(server, compasso, unique):
    name = unique()
    push(
        server,
        f"""
        pipeline: {name}
        tasks:
          shard:
            each: "['a', 'b', 'c']"
            key: item
            fail_fast: false
            max_parallel: 1
            tasks:
              read: {{run: "echo ${{{{ item }}}}"}}
              load: {{needs: read, run: '[ "$COMPASSO_KEY" != b ]'}}
          last: {{needs: shard, run: 'true'}}
        """,
    )
    code, _, errors = compasso("start", name, "--wait", "--name", "r")
    assert code == 1 and "task shard.load failed: Exit.1" in errors
    run = f"{name}:r"
    tasks = {task["id"]: task for task in call(server, "GET", f"/runs/{short(run)}/tasks")["items"]}
    assert list(tasks) == ["shard", "shard.read", "shard.load", "last"]
    states = {task: (found["state"], found["attempts"]) for task, found in tasks.items()}
    assert states["shard.read"] == ("success", 3) and states["shard.load"] == ("failed", 3)
    lines = compasso("logs", short(run), "--task", "shard.read")[1].splitlines()
    assert sorted(lines) == [f"shard[{key}].read | {key}" for key in "abc"]
    compasso("mark", short(run), "shard", "success")
    compasso("wait", short(run))
    assert "success" in rows(compasso("tasks", short(run))[1])["last"]
    code, _, errors = compasso("tasks", short(run), "--instances", "shrd")
    assert code == 2 and "no task 'shrd'" in errors and "'shard'" in errors


def test_instances_are_told_apart_in_logs(server, compasso, unique):
    name = unique()
    push(server, f"pipeline: {name}\ntasks: {{talk: {{each: '[7, 8]', run: 'echo $COMPASSO_KEY'}}}}\n")
    run = json.loads(compasso("start", name, "--wait", "--json")[1])["executionArn"]
    assert sorted(compasso("logs", short(run))[1].splitlines()) == ["talk[0] | 0", "talk[1] | 1"]
    assert compasso("logs", short(run), "--task", "talk[1]")[1] == "talk[1] | 1\n"


def test_scripts_find_the_program_that_runs_them(server, compasso, unique):
    name = unique()
    push(
        server,
        f"pipeline: {name}\ntasks: {{set: {{run: compasso output rows:=42}}}}\n"
        "outputs: ${{ needs.set.output }}\n",
    )
    assert compasso("start", name, "--wait")[:2] == (0, '{"rows":42}\n')


def test_a_pause_has_an_end_and_a_version_that_is_not_there_is_told(server, compasso, unique):
    name = unique()
    push(server, MIXED.format(name=name))
    until = "2099-01-31T06:00:00Z"
    assert compasso("pause", name, "--until", until)[1] == f"{name} is paused until {until}\n"
    code, _, errors = compasso("start", name)
    assert code == 2 and "paused" in errors
    assert compasso("resume", name)[0] == 0
    assert compasso("pause", name, "--by", "ana", "--reason", "audit")[0] == 0
    code, _, errors = compasso("start", name)
    assert code == 2 and "ana: audit" in errors, errors
    assert compasso("resume", name)[1] == f"{name} goes on\n"
    code, _, errors = compasso("start", f"{name}:7")
    assert code == 2 and f"the pipeline {name} has no version or alias '7'" in errors


def test_a_pipeline_is_deleted(server, compasso, unique):
    name = unique()
    push(server, MIXED.format(name=name))
    run = json.loads(compasso("start", name, "--wait", "--json")[1])["executionArn"]
    code, _, errors = compasso("stop", "--cancel", short(run))
    assert code != 0 and "there is nothing to stop: it ended at " in errors
    assert compasso("delete", "pipeline", name)[0] == 0
    assert compasso("describe", short(run))[0] == 0, "its runs stay readable"
    code, _, errors = compasso("delete", "pipeline", name)
    assert code == 2 and f"no pipeline '{name}'" in errors


def test_a_run_without_a_server_says_what_it_waits_for(tmp_path):
    (tmp_path / "parted.pipeline.yaml").write_text(PARTED.format(name="parted", tag="gpu"))
    command = [BINARY, "run", "parted.pipeline.yaml"]
    with subprocess.Popen(command, cwd=tmp_path, stderr=subprocess.PIPE, text=True) as running:
        try:
            said = next(line for line in running.stderr if "waits for" in line)
            assert "elsewhere waits for workers (no worker has tags gpu)" in said
        finally:
            running.kill()


def test_a_run_without_a_server_takes_secrets_and_names_what_failed(compasso, tmp_path):
    (tmp_path / "secret.pipeline.yaml").write_text(
        """
        pipeline: secret
        tasks:
          use:
            env: {KEY: "${{ secrets.KEY }}"}
            run: test "$KEY" = hunter22
          bad: {needs: use, run: "echo wrong >&2; exit 4"}
        """
    )
    code, _, errors = compasso("run", "secret.pipeline.yaml", "--secret", "KEY", KEY="hunter22")
    assert code == 1 and "task bad failed: Exit.4: wrong" in errors
    code, _, errors = compasso("run", "secret.pipeline.yaml")
    assert code == 1 and "secret 'KEY'" in errors


def test_a_run_without_a_server_shows_what_scripts_write(compasso, tmp_path):
    (tmp_path / "said.pipeline.yaml").write_text(
        """
        pipeline: said
        tasks:
          greet: {run: "echo hello; echo careful >&2"}
          bad: {needs: greet, retry: {max: 1, delay: 0s}, run: "echo three is not two; exit 1"}
        """
    )
    code, output, errors = compasso("run", "said.pipeline.yaml")
    lines = errors.splitlines()
    assert code == 1 and {"greet | hello", "greet | careful", "bad | three is not two"} <= set(lines)
    assert "bad (attempt 2) | three is not two" in lines and "hello" not in output
    assert "hello" not in "".join(compasso("run", "said.pipeline.yaml", "--json")[1:])


def test_a_run_without_a_server_cleans_up_when_it_is_interrupted(tmp_path):
    (tmp_path / "torn.pipeline.yaml").write_text(
        """
        pipeline: torn
        tasks:
          up: {setup: true, run: echo made}
          work: {needs: up, run: "echo at work; exec sleep 3600"}
          down: {teardown: up, needs: work, run: echo torn down}
        """
    )
    command = [BINARY, "run", "torn.pipeline.yaml"]
    with subprocess.Popen(command, cwd=tmp_path, stderr=subprocess.PIPE, text=True) as running:
        try:
            next(line for line in running.stderr if line == "work | at work\n")
            running.send_signal(signal.SIGINT)
            rest = running.stderr.read()
            assert running.wait(timeout=120) == 4 and "down | torn down" in rest
        finally:
            running.kill()
