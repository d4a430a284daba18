"""What tasks and those who start them may try: nothing of it gets out, and the server stays as it is."""

import json
import pathlib
import re

from clients import step_functions
from hooks import push
from test_pipeline_runs import ended, start
from test_run_logs import lines, texts


def pushed(server, name, tasks, more=""):
    push(server, f"pipeline: {name}\n{more}tasks:\n{tasks}")
    return name


def peak_mib(server):
    """The most memory that the server had at once."""
    status = pathlib.Path(f"/proc/{server.process.pid}/status").read_text()
    return int(re.search(r"VmHWM:\s+(\d+) kB", status)[1]) / 1024


def test_a_param_is_never_shell_code(server, sfn, unique, tmp_path):
    evil = [
        f"$(touch {tmp_path}/a)'; \"",
        f"`touch {tmp_path}/b`",
        f"; touch {tmp_path}/c #",
        f"\"; touch {tmp_path}/d; echo \"",
        f"'$(touch {tmp_path}/e)'",
        f"\n touch {tmp_path}/f\n",
    ]
    name = pushed(
        server,
        unique("inject"),
        """  say: {output: text, run: "echo ${{ params.name }}"}
  quoted: {output: text, run: 'printf %s "<${{ params.name }}>"'}
  there: {output: text, run: "cat <<END\\n${{ params.name }}\\nEND"}
""",
        'params: {name: ""}\noutputs: {said: "${{ needs.say.output }}", quoted: "${{ needs.quoted.output }}"}\n',
    )
    for value in evil:
        found = ended(sfn, start(server, name, {"name": value})["id"])
        assert found["status"] == "SUCCEEDED", found
        output = json.loads(found["output"])
        assert output["quoted"] == f"<{value}>"
    assert list(tmp_path.iterdir()) == []


def test_a_gigabyte_of_output_takes_no_memory_and_is_cut(own_server, unique):
    name = pushed(own_server, unique("loud"), "  shout: {run: \"head -c 1000000000 /dev/zero | tr '\\\\0' x\"}\n")
    before = peak_mib(own_server)
    run = start(own_server, name)["id"]
    found = ended(step_functions(own_server.url), run, seconds=120)
    assert found["status"] == "SUCCEEDED", found
    assert peak_mib(own_server) - before < 100
    written = texts(lines(own_server, run))
    assert sum(map(len, written)) < 17 * 1024 * 1024
    assert [text for text in written if text.endswith("is not kept)")]
