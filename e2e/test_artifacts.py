"""Files that go from the instances of a task to the tasks after it."""

from clients import command, eventually
from hooks import push
from rest import call, quoted
from test_secret_params import begin

TRAINING = """
pipeline: {name}
tasks:
  train:
    matrix: {{depth: [1, 2], rate: [x, y]}}
    artifacts: {{out: [model.bin]}}
    run: echo -n "${{{{ matrix.depth }}}}${{{{ matrix.rate }}}}" > model.bin
  all: {{needs: train, artifacts: {{in: [train/model.bin]}}, output: lines, run: "cat */model.bin; echo; ls"}}
  one: {{needs: train, artifacts: {{in: ["train[depth=2,rate=x]/model.bin"]}}, output: text, run: cat model.bin}}
  none: {{needs: train, artifacts: {{in: [train/other.bin]}}, allow_failure: true, run: "true"}}
outputs:
  all: "${{{{ needs.all.output }}}}"
  one: "${{{{ needs.one.output }}}}"
"""


def test_files_of_instances_are_brought_all_at_once_or_one_by_its_key(server, unique):
    name = unique("training")
    push(server, TRAINING.format(name=name))
    run = begin(server, name, {}, wait="true")
    assert run["state"] == "success", run
    keys = [f"depth={depth},rate={rate}" for depth in "12" for rate in "xy"]
    assert run["output"] == {"all": ["1x1y2x2y", *keys], "one": "2x"}
    tasks = call(server, "GET", f"/runs/{run['id']}/tasks")["items"]
    none = next(task for task in tasks if task["id"] == "none")
    assert none["error"] == "NoArtifact", none
    assert "'train' kept train[depth=1,rate=x]/model.bin, " in none["cause"], none


HANDLED = """
pipeline: {name}
saga: {{on: [failure]}}
tasks:
  book:
    run: "true"
    compensate: {{run: 'echo -n undone > $COMPASSO_ARTIFACTS/undo.txt'}}
  seats:
    each: "['a', 'b']"
    key: item
    run: "true"
    compensate: {{run: 'echo -n free > $COMPASSO_ARTIFACTS/seat.txt'}}
  charge: {{needs: [book, seats], uses: fail, with: {{error: Broken, cause: "no"}}}}
hooks:
  on_failure: [{{run: 'echo -n why > $COMPASSO_ARTIFACTS/report.txt'}}]
"""


def test_files_of_handlers_are_those_of_the_run(server, unique, tmp_path):
    name = unique("handled")
    push(server, HANDLED.format(name=name))
    run = begin(server, name, {}, wait="true")
    listed = lambda: call(server, "GET", f"/runs/{quoted(run['id'])}/artifacts")["items"]
    eventually(lambda: len(listed()) == 4)
    found = [(file["task"], file.get("key"), file["name"]) for file in listed()]
    assert found == [
        ("(on_failure)", None, "report.txt"),
        ("book (compensate)", None, "undo.txt"),
        ("seats (compensate)", "seats/a", "seat.txt"),
        ("seats (compensate)", "seats/b", "seat.txt"),
    ]
    ran = command(server, "artifacts", run["id"], "-o", str(tmp_path))
    assert ran.returncode == 0, ran.stderr
    files = sorted(path.read_text() for path in tmp_path.rglob("*.txt"))
    assert files == ["free", "free", "undone", "why"]


GROUPED = """
pipeline: {name}
tasks:
  once:
    tasks:
      make: {{run: echo -n made > x.txt, artifacts: {{out: [x.txt]}}}}
      deep:
        tasks:
          each: {{each: "[1, 2]", key: item, run: 'echo -n "${{{{ item }}}}" > d.txt', artifacts: {{out: [d.txt]}}}}
  areas:
    each: "['north', 'south']"
    key: item
    tasks:
      train: {{run: 'echo -n "${{{{ item }}}}" > model.bin', artifacts: {{out: [model.bin]}}}}
  use:
    needs: [once, areas]
    artifacts: {{in: [once.make/x.txt, once.deep.each/d.txt, areas.train/model.bin, "areas[south].train/model.bin"]}}
    output: lines
    run: for file in $(find . -name '*.txt' -o -name '*.bin' | sort); do echo "$file $(cat $file)"; done
outputs: ${{{{ needs.use.output }}}}
"""


def test_files_are_brought_out_of_groups(server, unique):
    name = unique("grouped")
    push(server, GROUPED.format(name=name))
    run = begin(server, name, {}, wait="true")
    assert run["state"] == "success", run
    assert run["output"] == [
        "./1/d.txt 1",
        "./2/d.txt 2",
        "./model.bin south",
        "./north/model.bin north",
        "./south/model.bin south",
        "./x.txt made",
    ]
