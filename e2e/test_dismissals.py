"""Failures that people set aside: whoever may, what is recorded of it, and what is listed as open."""

import json
import urllib.error
import urllib.request

import pytest
from bearer import command, created
from clients import eventually
from rest import Refused, call, quoted

FAILING = "pipeline: {name}\ntasks: {{charge: {{run: exit 3}}}}\n"


def failed(server, pipeline, name):
    run = call(server, "POST", f"/pipelines/{pipeline}/runs", {"name": name})["id"]
    eventually(lambda: call(server, "GET", f"/runs/{quoted(run)}")["run"]["status"] == "FAILED")
    return run


def listed(server, **more):
    return {run["name"] for run in call(server, "GET", "/runs", **more)["items"]}


def test_what_is_dismissed_is_not_open_and_survives_a_restart(own_server):
    call(own_server, "POST", "/pipelines", text=FAILING.format(name="pay"))
    first, second = (failed(own_server, "pay", name) for name in ("first", "second"))
    group = call(own_server, "GET", "/overview")["failures"][0]
    assert set(group["ids"]) == {first, second}
    order = {"runs": [first], "reason": "known"}
    dismissal = call(own_server, "POST", "/dismissals", order)
    assert (dismissal["reason"], dismissal["runs"]) == ("known", [first])
    assert (dismissal["step"], dismissal["workflows"]) == ("charge", ["pay"])
    own_server.kill()
    own_server.start()
    assert listed(own_server, open="true") == {"second"}
    assert listed(own_server, status="FAILED") == {"first", "second"}
    overview = call(own_server, "GET", "/overview")
    assert overview["dismissed"] == 1 and overview["failures"][0]["ids"] == [second]
    assert call(own_server, "GET", "/runs/histogram", open="true")["total"] == 1
    assert {step["runName"] for step in call(own_server, "GET", "/steps", open="true")["items"]} == {"second"}
    planned = {"action": "redrive", "runs": {"open": True}}
    assert call(own_server, "POST", "/jobs?dryRun=true", planned)["total"] == 1
    (item,) = call(own_server, "GET", "/dismissals")["items"]
    call(own_server, "DELETE", f"/dismissals/{item['id']}")
    assert listed(own_server, open="true") == {"first", "second"}
    with pytest.raises(Refused) as refused:
        call(own_server, "DELETE", f"/dismissals/{item['id']}")
    assert refused.value.status == 404


def test_all_failures_that_match_are_dismissed_together_if_they_are_as_many_as_was_said(own_server):
    call(own_server, "POST", "/pipelines", text=FAILING.format(name="pay"))
    call(own_server, "POST", "/pipelines", text=FAILING.format(name="ship"))
    first, second = (failed(own_server, "pay", name) for name in ("first", "second"))
    failed(own_server, "ship", "third")
    matching = {"q": "workflow = pay"}
    for wrong in ({"count": 1}, {"runs": [first]}, {"matching": {"q": "workflow = none"}}):
        with pytest.raises(Refused):
            call(own_server, "POST", "/dismissals", {"matching": matching, **wrong})
    assert listed(own_server, open="true") == {"first", "second", "third"}
    done = call(own_server, "POST", "/dismissals", {"matching": matching, "count": 2, "reason": "known"})
    assert (set(done["runs"]), done["reason"]) == ({first, second}, "known")
    assert listed(own_server, open="true") == {"third"}
    with pytest.raises(Refused, match="without being dismissed"):
        call(own_server, "POST", "/dismissals", {"matching": matching})


def test_failures_are_named_as_runs_are_everywhere(own_server):
    call(own_server, "POST", "/pipelines", text=FAILING.format(name="pay"))
    first, second = (failed(own_server, "pay", name) for name in ("first", "second"))
    assert call(own_server, "POST", "/dismissals", {"runs": ["pay:first"]})["runs"] == [first]
    matching = {"matching": {"workflow": "pay"}}
    assert call(own_server, "POST", "/dismissals", matching)["runs"] == [second]
    with pytest.raises(Refused, match="of a dismissal"):
        call(own_server, "POST", "/dismissals", {"matching": ["pay:first"]})


def test_runs_are_listed_by_their_latest_change_from_either_end(own_server):
    call(own_server, "POST", "/pipelines", text=FAILING.format(name="pay"))
    runs = [failed(own_server, "pay", name) for name in ("first", "second", "third")]

    def ids(**more):
        return [run["id"] for run in call(own_server, "GET", "/runs", **more)["items"]]

    assert ids(order="earliest") == runs and ids(order="latest") == ids() == runs[::-1]
    first = call(own_server, "GET", "/runs", order="earliest", limit=2)
    assert ids(order="earliest", limit=2, next=first["next"]) == [runs[2]]
    with pytest.raises(Refused, match="There is no order 'duration'"):
        ids(order="duration")


def bearing(server, token, method, path, body=None):
    """Sends a request as the bearer of a token; returns the status and the answer."""
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(f"{server.url}/api/v1{path}", data=data, method=method, headers=headers)
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return answer.status, json.loads(answer.read() or b"null")
    except urllib.error.HTTPError as error:
        return error.code, json.loads(error.read())


def test_a_dismissal_takes_an_operator_and_is_in_the_audit_log(own_server):
    call(own_server, "POST", "/pipelines", text=FAILING.format(name="pay"))
    order = {"runs": [failed(own_server, "pay", "one")], "reason": "known"}
    root = created(own_server, "root", "admin")
    viewer = created(own_server, "board", "viewer", token=root)
    operator = created(own_server, "ops", "operator", token=root)
    status, refusal = bearing(own_server, viewer, "POST", "/dismissals", order)
    assert (status, refusal["code"]) == (403, "AccessDeniedException"), refusal
    status, dismissal = bearing(own_server, operator, "POST", "/dismissals", order)
    assert (status, dismissal["by"]) == (201, "ops")
    _, seen = bearing(own_server, viewer, "GET", "/dismissals")
    assert [item["reason"] for item in seen["items"]] == ["known"]
    status, _ = bearing(own_server, viewer, "DELETE", f"/dismissals/{dismissal['id']}")
    assert status == 403
    status, _ = bearing(own_server, operator, "DELETE", f"/dismissals/{dismissal['id']}")
    assert status == 204
    done = command(own_server, "audit", "--action", "dismissal", "--outcome", "done", token=root)
    assert {(row["who"], row["action"]) for row in done} == {
        ("ops", "dismissal.create"),
        ("ops", "dismissal.delete"),
    }
    assert "known" in json.dumps(done)
