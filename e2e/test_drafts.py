"""Drafts: definitions that somebody is writing, over the REST interface."""

import json
import urllib.request

import pytest
from clients import ended, step_functions
from rest import Refused, call, quoted
from server import Server

ROLE = "arn:aws:iam::000000000000:role/Role"
ONE = {"StartAt": "A", "States": {"A": {"Type": "Pass", "End": True}}}
TWO = {"StartAt": "A", "States": {"A": {"Type": "Pass", "Result": 2, "End": True}}}
PIPELINE = "pipeline: nightly\ntasks:\n  load: {noop: true}\n"


@pytest.fixture
def server(tmp_path):
    running = Server(tmp_path / "data").start()
    yield running
    if running.process.poll() is None:
        running.kill()


@pytest.fixture
def machine(server):
    made = step_functions(server.url).create_state_machine(
        name="order", definition=json.dumps(ONE), roleArn=ROLE
    )
    return made["stateMachineArn"]


def opened(server, **draft):
    return call(server, "POST", "/drafts", draft)


def saved(server, draft, text, **more):
    body = {"text": text, "saves": draft["saves"], **more}
    return call(server, "PUT", f"/drafts/{draft['id']}", body)


def published(server, draft, **more):
    return call(server, "POST", f"/drafts/{draft['id']}/publish", {"saves": draft["saves"], **more})


def test_a_draft_of_a_workflow_becomes_its_next_version(server, machine):
    draft = opened(server, of=machine)
    assert (draft["text"], draft["base"], draft["kind"]) == (json.dumps(ONE),) * 2 + ("STANDARD",)
    assert opened(server, of=machine)["id"] == draft["id"]
    item = saved(server, draft, json.dumps(TWO))
    assert call(server, "GET", "/drafts")["items"] == [item]
    done = published(server, item, message="gives two")
    assert (done["id"], done["name"], done["version"]) == (machine, "order", 1)
    view = call(server, "GET", f"/workflows/{quoted(machine)}")
    assert (view["definition"], view["versions"][0]["description"]) == (json.dumps(TWO), "gives two")
    assert call(server, "GET", "/drafts")["items"] == []


def test_a_new_state_machine_is_written_and_published(server):
    draft = opened(server, kind="EXPRESS", name="brief", text=json.dumps(ONE))
    done = published(server, draft)
    view = call(server, "GET", f"/workflows/{quoted(done['id'])}")
    assert (view["name"], view["kind"]) == ("brief", "EXPRESS")


def test_a_name_that_is_taken_is_not_published_over(server, machine):
    draft = opened(server, kind="STANDARD", name="order", text=json.dumps(TWO))
    with pytest.raises(Refused, match="StateMachineAlreadyExists"):
        published(server, draft)
    call(server, "POST", "/pipelines", text=PIPELINE)
    other = opened(server, kind="PIPELINE", text=PIPELINE.replace("load", "fetch"))
    with pytest.raises(Refused, match="There is a pipeline 'nightly' already"):
        published(server, other)


def test_a_draft_of_a_pipeline_becomes_its_next_version(server):
    (first,) = call(server, "POST", "/pipelines", text=PIPELINE)["items"]
    draft = opened(server, of=first["id"])
    item = saved(server, draft, PIPELINE + "  tell: {needs: load, noop: true}\n")
    assert published(server, item, message="tells")["version"] == 2
    versions = call(server, "GET", "/pipelines/nightly/versions")["items"]
    assert (versions[0]["description"], versions[0]["author"]) == ("tells", "anonymous")


def test_what_is_wrong_is_not_published_and_the_draft_stays(server, machine):
    draft = saved(server, opened(server, of=machine), "{")
    with pytest.raises(Refused, match="InvalidDefinition"):
        published(server, draft)
    assert call(server, "GET", f"/drafts/{draft['id']}")["text"] == "{"


def test_a_draft_that_was_saved_elsewhere_is_not_overwritten(server, machine):
    draft = opened(server, of=machine)
    saved(server, draft, json.dumps(TWO))
    for change in (lambda: saved(server, draft, "{}"), lambda: published(server, draft)):
        with pytest.raises(Refused, match="saved elsewhere meanwhile") as refused:
            change()
        assert refused.value.status == 409


def test_a_workflow_that_changed_meanwhile_is_told_and_not_overwritten(server, machine):
    draft = opened(server, of=machine)
    step_functions(server.url).update_state_machine(stateMachineArn=machine, definition=json.dumps(TWO))
    view = call(server, "GET", f"/drafts/{draft['id']}")
    assert (view["base"], view["present"]) == (json.dumps(ONE), json.dumps(TWO))
    with pytest.raises(Refused, match="take those changes first"):
        published(server, draft)
    merged = saved(server, draft, json.dumps(ONE), rebased=True)
    assert "present" not in call(server, "GET", f"/drafts/{draft['id']}")
    assert published(server, merged)["version"] == 1


def test_earlier_texts_are_kept_and_outlive_a_restart(server, machine):
    draft = opened(server, of=machine)
    saved(server, draft, "second", keep=True)
    server.kill()
    server.start()
    revisions = call(server, "GET", f"/drafts/{draft['id']}/revisions")["items"]
    assert [(one["number"], one["bytes"]) for one in revisions] == [(2, 6), (1, len(json.dumps(ONE)))]
    first = call(server, "GET", f"/drafts/{draft['id']}/revisions/1")
    assert first["text"] == json.dumps(ONE)
    with pytest.raises(Refused, match="no revision 3"):
        call(server, "GET", f"/drafts/{draft['id']}/revisions/3")
    assert call(server, "DELETE", f"/drafts/{draft['id']}") is None
    with pytest.raises(Refused) as refused:
        call(server, "GET", f"/drafts/{draft['id']}")
    assert (refused.value.status, refused.value.code) == (404, "DraftDoesNotExist")


def test_a_draft_is_its_writers_own_and_others_are_told_of_it(tmp_path):
    keys = "".join(
        f'[[auth.keys]]\nid = "AKIA{name.upper()}"\nsecret = "of-{name}"\n'
        f'account = "123456789012"\nname = "{name}"\n'
        for name in ("ana", "bo")
    )
    (tmp_path / "compasso.toml").write_text(keys)
    running = Server(tmp_path / "data", arguments=["--config", tmp_path / "compasso.toml"]).start()
    try:
        ana, bo = signed_in(running, "ana"), signed_in(running, "bo")
        (pushed,) = call(running, "POST", "/pipelines", text=PIPELINE, cookie=ana)["items"]
        draft = call(running, "POST", "/drafts", {"of": pushed["id"]}, cookie=ana)
        assert call(running, "GET", "/drafts", cookie=bo)["items"] == []
        with pytest.raises(Refused, match="DraftDoesNotExist"):
            call(running, "GET", f"/drafts/{draft['id']}", cookie=bo)
        own = call(running, "POST", "/drafts", {"of": pushed["id"]}, cookie=bo)
        assert own["id"] != draft["id"]
        assert [other["by"] for other in own["others"]] == ["ana"]
        with pytest.raises(Refused):
            call(running, "GET", "/drafts")
    finally:
        running.kill()


def signed_in(server, name):
    """Begins a session and returns its cookie."""
    body = json.dumps({"id": f"AKIA{name.upper()}", "secret": f"of-{name}"}).encode()
    headers = {"X-Compasso-Console": "1", "Content-Type": "application/json"}
    request = urllib.request.Request(f"{server.url}/api/v1/session", data=body, headers=headers)
    with urllib.request.urlopen(request, timeout=60) as answer:
        return answer.headers["Set-Cookie"].split(";")[0]


def test_a_trial_run_leaves_the_workflow_as_it_is(server, machine):
    draft = saved(server, opened(server, of=machine), json.dumps(TWO))
    run = call(server, "POST", f"/drafts/{draft['id']}/runs", {"saves": draft["saves"], "input": "1"})
    assert run["id"].split(":")[-1].startswith("draft-")
    assert ended(step_functions(server.url), run["id"])["output"] == "2"
    assert call(server, "GET", f"/runs/{quoted(run['id'])}")["definition"] == json.dumps(TWO)
    assert call(server, "GET", f"/workflows/{quoted(machine)}")["definition"] == json.dumps(ONE)


def test_a_trial_run_needs_a_workflow_that_is_there(server):
    for new in [
        opened(server, kind="STANDARD", name="new", text=json.dumps(ONE)),
        opened(server, kind="PIPELINE", text=PIPELINE),
    ]:
        with pytest.raises(Refused, match="can be run once it is published"):
            call(server, "POST", f"/drafts/{new['id']}/runs", {"saves": 1})


def test_a_trial_run_of_a_pipeline_leaves_it_as_it_is(server):
    params = "pipeline: nightly\nparams: {n: {type: integer, required: true}}\n"
    call(server, "POST", "/pipelines", text=PIPELINE)
    pipeline = call(server, "GET", "/pipelines/nightly")
    text = params + "tasks:\n  twice: {noop: true, outputs: {n: '${{ params.n * 2 }}', of: '${{ run.version }}'}}\n"
    draft = saved(server, opened(server, of=pipeline["id"]), text)
    begin = f"/drafts/{draft['id']}/runs"
    with pytest.raises(Refused, match="n"):
        call(server, "POST", begin, {"saves": draft["saves"], "input": "{}"})
    run = call(server, "POST", begin, {"saves": draft["saves"], "input": '{"n": 21}'})["id"]
    assert run.split(":")[-1].startswith("draft-")
    assert ended(step_functions(server.url), run)["status"] == "SUCCEEDED"
    [task] = call(server, "GET", f"/runs/{quoted(run)}/tasks")["items"]
    assert (task["id"], task["output"]["value"]) == ("twice", {"n": 42, "of": 0})
    assert call(server, "GET", "/pipelines/nightly") == pipeline
    assert len(call(server, "GET", "/pipelines/nightly/versions")["items"]) == 1
    renamed = saved(server, draft, text.replace("nightly", "daily"))
    with pytest.raises(Refused, match="the draft is one of 'nightly'"):
        call(server, "POST", begin, {"saves": renamed["saves"], "input": '{"n": 1}'})


def test_a_text_is_checked_with_places_and_ways_out(server):
    typo = {"StartAt": "A", "States": {"A": {"Type": "Pass", "Next": "Bee"}, "Be": {"Type": "Succeed"}}}
    looked = call(server, "POST", "/check", {"kind": "STANDARD", "text": json.dumps(typo, indent=1)})
    (first, *_) = looked["problems"]
    assert (looked["valid"], first["code"], first["line"]) == (False, "MISSING_TRANSITION_TARGET", 6)
    assert "Be" in first["suggestion"]
    looked = call(server, "POST", "/check", {"kind": "PIPELINE", "text": PIPELINE})
    assert looked["valid"] and [node["id"] for node in looked["graph"]["nodes"]] == ["load"]
    broken = call(server, "POST", "/check", {"kind": "PIPELINE", "text": PIPELINE + "  x: {needs: no}\n"})
    assert not broken["valid"] and len(broken["graph"]["nodes"]) == 2
    assert not call(server, "POST", "/check", {"kind": "PIPELINE", "text": "a: ["})["valid"]


def test_a_state_is_tested_with_a_sample(server):
    request = {"definition": json.dumps(TWO), "stateName": "A", "input": "{}", "inspectionLevel": "DEBUG"}
    tested = call(server, "POST", "/check/state", request)
    assert (tested["status"], tested["output"]) == ("SUCCEEDED", "2")
    assert tested["inspectionData"]["input"] == "{}"


ORDER = {
    "StartAt": "Large?",
    "States": {
        "Large?": {"Type": "Choice", "Choices": [{"Variable": "$.n", "NumericGreaterThan": 9, "Next": "Ask"}], "Default": "Add"},
        "Ask": {"Type": "Wait", "Seconds": 99999999, "Next": "Add"},
        "Add": {"Type": "Pass", "Parameters": {"n.$": "$.n", "seen": True}, "Next": "Never"},
        "Never": {"Type": "Fail", "Error": "Ran"},
    },
}


def tried(server, draft, step, given):
    """Runs a draft up to a step, and returns the run and the names of the states it came to."""
    order = {"saves": draft["saves"], "input": json.dumps(given), "until": step}
    run = call(server, "POST", f"/drafts/{draft['id']}/runs", order)["id"]
    outcome = ended(step_functions(server.url), run)
    steps = call(server, "GET", f"/runs/{quoted(run)}")["steps"]
    return outcome, {step["state"] for step in steps if step["status"] != "not_reached"}


def test_a_draft_is_run_up_to_a_state(server, machine):
    draft = saved(server, opened(server, of=machine), json.dumps(ORDER))
    outcome, came_to = tried(server, draft, "Add", {"n": 3})
    assert (outcome["status"], json.loads(outcome["output"])) == ("SUCCEEDED", {"n": 3, "seen": True})
    assert came_to == {"Large?", "Add"}
    outcome, came_to = tried(server, draft, "Large?", {"n": 10})
    assert (outcome["status"], came_to) == ("SUCCEEDED", {"Large?", "Ask"})


def test_a_draft_is_run_up_to_a_task_and_not_further(server):
    text = (
        "pipeline: nightly\n"
        "params: {n: {type: integer, required: true}}\n"
        "tasks:\n"
        "  load: {noop: true, outputs: {n: '${{ params.n }}'}}\n"
        "  each:\n"
        "    needs: load\n"
        "    tasks:\n"
        "      clean: {noop: true}\n"
        "      count: {needs: clean, run: 'exit 1'}\n"
        "  other: {run: 'exit 1'}\n"
        "outputs: {n: '${{ needs.each.output }}'}\n"
    )
    (first,) = call(server, "POST", "/pipelines", text=PIPELINE)["items"]
    draft = saved(server, opened(server, of=first["id"]), text)
    outcome, _ = tried(server, draft, "each.clean", {"n": 3})
    assert outcome["status"] == "SUCCEEDED"
    tasks = call(server, "GET", f"/runs/{quoted(outcome['executionArn'])}/tasks")["items"]
    assert [task["id"] for task in tasks] == ["load", "each", "each.clean"]


def test_a_draft_is_not_run_up_to_what_it_does_not_come_to(server, machine):
    draft = saved(server, opened(server, of=machine), json.dumps(ORDER))
    with pytest.raises(Refused, match="no step 'Lost' that its beginning leads to"):
        tried(server, draft, "Lost", {})
    broken = saved(server, draft, "{")
    with pytest.raises(Refused, match="InvalidDefinition"):
        tried(server, broken, "Add", {})
    brief = step_functions(server.url).create_state_machine(
        name="brief", definition=json.dumps(ONE), roleArn=ROLE, type="EXPRESS"
    )
    express = opened(server, of=brief["stateMachineArn"])
    with pytest.raises(Refused, match="Express execution leaves nothing"):
        tried(server, express, "A", {})
