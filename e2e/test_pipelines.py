"""Pipelines: checked and drawn on the command line."""

import json
import re
import subprocess

import pytest

from server import BINARY, REPOSITORY

EXAMPLES = sorted((REPOSITORY / "examples" / "pipelines").glob("*.pipeline.yaml"))
BROKEN = """pipeline: broken
tasks:
  a: {run: ./a.sh}
  b:
    needs: aa
    if: needs.a.output.rows == 0
    run: ./b.sh
"""


def run(*arguments):
    done = subprocess.run(
        [BINARY, *map(str, arguments)], capture_output=True, text=True, timeout=60, check=False
    )
    return done.returncode, done.stdout, done.stderr


@pytest.fixture
def broken(tmp_path):
    path = tmp_path / "broken.pipeline.yaml"
    path.write_text(BROKEN)
    return path


def test_validate_accepts_every_example():
    code, output, errors = run("validate", *EXAMPLES)
    assert code == 0, output + errors
    assert output.count("no problems") == len(EXAMPLES) >= 6


def test_validate_shows_problems_in_their_line_with_code_and_way_out(broken):
    code, output, _ = run("validate", broken)
    assert code == 1
    for part in ["error[E003]", "broken.pipeline.yaml:5:", "did you mean 'a'?", "warning[W101]"]:
        assert part in output, output
    code, output, _ = run("validate", "--json", broken)
    assert code == 1
    found = [json.loads(line) for line in output.splitlines()]
    assert [(problem["code"], problem["line"]) for problem in found] == [
        ("E003", 5),
        ("E006", 6),
        ("W101", 6),
    ]
    assert found[0]["location"] == "/tasks/b/needs"


def test_what_cannot_run_yet_is_refused_with_its_place(tmp_path):
    path = tmp_path / "later.pipeline.yaml"
    path.write_text("pipeline: later\ntasks: {a: {uses: grpc, with: {target: x, method: y}}}\n")
    code, _, errors = run("run", path)
    assert code == 2
    assert "error[E021]" in errors and "later.pipeline.yaml:2:" in errors, errors


def test_run_shows_each_task_and_prints_the_output(tmp_path):
    path = tmp_path / "two.pipeline.yaml"
    path.write_text(
        "pipeline: other\ntasks: {a: {run: 'false'}}\n---\n"
        "pipeline: group\nparams: {who: you}\ntasks:\n  g:\n    tasks:\n"
        "      inner: {run: 'echo hello \"${{ params.who }}\"', output: text}\n"
        "  off: {run: exit 1, if: false}\noutputs: ${{ needs.g.output.inner }}\n"
    )
    code, _, errors = run("run", path)
    assert code == 2 and "choose one with --pipeline: other, group" in errors
    code, output, errors = run("run", path, "--pipeline", "group", "--params", "who=Ada")
    assert (code, json.loads(output)) == (0, "hello Ada"), errors
    assert re.search(r"^  ✓ inner  \d", errors, re.M) and "- off  skipped" in errors, errors
    assert run("run", path, "--pipeline", "other")[0] == 1


def test_graph_has_a_node_for_each_task_and_an_edge_for_each_need():
    path = next(path for path in EXAMPLES if "order-saga" in path.name)
    code, output, errors = run("graph", "--json", path)
    assert code == 0, errors
    graph = json.loads(output)
    assert {node["id"] for node in graph["nodes"]} == {
        "reserve", "charge", "fraud_review", "ship", "confirm",
    }  # fmt: skip
    assert {"from": "charge", "to": "ship", "kind": "needs"} in graph["edges"]


def test_graph_of_a_broken_pipeline_says_what_is_wrong(broken):
    code, output, errors = run("graph", broken)
    assert (code, output) == (1, "")
    assert "E003" in errors
