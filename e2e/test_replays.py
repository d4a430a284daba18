"""Deliveries that are replayed: what came before starts a run, as its trigger is now."""

import json
import textwrap
import urllib.request

import pytest

from bearer import attempt, command as borne, created
from clients import command
from hooks import ECHO, deliveries, ended, hook, knock, push, runs, until
from rest import Refused, call, quoted

__all__ = ["hook"]


def replay(server, name, delivery, trigger="webhook"):
    path = f"/pipelines/{quoted(name)}/triggers/{trigger}/deliveries/{delivery['id']}/replay"
    return call(server, "POST", path)


def refusal(server, name, delivery, trigger="webhook"):
    with pytest.raises(Refused) as refused:
        replay(server, name, delivery, trigger)
    assert refused.value.status == 409, refused.value
    return refused.value.message


def changed(server, name, on):
    """Pushes a webhook with other fields under the same name."""
    push(server, ECHO.format(name=name, on=textwrap.indent(textwrap.dedent(on).strip(), " " * 4)))


def output(sfn, run):
    return json.loads(ended(sfn, run)["output"])


def test_what_was_filtered_starts_a_run_once_the_trigger_wants_it(server, sfn, hook):
    name = hook("auth: none\nif: trigger.body.n > 3\nparams: {n: '${{ trigger.body.n }}'}")
    knock(server, f"/{name}", {"n": 2})
    [filtered] = deliveries(server, name, "webhook")
    why = refusal(server, name, filtered)
    assert "it would start nothing now: 'if' does not hold: trigger.body.n > 3" in why
    assert runs(server, name) == []
    changed(server, name, "auth: none\nif: trigger.body.n > 1\nparams: {n: '${{ trigger.body.n * 10 }}'}")
    again = replay(server, name, filtered)
    assert (again["fate"], again["replayOf"]) == ("run", filtered["id"])
    found = output(sfn, again["run"])
    assert (found["n"], found["type"], found["trigger"]["body"]) == (20, "event", {"n": 2})
    view = call(server, "GET", f"/runs/{quoted(again['run'])}")["run"]
    assert view["replayOf"] == {"trigger": "webhook", "delivery": filtered["id"]}
    assert json.loads(view["input"])["run"]["replay_of"] == filtered["id"]
    assert deliveries(server, name, "webhook") == [filtered, again]


def test_what_started_a_run_starts_another_although_its_key_is_known(server, sfn, hook):
    name = hook("auth: none\nkey: trigger.body.id")
    first = knock(server, f"/{name}", {"id": "a"})[1]["run"]
    knock(server, f"/{name}", {"id": "a", "more": 1})
    ran, duplicate = deliveries(server, name, "webhook")
    again, other = replay(server, name, ran), replay(server, name, duplicate)
    third = replay(server, name, again)
    started = [first, again["run"], other["run"], third["run"]]
    assert len(set(started)) == 4
    bodies = [output(sfn, run)["trigger"]["body"] for run in started]
    assert bodies == [{"id": "a"}, {"id": "a"}, {"id": "a", "more": 1}, {"id": "a"}]
    # The key is still that of the first.
    assert knock(server, f"/{name}", {"id": "a"})[1]["run"] == first


def test_a_replay_that_is_asked_for_twice_by_the_same_key_starts_one_run(server, hook):
    name = hook("auth: none")
    first = knock(server, f"/{name}", {"n": 1})[1]["run"]
    [ran] = deliveries(server, name, "webhook")

    def ask(key):
        path = f"/pipelines/{name}/triggers/webhook/deliveries/{ran['id']}/replay"
        headers = {"X-Compasso-Console": "1", "Idempotency-Key": key}
        request = urllib.request.Request(f"{server.url}/api/v1{path}", data=b"", headers=headers)
        with urllib.request.urlopen(request, timeout=60) as answer:
            return answer.status, json.loads(answer.read())["run"]

    asked = [ask("a"), ask("a"), ask("b")]
    assert [status for status, _ in asked] == [201, 201, 201]
    assert asked[0] == asked[1]
    assert set(runs(server, name)) == {first, asked[0][1], asked[2][1]}


def test_what_failed_or_came_in_a_pause_is_replayed_when_that_is_over(server, sfn, hook):
    name = hook("auth: none\nparams: {n: '${{ trigger.body.n }}'}")
    assert knock(server, f"/{name}", {"n": "many"})[0] == 400
    call(server, "POST", f"/pipelines/{name}/pause")
    assert knock(server, f"/{name}", {"n": 7})[0] == 409
    failed, paused = deliveries(server, name, "webhook")
    assert (failed["fate"], paused["fate"]) == ("failed", "paused")
    assert f"the pipeline '{name}' is paused" in refusal(server, name, paused)
    call(server, "POST", f"/pipelines/{name}/resume")
    assert output(sfn, replay(server, name, paused)["run"])["n"] == 7
    again = replay(server, name, failed)
    assert again["fate"] == "failed" and again["reason"] == failed["reason"]
    changed(server, name, "auth: none\nparams: {n: '${{ $length(trigger.body.n) }}'}")
    assert output(sfn, replay(server, name, again)["run"])["n"] == 4


def test_one_of_a_batch_is_replayed_alone_and_at_once(server, sfn, hook):
    name = hook("auth: none\nbatch: {max: 2, wait: 10m}")
    knock(server, f"/{name}", {"n": 1})
    [waiting] = deliveries(server, name, "webhook")
    assert "it still waits for its run" in refusal(server, name, waiting)
    knock(server, f"/{name}", {"n": 2})
    first, _ = until(lambda: [it for it in deliveries(server, name, "webhook") if it["fate"] == "run"][1:] and deliveries(server, name, "webhook"))
    found = output(sfn, replay(server, name, first)["run"])["trigger"]
    assert found["body"] == {"n": 1}
    assert [event["body"] for event in found["events"]] == [{"n": 1}]


def test_what_cannot_be_replayed_says_why(server, hook, unique):
    name = hook("auth: none\nif: trigger.body.n = 1")
    knock(server, f"/{name}", {"n": 2, "more": "x" * 70_000})
    knock(server, f"/{name}", {"n": 2})
    large, small = deliveries(server, name, "webhook")
    assert "what came is not kept" in refusal(server, name, large)
    changed(server, name, "auth: none\nenabled: false")
    assert "the trigger 'webhook' is switched off" in refusal(server, name, small)
    changed(server, name, "auth: none\nid: other")
    assert "the trigger 'webhook' is gone" in refusal(server, name, small)
    for path in [f"{name}/triggers/other", f"{unique('none')}/triggers/webhook"]:
        with pytest.raises(Refused) as refused:
            call(server, "POST", f"/pipelines/{path}/deliveries/{small['id']}/replay")
        assert refused.value.status == 404, refused.value
    with pytest.raises(Refused, match="did you mean 'other'"):
        replay(server, name, small, trigger="othr")


def test_an_event_is_held_against_what_the_trigger_waits_for_now(server, sfn, unique):
    name, kind = unique("event"), unique("kind")
    text = "pipeline: {}\non: {{event: {{type: {}, if: '{}'}}}}\ntasks: {{t: {{noop: true}}}}\n"
    push(server, text.format(name, kind, "trigger.data.n = 2"))
    call(server, "POST", "/events", {"source": "shop", "type": kind, "data": {"n": 1}})
    [filtered] = deliveries(server, name, "event")
    push(server, text.format(name, unique("other"), "true"))
    assert "'source', 'type' or 'pattern' are others now" in refusal(server, name, filtered, "event")
    push(server, text.format(name, kind, "true"))
    assert ended(sfn, replay(server, name, filtered, "event")["run"])["status"] == "SUCCEEDED"


def test_a_change_of_a_repository_is_held_against_the_patterns_of_now(server, sfn, unique):
    name = unique("git")
    text = "pipeline: {}\non: {{git: {{provider: generic, branches: [{}], paths: ['src/**']}}}}\ntasks: {{t: {{noop: true}}}}\n"
    push(server, text.format(name, "main"))
    for files in (["src/a"], ["docs/a"]):
        knock(server, f"/git/{name}/git", {"event": "push", "branch": "fix", "files": files})
    of_source, of_docs = deliveries(server, name, "git")
    assert "'branches' has main, this is 'fix'" in refusal(server, name, of_source, "git")
    push(server, text.format(name, "fix"))
    assert "'paths' has src/**" in refusal(server, name, of_docs, "git")
    assert ended(sfn, replay(server, name, of_source, "git")["run"])["status"] == "SUCCEEDED"


def test_a_replay_outlives_a_crash_as_its_delivery_does(own_server):
    push(own_server, ECHO.format(name="kept", on="    auth: none\n    if: trigger.body.n = 1"))
    knock(own_server, "/kept", {"n": 2})
    own_server.kill()
    own_server.start()
    push(own_server, ECHO.format(name="kept", on="    auth: none"))
    [filtered] = deliveries(own_server, "kept", "webhook")
    again = replay(own_server, "kept", filtered)
    own_server.kill()
    own_server.start()
    assert deliveries(own_server, "kept", "webhook") == [filtered, again]
    assert runs(own_server, "kept") == [again["run"]]


def test_who_may_start_runs_replays_and_is_named(own_server):
    push(own_server, ECHO.format(name="named", on="    auth: none\n    if: 'false'"))
    knock(own_server, "/named", {})
    [filtered] = deliveries(own_server, "named", "webhook")
    push(own_server, ECHO.format(name="named", on="    auth: none"))
    root = created(own_server, "root", "admin")
    operator = created(own_server, "maria-1", "operator", "--user", "maria", token=root)
    viewer = created(own_server, "board", "viewer", token=root)
    order = ["triggers", "replay", "named", "webhook", filtered["id"]]
    assert "needs the role 'operator'" in borne(own_server, *order, token=viewer, fails=True)
    (again,) = borne(own_server, *order, token=operator)
    assert (again["replayOf"], again["by"]) == (filtered["id"], "maria")
    (told,) = borne(own_server, "audit", "--action", "delivery.replay", "--outcome", "done", token=root)
    assert told["who"] == "maria"
    assert told["on"] == f"pipeline:named/trigger:webhook/delivery:{filtered['id']}"
    done = attempt(own_server, "describe", again["run"], token=root)
    assert "replay_of" in done.stdout and "maria" in done.stdout, done


def test_a_replay_on_the_command_line_prints_its_run_or_why_there_is_none(server, hook):
    name = hook("auth: none\nparams: {n: '${{ trigger.body.n }}'}")
    knock(server, f"/{name}", {"n": 5})
    knock(server, f"/{name}", {"n": "many"})
    ran, failed = deliveries(server, name, "webhook")
    listed = command(server, "triggers", name, "webhook").stdout.splitlines()
    assert [row.split()[0] for row in listed] == ["ID", failed["id"], ran["id"]]
    done = command(server, "triggers", "replay", name, "webhook", ran["id"])
    assert done.returncode == 0 and done.stdout.strip() in runs(server, name), done
    done = command(server, "triggers", "replay", name, "webhook", failed["id"])
    assert done.returncode != 0 and "it started nothing" in done.stderr, done
