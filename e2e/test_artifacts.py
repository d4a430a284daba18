"""Files that go from the instances of a task to the tasks after it."""

from hooks import push
from rest import call
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
