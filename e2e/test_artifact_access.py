"""Files that tasks leave: fetched by who may see a run that holds them, and gone with the last of those runs."""

import hashlib
import http.cookiejar
import json
import os
import sqlite3
import urllib.error
import urllib.request

import pytest

from clients import command, step_functions
from hooks import ended, push, until
from rest import Refused, call, quoted
from server import Server

KEYS = """
[[auth.keys]]
id = "AKIAONE"
secret = "one"
account = "111111111111"

[[auth.keys]]
id = "AKIATWO"
secret = "two"
account = "222222222222"
"""
LEAVES = """
pipeline: {name}
tasks:
  leave:
    run: printf %s 'the report' > report.txt
    artifacts: {{out: [report.txt]}}
"""
DIGEST = hashlib.sha256(b"the report").hexdigest()


class Person:
    """Somebody with a session that began with an access key."""

    def __init__(self, server, key, secret):
        self.server = server
        self.opener = urllib.request.build_opener(
            urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar())
        )
        body = json.dumps({"id": key, "secret": secret}).encode()
        assert self.ask("POST", "/session", body)[0] in (200, 204)

    def ask(self, method, path, body=None):
        request = urllib.request.Request(
            f"{self.server.url}/api/v1{path}",
            data=body,
            method=method,
            headers={"X-Compasso-Console": "1"},
        )
        try:
            with self.opener.open(request, timeout=60) as answer:
                return answer.status, answer.read()
        except urllib.error.HTTPError as error:
            return error.code, error.read()


def test_a_file_is_fetched_by_the_account_whose_run_holds_it(tmp_path):
    config = tmp_path / "compasso.toml"
    config.write_text(KEYS)
    server = Server(tmp_path / "data", arguments=["--config", config]).start()
    try:
        one, two = Person(server, "AKIAONE", "one"), Person(server, "AKIATWO", "two")
        path = f"/artifacts/{DIGEST}"
        assert one.ask("POST", "/pipelines", LEAVES.format(name="leaves").encode())[0] == 200
        status, answer = one.ask("POST", "/pipelines/leaves/runs?wait=true", b"{}")
        assert (status, json.loads(answer)["state"]) == (200, "success"), answer
        assert one.ask("GET", path) == (200, b"the report")
        # Who may not see the run is not told that the file is there.
        status, refused = two.ask("GET", path)
        assert (status, json.loads(refused)["code"]) == (404, "ArtifactDoesNotExist")
    finally:
        server.kill()


def test_what_all_accounts_share_is_changed_by_operators(tmp_path):
    config = tmp_path / "compasso.toml"
    config.write_text(KEYS + "operator = true\n")
    server = Server(tmp_path / "data", arguments=["--config", config]).start()
    try:
        one, two = Person(server, "AKIAONE", "one"), Person(server, "AKIATWO", "two")
        status, refused = one.ask("PUT", "/pools/db", b'{"size": 2}')
        assert status == 403 and b"operator = true" in refused, refused
        assert one.ask("POST", "/breakers/b/reset", b"{}")[0] == 403
        assert two.ask("PUT", "/pools/db", b'{"size": 2}')[0] == 200
        assert json.loads(one.ask("GET", "/pools")[1])["items"][0]["size"] == 2
        assert one.ask("DELETE", "/pools/db")[0] == 403
    finally:
        server.kill()


def test_a_file_goes_with_the_last_run_that_holds_it(tmp_path):
    config = tmp_path / "compasso.toml"
    config.write_text("[retention]\nevery = '200ms'\n")
    server = Server(tmp_path / "data", arguments=["--config", config]).start()
    try:
        for name, retention in [("brief", "retention: {runs: 0s}"), ("lasting", "")]:
            push(server, LEAVES.format(name=name) + retention)
            ended = call(server, "POST", f"/pipelines/{name}/runs", {}, wait="true")
            assert ended["state"] == "success", ended
        [file] = [path for path in (server.data / "artifacts").rglob(DIGEST)]
        # Files of this hour may be of a task that has not ended.
        os.utime(file, (0, 0))
        until(lambda: call(server, "GET", "/runs", workflow=arn("brief"))["items"] == [])
        assert file.exists()
        push(server, LEAVES.format(name="lasting") + "retention: {runs: 0s}")
        until(lambda: not file.exists())
    finally:
        server.kill()


def test_a_file_goes_before_its_run_if_the_pipeline_says_so(tmp_path):
    config = tmp_path / "compasso.toml"
    config.write_text("[retention]\nevery = '200ms'\n")
    server = Server(tmp_path / "data", arguments=["--config", config]).start()
    try:
        # The same content, for as long as the run, for a time that the task gives, and the pipeline.
        brief = LEAVES.replace("[report.txt]", "[report.txt], retention: 0s")
        reads = """
  read:
    needs: leave
    artifacts: {{in: [leave/report.txt]}}
    output: text
    run: cat report.txt
  wait: {{needs: read, wait: {{signal: go, timeout: 1h}}}}
"""
        push(server, (brief + reads).format(name="brief"))
        push(server, LEAVES.format(name="lasting"))
        push(server, LEAVES.format(name="whole") + "retention: {artifacts: 0s}")
        run = call(server, "POST", "/pipelines/brief/runs", {})["id"]
        ended = {}
        for name in ["lasting", "whole"]:
            ended[name] = call(server, "POST", f"/pipelines/{name}/runs", {}, wait="true")["id"]
        [file] = [path for path in (server.data / "artifacts").rglob(DIGEST)]
        os.utime(file, (0, 0))
        until(lambda: terms(server) == 1)
        # What others hold stays, and so does what an open run may need.
        until(lambda: "waiting" in json.dumps(call(server, "GET", f"/runs/{quoted(run)}/tasks")))
        assert fetched(server) == (200, b"the report") and file.exists()
        assert command(server, "signal", run, "go").returncode == 0
        until(lambda: terms(server) == 0)
        assert fetched(server) == (200, b"the report") and file.exists()
        push(server, LEAVES.format(name="lasting") + "retention: {runs: 0s}")
        until(lambda: not file.exists())
        status, said = fetched(server)
        assert (status, json.loads(said)["code"]) == (404, "ArtifactRemoved"), said
        # The runs are there, know what they left, and say why it is gone when they need it again.
        for kept in [run, ended["whole"]]:
            assert "SUCCEEDED" in json.dumps(call(server, "GET", f"/runs/{quoted(kept)}"))
        assert command(server, "rerun", run, "--task", "read").returncode == 0
        again = command(server, "wait", run)
        assert again.returncode != 0 and "was removed" in again.stdout + again.stderr, again
    finally:
        server.kill()


def terms(server):
    """How many files are to go before their runs."""
    with sqlite3.connect(f"file:{server.data}/compasso.db?mode=ro", uri=True) as database:
        query = "SELECT count(*) FROM document WHERE kind = 'artifact-term'"
        return database.execute(query).fetchone()[0]


def fetched(server):
    try:
        with urllib.request.urlopen(f"{server.url}/api/v1/artifacts/{DIGEST}", timeout=60) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()


def arn(name):
    return f"arn:aws:states:us-east-1:000000000000:pipeline:{name}"


@pytest.mark.parametrize("digest", ["0" * 64, "..%2Fcompasso.db"])
def test_what_is_not_there_is_not_found(server, digest):
    with pytest.raises(urllib.error.HTTPError, match="404"):
        urllib.request.urlopen(f"{server.url}/api/v1/artifacts/{digest}", timeout=60)


def test_the_files_of_a_run_are_listed_and_fetched(own_server, tmp_path):
    push(own_server, """
pipeline: leaving
tasks:
  one: {run: "printf one > a.txt", artifacts: {out: ["*.txt"]}}
  area:
    each: [north, south]
    key: item
    tasks:
      part:
        env: {ITEM: "${{ item }}"}
        run: "mkdir out && printf %s $ITEM > out/b.txt"
        artifacts: {out: ["out/*"]}
""")
    run = call(own_server, "POST", "/pipelines/leaving/runs", {"params": {}})["id"]
    ended(step_functions(own_server.url), run)
    items = call(own_server, "GET", f"/runs/{quoted(run)}/artifacts")["items"]
    found = [(item.get("key"), item["task"], item["name"], item["size"]) for item in items]
    assert sorted(found, key=str) == sorted(
        [
            ("north", "area.part", "out/b.txt", 5),
            ("south", "area.part", "out/b.txt", 5),
            (None, "one", "a.txt", 3),
        ],
        key=str,
    )
    assert {item["sha256"] for item in items} >= {hashlib.sha256(b"one").hexdigest()}
    listed = command(own_server, "artifacts", run)
    assert listed.returncode == 0 and "area.part" in listed.stdout, listed.stderr
    fetched = command(own_server, "artifacts", run, "-o", str(tmp_path / "files"))
    assert fetched.returncode == 0, fetched.stderr
    assert (tmp_path / "files/one/a.txt").read_text() == "one"
    assert (tmp_path / "files/area.part/south/out/b.txt").read_text() == "south"


def test_the_file_of_a_deleted_run_is_not_answered_any_more(own_server):
    push(own_server, LEAVES.format(name="leaves"))
    runs = [call(own_server, "POST", "/pipelines/leaves/runs?wait=true", {})["id"] for _ in range(2)]
    for run in runs:
        with urllib.request.urlopen(f"{own_server.url}/api/v1/artifacts/{DIGEST}", timeout=60) as answer:
            assert answer.read() == b"the report"
        call(own_server, "POST", "/jobs", {"action": "delete", "ids": [run]})
        until(lambda: run not in [one["id"] for one in call(own_server, "GET", "/runs")["items"]])
    with pytest.raises(Refused) as refused:
        call(own_server, "GET", f"/artifacts/{DIGEST}")
    assert (refused.value.status, refused.value.code) == (404, "ArtifactDoesNotExist")
