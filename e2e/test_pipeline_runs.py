"""Pipelines on a server: pushed, started, killed half way, gone on with."""

import json
import subprocess
import textwrap
import time

import pytest

from clients import step_functions
from rest import Refused, call, quoted
from server import BINARY, is_alive

GREETING = """
pipeline: {name}
params:
  who: {{type: string, default: you}}
  times: {{type: integer, required: true, minimum: 1}}
tasks:
  greet:
    env: {{WHO: "${{{{ params.who }}}}"}}
    output: text
    run: echo "hello $WHO"
outputs:
  said: ${{{{ needs.greet.output }}}}
  run: ${{{{ run }}}}
"""


@pytest.fixture
def greeting(server, unique):
    name = unique("greeting")
    call(server, "POST", "/pipelines", text=GREETING.format(name=name))
    return name


def start(server, pipeline, params=None, **members):
    body = {"params": params or {}, **members}
    return call(server, "POST", f"/pipelines/{quoted(pipeline)}/runs", body)


def ended(sfn, run, seconds=30):
    """Waits for the end of a run by asking, and returns how it ended."""
    limit = time.monotonic() + seconds
    while (found := sfn.describe_execution(executionArn=run))["status"] in ("QUEUED", "RUNNING"):
        assert time.monotonic() < limit, found
        time.sleep(0.02)
    return found


def test_a_pushed_pipeline_runs_with_its_params(server, sfn, greeting):
    started = start(server, greeting, {"times": 1, "who": "Ada"}, name="first")
    assert started["id"].endswith(f":run:{greeting}:first") and started["version"] == 1
    found = ended(sfn, started["id"])
    assert found["status"] == "SUCCEEDED", found
    output = json.loads(found["output"])
    assert output["said"] == "hello Ada"
    run = output["run"]
    assert (run["id"], run["pipeline"], run["version"]) == ("first", greeting, 1)
    assert run["type"] == "manual" and run["interval"]["start"] == run["started_at"]
    assert run["date"] == run["started_at"][:10]


def test_the_same_start_answers_the_same_run_and_another_one_is_refused(server, sfn, greeting):
    first = start(server, greeting, {"times": 1}, name="once")
    ended(sfn, first["id"])
    assert start(server, greeting, {"times": 1}, name="once") == first
    with pytest.raises(Refused) as refusal:
        start(server, greeting, {"times": 2}, name="once")
    assert (refusal.value.status, refusal.value.code) == (409, "ExecutionAlreadyExists")


def test_params_that_break_the_rules_are_all_told_with_their_places(server, greeting):
    with pytest.raises(Refused) as refusal:
        start(server, greeting, {"times": 0, "whom": "x"})
    assert (refusal.value.status, refusal.value.code) == (400, "InvalidParams")
    assert {fault["pointer"] for fault in refusal.value.detail} == {"/times", "/whom"}


def test_new_content_is_a_new_version_and_the_same_content_is_not(server, unique):
    name = unique("versions")
    text = GREETING.format(name=name)
    push = lambda text, **query: call(server, "POST", "/pipelines", text=text, **query)["items"][0]
    assert (push(text)["change"], push(text)["change"]) == ("created", "unchanged")
    other = text.replace("hello", "good day")
    checked = push(other, check="true")
    assert (checked["change"], checked["version"]) == ("updated", 2)
    assert call(server, "GET", f"/pipelines/{name}")["version"]["number"] == 1
    pushed = push(other, description="politer", author="Ada", commit="abc123")
    assert (pushed["change"], pushed["version"]) == ("updated", 2)
    newest, oldest = call(server, "GET", f"/pipelines/{name}/versions")["items"]
    assert (newest["number"], newest["description"], newest["commit"]) == (2, "politer", "abc123")
    assert oldest["number"] == 1 and oldest["sha256"] != newest["sha256"]
    assert "hello" in call(server, "GET", f"/pipelines/{name}:1")["definition"]
    assert start(server, f"{name}:1", {"times": 1})["version"] == 1


def test_a_text_with_an_error_stores_nothing(server, unique):
    good, bad = unique("good"), unique("bad")
    text = GREETING.format(name=good) + f"---\npipeline: {bad}\ntasks: {{a: {{rum: x}}}}\n"
    with pytest.raises(Refused) as refusal:
        call(server, "POST", "/pipelines", text=text)
    assert (refusal.value.status, refusal.value.code) == (400, "InvalidPipeline")
    problem = refusal.value.detail[0]
    assert problem["code"] in ("E001", "E002") and problem["line"] > 10
    with pytest.raises(Refused) as missing:
        call(server, "GET", f"/pipelines/{good}")
    assert (missing.value.status, missing.value.code) == (404, "PipelineDoesNotExist")


def test_pipelines_are_listed_and_deleted(server, sfn, greeting):
    run = start(server, greeting, {"times": 1})["id"]
    ended(sfn, run)
    names = [item["name"] for item in call(server, "GET", "/pipelines", limit=1000)["items"]]
    assert greeting in names
    machines = sfn.list_state_machines()["stateMachines"]
    assert greeting not in [machine["name"] for machine in machines]
    assert call(server, "DELETE", f"/pipelines/{greeting}") is None
    with pytest.raises(Refused, match="404"):
        call(server, "GET", f"/pipelines/{greeting}")
    with pytest.raises(Refused):
        start(server, greeting, {"times": 1})
    assert call(server, "GET", f"/runs/{quoted(run)}")["run"]["status"] == "SUCCEEDED"


def test_a_run_goes_on_after_a_kill(own_server, tmp_path):
    gate, mark = tmp_path / "gate", tmp_path / "mark"
    text = textwrap.dedent(f"""
        pipeline: long
        tasks:
          before:
            output: text
            run: echo begun
          middle:
            needs: before
            run: |
              echo $COMPASSO_ATTEMPT $$ >> {mark}
              until [ -e {gate} ]; do sleep 0.05; done
          after:
            needs: [before, middle]
            output: text
            run: echo "${{{{ needs.before.output }}}} and done"
        outputs: {{said: "${{{{ needs.after.output }}}}"}}
        """)
    call(own_server, "POST", "/pipelines", text=text)
    run = start(own_server, "long", name="one")["id"]
    until(lambda: mark.exists() and mark.read_text().endswith("\n"))
    own_server.kill()
    own_server.start()
    until(lambda: mark.read_text().count("\n") == 2)
    (first, orphan), (second, _) = (line.split() for line in mark.read_text().splitlines())
    assert (first, second) == ("1", "2")
    assert not is_alive(orphan), "the script of the killed server still runs"
    gate.touch()
    found = ended(step_functions(own_server.url), run)
    assert found["status"] == "SUCCEEDED", found
    assert json.loads(found["output"]) == {"said": "begun and done"}


def until(holds, seconds=30):
    limit = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < limit
        time.sleep(0.02)


def command(server, *arguments):
    done = subprocess.run(
        [BINARY, *map(str, arguments), "--endpoint", server.url],
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    return done.returncode, done.stdout, done.stderr


def test_the_commands_work_with_pipelines_and_runs(server, unique, tmp_path):
    name, path = unique("commands"), tmp_path / "x.pipeline.yaml"
    path.write_text(GREETING.format(name=name))
    would = command(server, "push", path, "--check")[1]
    assert would.splitlines() == [
        f"{name}: would be created (version 1)", "  + param who", "  + param times", "  + task greet",
    ]  # fmt: skip
    assert command(server, "push", path)[1] == f"{name}: created (version 1)\n"
    assert command(server, "push", path)[1] == f"{name}: unchanged (version 1)\n"
    code, _, errors = command(server, "start", name)
    assert code == 2 and "/times: the param is required" in errors, errors
    code, output, errors = command(
        server, "start", name, "--params", "times=2", "--params", "who=7", "--name", "r", "--wait"
    )
    assert code == 0 and json.loads(output)["said"] == "hello 7", errors
    assert "PIPELINE" in command(server, "list", "--limit", 10_000)[1]
    assert "SUCCEEDED" in command(server, "list", name)[1]
    assert f":run:{name}:r" in command(server, "describe", f"{name}:r")[1]
    assert "BranchExited" in command(server, "history", f"{name}:r")[1]
    assert "greet | hello 7" in command(server, "logs", f"{name}:r")[1]
    assert command(server, "wait", f"{name}:r")[0] == 0
    code, _, errors = command(server, "start", unique("none"), "--params", "a=1")
    assert code == 2 and "no pipeline" in errors


def test_a_running_run_is_stopped_by_its_name(server, sfn, unique, tmp_path):
    name, path = unique("endless"), tmp_path / "x.pipeline.yaml"
    path.write_text(f"pipeline: {name}\ntasks: {{a: {{wait: 1d}}}}\n")
    assert command(server, "push", path)[0] == 0
    code, output, _ = command(server, "start", name, "--name", "r")
    assert code == 0
    assert command(server, "stop", f"{name}:r", "--cause", "enough")[0] == 0
    assert ended(sfn, output.strip())["status"] == "ABORTED"


def test_the_tasks_of_a_run_are_told_while_it_runs_and_after(server, sfn, unique, tmp_path):
    name, gate, mark = unique("tasks"), tmp_path / "gate", tmp_path / "mark"
    text = textwrap.dedent(f"""
        pipeline: {name}
        tasks:
          first: {{run: "true"}}
          off: {{if: "false", run: "true"}}
          many: {{each: "[1, 2, 3]", run: "true"}}
          group:
            needs: first
            tasks:
              slow:
                run: |
                  touch {mark}
                  until [ -e {gate} ]; do sleep 0.05; done
              next: {{needs: slow, run: "true"}}
          bad: {{needs: group, run: exit 3}}
          after: {{needs: bad, run: "true"}}
        """)
    call(server, "POST", "/pipelines", text=text)
    run = start(server, name)["id"]
    until(mark.exists)
    tasks = lambda: {
        task["id"]: task for task in call(server, "GET", f"/runs/{quoted(run)}/tasks")["items"]
    }
    now = tasks()
    assert (now["group"]["state"], now["group.slow"]["state"]) == ("running", "running")
    assert now["bad"]["state"] == "blocked" and "ended" not in now["group"]
    gate.touch()
    ended(sfn, run)
    then = tasks()
    assert {task: then[task]["state"] for task in then} == {
        "first": "success", "off": "skipped", "many": "success", "group": "success",
        "group.slow": "success", "group.next": "success", "bad": "failed",
        "after": "upstream_failed",
    }  # fmt: skip
    assert then["bad"]["error"].startswith("Exit") and then["bad"]["attempts"] == 1
    assert then["many"]["instances"] == {"running": 0, "succeeded": 3, "failed": 0}


def test_an_output_of_megabytes_is_passed_on(server, sfn, unique):
    name = unique("large")
    text = f"""
pipeline: {name}
tasks:
  write: {{run: "head -c 3000000 /dev/zero | tr '\\\\0' x", output: text}}
  count: {{needs: write, stdin: "${{{{ needs.write.output }}}}", run: wc -c, output: json}}
outputs: {{count: "${{{{ needs.count.output }}}}"}}
"""
    call(server, "POST", "/pipelines", text=text)
    found = ended(sfn, start(server, name)["id"])
    assert found["status"] == "SUCCEEDED", found
    assert json.loads(found["output"]) == {"count": 3_000_000}
