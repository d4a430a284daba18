"""Views of runs that people save: their own, and those of all."""

import json
import urllib.request

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

import openapi
from rest import Refused
from server import Server

KEYS = ("ana", "bo")


@pytest.fixture
def company(tmp_path):
    """A server with a key for each, and what calls it as somebody."""
    config = "".join(
        f'[[auth.keys]]\nid = "AKIA{name.upper()}"\nsecret = "of-{name}"\n'
        f'account = "123456789012"\nname = "{name}"\n'
        for name in KEYS
    )
    (tmp_path / "compasso.toml").write_text(config)
    server = Server(tmp_path / "data", arguments=["--config", tmp_path / "compasso.toml"]).start()

    def call(name, method, path, body=None):
        headers = {"X-Compasso-Console": "1", "Content-Type": "application/json"}
        data = None if method == "GET" else json.dumps(body or {})
        request = AWSRequest(method, f"{server.url}/api/v1{path}", headers=headers, data=data)
        keys = Credentials(f"AKIA{name.upper()}", f"of-{name}")
        SigV4Auth(keys, "states", "us-east-1").add_auth(request)
        request = urllib.request.Request(
            request.url, (data or "").encode() or None, dict(request.headers), method=method
        )
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                status, content = answer.status, answer.read()
        except urllib.error.HTTPError as error:
            status, content = error.code, error.read()
        said = json.loads(content) if content else None
        openapi.check_answer(method, f"/api/v1{path}", status, said)
        if status >= 400:
            raise Refused(status, said)
        return said

    call.server = server
    yield call
    if server.process.poll() is None:
        server.kill()


def names(company, name):
    return [view["name"] for view in company(name, "GET", "/views")["items"]]


def test_a_view_is_of_one_or_of_all_and_its_author_alone_changes_it(company):
    mine = company("ana", "POST", "/views", {"name": "mine", "search": "status=FAILED"})
    team = company("ana", "POST", "/views", {"name": "ours", "search": "since=24h", "team": True})
    company("bo", "POST", "/views", {"name": "own", "search": ""})
    assert (mine["by"], mine["isMine"], mine["team"]) == ("ana", True, False)
    assert names(company, "ana") == ["mine", "ours"]
    assert names(company, "bo") == ["own", "ours"]
    with pytest.raises(Refused, match="Only ana can change"):
        company("bo", "PUT", f"/views/{team['id']}", {"name": "theirs"})
    with pytest.raises(Refused, match="Only ana can change"):
        company("bo", "DELETE", f"/views/{team['id']}")
    with pytest.raises(Refused, match="not found"):
        company("bo", "PUT", f"/views/{mine['id']}", {"name": "theirs"})
    with pytest.raises(Refused, match="You have a view 'mine' already"):
        company("ana", "POST", "/views", {"name": "mine", "search": ""})
    company("ana", "DELETE", f"/views/{team['id']}")
    assert names(company, "bo") == ["own"]


def test_each_begins_with_a_view_of_their_choice_and_orders_them(company):
    views = [
        company("ana", "POST", "/views", {"name": name, "search": name, "team": True})
        for name in ("one", "two")
    ]
    company("bo", "PUT", f"/views/{views[1]['id']}", {"isDefault": True})
    company("ana", "PUT", f"/views/{views[0]['id']}", {"isDefault": True})
    company("ana", "PUT", f"/views/{views[0]['id']}", {"place": 9})
    company.server.kill()
    company.server.start()
    assert names(company, "ana") == ["two", "one"]

    def first(name):
        items = company(name, "GET", "/views")["items"]
        return [view["name"] for view in items if view["isDefault"]]

    assert (first("ana"), first("bo")) == (["one"], ["two"])
    company("ana", "PUT", f"/views/{views[0]['id']}", {"isDefault": False})
    assert (first("ana"), first("bo")) == ([], ["two"])
