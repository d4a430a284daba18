"""Steps that are actions, steps that are tried again, and repositories that are checked out."""

import json
import subprocess

import pytest

from remote import push, script_worker
from rest import call
from test_pipeline_runs import ended, start
from web_services import as_json, serving

STEPS = """
pipeline: {name}
tasks:
  work:
    {where}
    steps:
      - id: make
        run: |
          echo "made" > kept.txt
          echo "n:=4" >> "$COMPASSO_OUTPUT"
      - id: ask
        uses: http
        with:
          method: POST
          url: {url}/ask
          body: {{n: "${{{{ steps.make.output.n }}}}", token: "${{{{ secrets.TOKEN }}}}"}}
        retry: {{max: 3, delay: 10ms, on: [Http5xx]}}
      - id: use
        env: {{GOT: "${{{{ steps.ask.output.body.answer }}}}"}}
        retry: {{max: 2, delay: 10ms}}
        run: |
          echo again >> tries
          echo "said=$(cat kept.txt) $GOT" >> "$COMPASSO_OUTPUT"
          [ "$(wc -l < tries)" -eq 2 ]
    outputs: {{status: "${{{{ steps.ask.output.status }}}}", said: "${{{{ result.said }}}}"}}
outputs: ${{{{ needs.work.output }}}}
"""


@pytest.mark.parametrize("place", ["here", "remote"])
def test_the_server_carries_out_an_action_between_scripts(server, sfn, unique, tmp_path, place):
    name, asked = unique("steps"), []

    def answer(exchange):
        asked.append((json.loads(exchange.body), exchange.headers["idempotency-key"]))
        return as_json({}, 503) if len(asked) == 1 else as_json({"answer": "yes"})

    call(server, "PUT", "/secrets/TOKEN", {"value": "letmein"})
    tag = unique("tag")
    where = "" if place == "here" else f"runs_on: [{tag}]"
    worker = script_worker(server, tmp_path, tag, "--tags", tag) if where else None
    try:
        with serving(answer) as url:
            push(server, STEPS.format(name=name, where=where, url=url))
            found = ended(sfn, start(server, name)["id"])
    finally:
        if worker:
            worker.kill()
    assert found["status"] == "SUCCEEDED", found
    assert json.loads(found["output"]) == {"status": 200, "said": "made yes"}
    assert [body for body, _ in asked] == [{"n": 4, "token": "letmein"}] * 2
    assert asked[0][1] == asked[1][1]


def repository(at):
    """Makes a repository; returns its URL and the ids of its two commits."""
    identity = ["-c", "user.name=Ana", "-c", "user.email=ana@example.com"]

    def git(*arguments):
        command = ["git", *identity, "-C", str(at), *arguments]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()

    at.mkdir()
    git("init", "--quiet", "--initial-branch", "main")
    commits = []
    for text in ["first", "second"]:
        (at / "file").write_text(text)
        git("add", "file")
        git("commit", "--quiet", "-m", text)
        commits.append(git("rev-parse", "HEAD"))
    return f"file://{at}", commits


CHECKOUT = """
pipeline: {name}
tasks:
  own: {{checkout: true, output: text, run: cat file}}
  other: {{checkout: {{repo: "{url}", path: src}}, output: text, run: cat src/file}}
outputs:
  own: "${{{{ needs.own.output }}}}"
  other: "${{{{ needs.other.output }}}}"
  of: "${{{{ run.repository & '@' & run.commit }}}}"
"""


def test_a_task_works_on_the_commit_that_its_pipeline_was_pushed_with(server, sfn, unique, tmp_path):
    url, [first, _] = repository(tmp_path / "repository")
    name = unique("checkout")
    text = CHECKOUT.format(name=name, url=url)
    push(server, text)
    found = ended(sfn, start(server, name)["id"])
    assert (found["status"], found["error"]) == ("FAILED", "Checkout")
    assert "--repo URL --commit SHA" in found["cause"]
    query = f"/pipelines?commit={first}&repository={url}"
    call(server, "POST", query, text=text + "# with an origin\n")
    found = ended(sfn, start(server, name)["id"])
    assert found["status"] == "SUCCEEDED", found
    assert json.loads(found["output"]) == {"own": "first", "other": "second", "of": f"{url}@{first}"}
