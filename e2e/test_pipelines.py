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


def test_validate_checks_all_definitions_of_a_directory(broken, tmp_path):
    (tmp_path / "inner").mkdir()
    (tmp_path / "inner" / "good.pipeline.yaml").write_text("pipeline: good\ntasks: {a: {noop: true}}\n")
    (tmp_path / "notes.txt").write_text("none")
    code, output, _ = run("validate", tmp_path)
    assert code == 1 and "broken.pipeline.yaml:5:" in output, output
    code, output, _ = run("validate", tmp_path / "inner")
    assert code == 0 and output.endswith("good.pipeline.yaml: no problems\n"), output
    (tmp_path / "empty").mkdir()
    code, output, errors = run("validate", tmp_path / "empty")
    assert (code, output) == (2, "") and "no file ends in .asl.json" in errors, errors


def test_a_run_warns_of_secrets_that_are_missing(tmp_path):
    path = tmp_path / "secretive.pipeline.yaml"
    path.write_text(
        "pipeline: secretive\ntasks:\n  a: {run: 'true', env: {KEY: '${{ secrets.MISSING }}'}}\n"
    )
    code, _, errors = run("run", path)
    assert code == 1
    assert "no secret 'MISSING' (--secret NAME takes it from the environment)" in errors, errors


def test_what_cannot_run_yet_is_refused_with_its_place(tmp_path):
    path = tmp_path / "later.pipeline.yaml"
    path.write_text("pipeline: later\ntasks: {a: {uses: grpc, with: {target: x, method: y}}}\n")
    code, _, errors = run("run", path)
    assert code == 2
    assert "error[E021]" in errors and "later.pipeline.yaml:2:" in errors, errors
    code, output, _ = run("validate", path)
    assert code == 1
    assert "error[E021]" in output and "later.pipeline.yaml:2:" in output, output
    assert "(at /tasks/a/uses)" in output


def test_validate_refuses_triggers_that_a_push_refuses(tmp_path):
    path = tmp_path / "told.pipeline.yaml"
    path.write_text(
        "pipeline: told\n"
        "on:\n"
        "  queue: {kafka: {topic: orders}}\n"
        "  webhook: {path: /p, auth: {hmac: {secret: x}}}\n"
        "tasks: {a: {noop: true}}\n"
    )
    code, output, _ = run("validate", path)
    assert code == 1
    assert "error[E021]: a queue trigger is not supported yet (at /on/queue)" in output, output
    assert "error[E017]: 'hmac' needs 'header' (at /on/webhook)" in output, output


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

SAGA = """pipeline: order
saga: {on: [failure]}
hooks: {on_failure: [{uses: http, with: {url: 'http://orders/rejected'}}]}
tasks:
  reserve: {uses: http, with: {url: 'http://stock'}, compensate: {uses: http, with: {url: 'http://stock', method: DELETE}}}
  charge:
    needs: reserve
    uses: http
    with: {url: 'http://payments'}
    compensate: {uses: http, with: {url: 'http://payments/refund', method: POST}}
  ship: {needs: charge, uses: http, with: {url: 'http://shipping'}, retry: {max: 2, on: [Http5xx]}}
tests:
  - name: what cannot be shipped is undone
    mocks:
      reserve: {output: {status: 200}}
      charge: {output: {status: 200}}
      ship: {error: {name: Http503}, always: true}
    expect:
      state: failed
      tasks: {reserve: success, charge: success, ship: failed}
      compensated: [charge, reserve]
      hooks: [(on_failure)]
  - name: what is shipped stays
    mocks: {reserve: {output: 1}, charge: {output: 1}, ship: {sequence: [{error: {name: Http503}}, {output: 1}]}}
    expect: {compensated: [], hooks: []}
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


@pytest.mark.parametrize("order", ["reverse", "parallel"])
def test_test_cases_know_what_was_undone_and_which_hooks_ran(tmp_path, order):
    path = tmp_path / "order.pipeline.yaml"
    path.write_text(SAGA.replace("[failure]}", f"[failure], order: {order}}}", 1))
    code, output, errors = run("test", path)
    assert code == 0, output + errors


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


def test_the_tests_of_the_examples_pass():
    code, output, errors = run("test", REPOSITORY / "examples" / "pipelines")
    assert code == 0, output + errors
    assert "ok    daily-sales  one empty file fails quality" in output


MANY = r"""pipeline: many
tasks:
  list:
    run: |
      echo "items:=[1,2,3]" >> "$COMPASSO_OUTPUT"
      echo "task=$COMPASSO_TASK" >> "$COMPASSO_OUTPUT"
  load: {needs: list, each: needs.list.output.items, run: 'echo "[${{ item }}, $COMPASSO_KEY]"', output: json}
  batches: {needs: list, each: needs.list.output.items, batch: 2, noop: true, outputs: {items: '${{ item }}'}}
  steps:
    needs: list
    steps:
      - {id: one, run: 'echo "a=1" >> "$COMPASSO_OUTPUT"'}
      - {if: steps.one.output.a = '1', run: 'echo "b=${{ steps.one.output.a }}" >> "$COMPASSO_OUTPUT"'}
      - {if: steps.one.output.a = '2', run: exit 7}
    outputs: {one: '${{ steps.one.output.a }}', all: '${{ result }}'}
  flaky: {retry: {max: 3, delay: 50ms, jitter: none}, run: '[ "$COMPASSO_ATTEMPT" = 3 ] || exit 75'}
  skip: {run: exit 99}
  never: {run: exit 78, retry: 5, allow_failure: true}
  fallen: {run: exit 3, fallback: {output: 5}}
  again: {run: 'true', repeat: {every: 50ms, max: 3, until: 'false', on_exhausted: success}}
  slow: {run: sleep 60, timeout: 200ms, allow_failure: true}
  art: {run: 'echo data > model.bin', artifacts: {out: ['*.bin']}}
  use: {needs: art, run: cat model.bin, output: text, artifacts: {in: [art/model.bin]}}
  group:
    tasks:
      up: {setup: true, run: 'true'}
      fails: {needs: up, run: exit 4}
      down: {teardown: up, run: 'true'}
    fallback: {output: torn down}
  machine:
    with: {n: 4}
    machine: {StartAt: P, States: {P: {Type: Pass, Parameters: {'m.$': $.n}, End: true}}}
  all:
    needs: [list, load, batches, steps, flaky, skip, never, fallen, again, slow, use, art, group, machine]
    when: all_done
    noop: true
    outputs:
      task: ${{ needs.list.output.task }}
      load: ${{ needs.load.output }}
      batches: ${{ needs.batches.output }}
      steps: ${{ needs.steps.output }}
      attempts: ${{ [needs.flaky.attempts, needs.never.attempts, needs.again.attempts] }}
      skip: ${{ needs.skip.state }}
      outcomes: ${{ [needs.never.outcome, needs.slow.outcome] }}
      errors: ${{ [needs.skip.error.name, needs.never.error.name, needs.slow.error.name] }}
      fallen: ${{ [needs.fallen.output, needs.fallen.degraded, needs.group.output] }}
      use: ${{ needs.use.output }}
      machine: ${{ needs.machine.output.m }}
outputs: ${{ needs.all.output }}
"""


def test_what_tasks_can_say_works_together(tmp_path):
    path = tmp_path / "many.pipeline.yaml"
    path.write_text(MANY)
    code, output, errors = run("run", "--json", path)
    assert code == 0, output + errors
    assert json.loads(json.loads(output.splitlines()[-1])["output"]) == {
        "task": "list",
        "load": [[1, 0], [2, 1], [3, 2]],
        "batches": [{"items": [1, 2]}, {"items": [3]}],
        "steps": {"one": "1", "all": {"a": "1", "b": "1"}},
        "attempts": [3, 1, 3],
        "skip": "skipped",
        "outcomes": ["failed", "failed"],
        "errors": ["Skipped", "Exit.78", "Timeout"],
        "fallen": [5, True, "torn down"],
        "use": "data",
        "machine": 4,
    }


def test_the_first_example_of_the_documentation_runs(tmp_path):
    text = (REPOSITORY / "docs" / "pipelines.md").read_text()
    path = tmp_path / "two-steps.pipeline.yaml"
    path.write_text(text.split("```yaml\n")[1].split("```")[0])
    code, output, errors = run("validate", path)
    assert code == 0, output + errors
    code, output, errors = run("run", path)
    assert code == 0 and "✓ load" in errors, output + errors


PLAIN = """pipeline: plain
params: {region: br, note: {type: string}}
tasks:
  list: {run: 'echo "[1, 2, 3]"', output: json}
  load:
    needs: list
    each: needs.list.output
    run: 'echo "${{ params.region }}-${{ item }}"'
    output: text
  count:
    needs: list
    noop: true
    outputs: {n: "${{ $count(needs.list.output) }}", note: "${{ params.note }}"}
  report:
    needs: [load, count]
    if: needs.count.output.n > 2
    run: echo '{"done":true}'
    output: json
outputs:
  all: ${{ needs.load.output }}
  count: ${{ needs.count.output }}
  report: ${{ needs.report.output }}
"""


def test_a_pipeline_and_the_definition_it_compiles_to_give_the_same(tmp_path):
    path = tmp_path / "plain.pipeline.yaml"
    path.write_text(PLAIN)
    code, output, errors = run("compile", "--asl", path)
    assert code == 0, errors
    assert "AWS does not have them" in errors
    machine = tmp_path / "plain.asl.json"
    machine.write_text(output)
    code, said, _ = run("validate", machine)
    assert code == 0, said
    params = json.dumps({"region": "us"})
    code, of_machine, errors = run("run", machine, "--input", params)
    assert code == 0, errors
    code, of_pipeline, errors = run("run", path, "--params", "region=us")
    assert code == 0, errors
    expected = {"all": ["us-1", "us-2", "us-3"], "count": {"n": 3}, "report": {"done": True}}
    assert json.loads(of_machine) == json.loads(of_pipeline) == expected


def test_compile_names_what_plain_asl_cannot_say(tmp_path):
    path = tmp_path / "crossing.pipeline.yaml"
    path.write_text(
        """pipeline: crossing
tasks:
  a: {noop: true}
  b: {noop: true}
  c: {needs: [a, b], noop: true}
  d: {needs: b, noop: true, when: all_done}
"""
    )
    code, output, errors = run("compile", "--asl", path)
    assert (code, output) == (1, "")
    for part in ["E024", "'c' comes after 'a' and 'b'", "'d' need 'a' as well", "'when: all_done'"]:
        assert part in errors, errors
    code, output, _ = run("compile", "--graph", "--json", path)
    assert code == 0
    assert len(json.loads(output)["nodes"]) == 4
