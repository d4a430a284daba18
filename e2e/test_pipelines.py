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


TESTED = """pipeline: tested
params: {limit: {type: integer, default: 2}}
env: {A: x}
vars: {v: '${{ env.A }}!'}
tasks:
  landed: {wait: {file: /in/*.csv, timeout: 6h}}
  list: {needs: landed, run: ./list.sh, output: json}
  load: {needs: list, each: needs.list.output, run: './load.sh ${{ item }}', output: json, retry: {max: 2}}
  group:
    needs: load
    tasks:
      a: {run: ./a.sh, container: python}
      b: {needs: a, wait: 2h, outputs: {v: '${{ vars.v }}', limit: '${{ params.limit }}'}}
  check: {needs: group, uses: sql, with: {connection: c, query: select 1}, retry: {max: 3, delay: 1h}}
  ship: {needs: check, run: ./ship.sh}
  report: {needs: [check, ship], when: all_done, noop: true, outputs: {ship: '${{ needs.ship.state }}'}}
outputs: {ship: '${{ needs.report.output.ship }}'}
tests:
  - name: all well
    params: {limit: 7}
    mocks:
      landed: {output: [/in/a.csv]}
      list: {output: [1, 2]}
      load: {sequence: [{output: 1}, {error: {name: Exit.1}}, {output: 3}]}
      group.a: {output: 5}
      check: {error: {name: Timeout, cause: slow}}
      ship: {output: done}
    expect:
      output: {ship: success}
      tasks: {load: success, group.a: success, ship: success}
      outputs: {load: [1, 3], group: {a: 5, b: {v: x!, limit: 7}}}
      order: [list, load, ship, report]
  - name: the check fails
    mocks:
      landed: {output: []}
      list: {output: []}
      group: {output: null}
      check: {error: {name: Timeout, cause: slow}, always: true}
      ship: {output: done}
    expect:
      state: failed
      tasks: {load: success, check: failed, ship: upstream_failed, report: success}
"""

WRONG = """  - name: expects something else
    params: {limt: 1}
  - name: forgets a mock
    mocks: {landed: {output: null}, group: {output: null}}
  - name: needs a container
    mocks: {landed: {output: null}}
  - name: names what is not there
    mocks: {landed: {output: null}, list: {output: []}, group: {output: 1}, check: {output: 1}, ship: {output: 1}}
    expect: {tasks: {shipp: success, ship: failed}, output: 1}
"""


def test_test_cases_of_pipelines_run_with_mocks_and_without_time(tmp_path):
    path = tmp_path / "tested.pipeline.yaml"
    path.write_text(TESTED)
    code, output, errors = run("test", path)
    assert (code, errors) == (0, "")
    assert output.splitlines() == [
        "ok    tested  all well",
        "ok    tested  the check fails",
        "2 passed, 0 failed",
    ]


def test_a_test_case_says_what_is_not_as_expected(tmp_path):
    path = tmp_path / "tested.pipeline.yaml"
    path.write_text(TESTED + WRONG)
    code, output, _ = run("test", tmp_path)
    assert code == 1
    for part in [
        "/limt: there is no such param; did you mean 'limit'?",
        "the task 'list' is not mocked by the test case",
        "the pipeline has no task 'shipp'",
        'task ship: expected "failed", was success',
        'output: expected 1, was {"ship":"success"}',
        "error[E021]: 'container' is not supported yet",
        "2 passed, 4 failed",
    ]:
        assert part in output, output
