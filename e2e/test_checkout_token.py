"""A private repository: its token is sent to it alone, and shown nowhere."""

import json
import pathlib

from clients import command
from git_service import credentials, serving
from hooks import push
from rest import call, quoted
from test_pipeline_runs import ended, start
from test_steps import repository

TOKEN = "ghp-3xample-0f-a-t0ken"
# What is looked for stands there backwards, so that no mask hides what is found.
LOOK = """
pipeline: {name}
tasks:
  look:
    checkout: {{repo: "{url}", path: src, token: "${{{{ secrets.{secret} }}}}"}}
    output: json
    shell: python
    env: {{BACKWARDS: '{backwards}'}}
    run: |
      import json, os, pathlib
      needles = [text[::-1] for text in json.loads(os.environ.pop("BACKWARDS"))]
      is_there = lambda text: any(needle in text for needle in needles)
      files = [str(path) for path in pathlib.Path("..").rglob("*") if path.is_file()]
      leaks = [path for path in files if is_there(pathlib.Path(path).read_text(errors="replace"))]
      told = [name for name, value in os.environ.items() if is_there(value)]
      config = pathlib.Path("src/.git/config").is_file()
      print(json.dumps({{"file": open("src/file").read(), "leaks": leaks + told, "config": config}}))
outputs: ${{{{ needs.look.output }}}}
"""


def pushed(server, unique, url):
    name, secret = unique("private"), unique("GIT").replace("-", "_")
    call(server, "PUT", f"/secrets/{secret}", {"value": TOKEN})
    backwards = json.dumps([text[::-1] for text in (TOKEN, credentials(TOKEN))])
    push(server, LOOK.format(name=name, url=url, secret=secret, backwards=backwards))
    return name


def shows_nothing(server, run):
    """Checks all that is shown of a run."""
    parts = [json.dumps(call(server, "GET", f"/runs/{quoted(run)}{part}")) for part in ("", "/tasks", "/events")]
    for words in ("describe", "history", "logs"):
        said = command(server, words, run)
        assert said.returncode == 0, said
        parts.append(said.stdout)
    for part in parts:
        assert TOKEN not in part and credentials(TOKEN) not in part
    return parts


def command_lines():
    """What `ps` shows of all processes."""
    for process in pathlib.Path("/proc").glob("[0-9]*"):
        try:
            yield (process / "cmdline").read_text(errors="replace")
        except OSError:
            # It has ended meanwhile.
            continue


def test_a_private_repository_is_brought_and_its_token_stays_nowhere(server, sfn, unique, tmp_path):
    repository(tmp_path / "repository")
    seen = []
    look = lambda: seen.append(list(command_lines()))
    with serving(tmp_path, TOKEN, on_request=look) as (url, asked):
        name = pushed(server, unique, f"{url}/repository/.git")
        run = start(server, name)["id"]
        found = ended(sfn, run)
    assert found["status"] == "SUCCEEDED", found
    assert json.loads(found["output"]) == {"file": "second", "leaks": [], "config": True}
    assert {said for _, _, said in asked} == {f"Basic {credentials(TOKEN)}"}
    shows_nothing(server, run)
    lines = [line for lines in seen for line in lines]
    assert any("fetch" in line and url in line for line in lines), "git was at work"
    assert not any(TOKEN in line or credentials(TOKEN) in line for line in lines)


def test_a_refusal_that_repeats_the_token_does_not_show_it(server, sfn, unique, tmp_path):
    said = lambda headers: (403, {"Content-Type": "text/plain"}, f"you said {headers.get('authorization')} {TOKEN}\n")
    with serving(tmp_path, TOKEN, refuse=said) as (url, asked):
        run = start(server, pushed(server, unique, f"{url}/repository/.git"))["id"]
        found = ended(sfn, run)
    assert (found["status"], found["error"]) == ("FAILED", "Checkout")
    assert "403" in found["cause"] and asked
    parts = shows_nothing(server, run)
    assert "you said Basic *** ***" in parts[-1]


def test_a_token_goes_nowhere_that_a_repository_leads_to(server, sfn, unique, tmp_path):
    repository(tmp_path / "repository")
    with serving(tmp_path, TOKEN) as (other, asked):
        leads = lambda headers: (302, {"Location": f"{other}/repository/.git/info/refs?service=git-upload-pack"}, "")
        with serving(tmp_path, TOKEN, refuse=leads) as (url, _):
            run = start(server, pushed(server, unique, f"{url}/repository/.git"))["id"]
            found = ended(sfn, run)
    assert (found["status"], found["error"]) == ("FAILED", "Checkout"), found
    assert "302" in found["cause"] and asked == []
    shows_nothing(server, run)
