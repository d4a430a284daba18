"""Webhooks: requests of others become runs, once each."""

import hashlib
import hmac
import http.client
import json
import socket
import threading
import time

import pytest

from clients import command, step_functions
from hooks import ECHO, deliveries, ended, hook, knock, push, runs, trigger, until
from rest import Refused, call, quoted

__all__ = ["hook"]


def test_a_request_starts_a_run_with_its_params(server, sfn, hook):
    name = hook("auth: none\nparams: {n: '${{ trigger.body.n }}'}")
    status, answer = knock(server, f"/{name}?q=1", {"n": 7}, headers={"Authorization": "secret"})
    assert status == 202, answer
    found = ended(sfn, answer["run"])
    assert found["status"] == "SUCCEEDED", found
    output = json.loads(found["output"])
    assert (output["n"], output["type"]) == (7, "event")
    seen = output["trigger"]
    assert (seen["method"], seen["path"], seen["query"]) == ("POST", f"/{name}", {"q": "1"})
    assert seen["body"] == {"n": 7} and "authorization" not in seen["headers"]
    [delivery] = deliveries(server, name, "webhook")
    assert (delivery["fate"], delivery["run"]) == ("run", answer["run"])


def test_the_same_key_starts_nothing_and_answers_the_first_run(server, hook):
    name = hook("auth: none\nkey: trigger.body.id")
    first = knock(server, f"/{name}", {"id": "a"})
    assert first[0] == 202
    assert knock(server, f"/{name}", {"id": "a", "more": 1}) == first
    other = knock(server, f"/{name}", {"id": "b"})
    assert other[1]["run"] != first[1]["run"]
    assert [it["fate"] for it in deliveries(server, name, "webhook")] == ["run", "duplicate", "run"]
    assert len(runs(server, name)) == 2


def test_many_requests_with_one_key_at_once_start_one_run(server, hook):
    name = hook("auth: none\nkey: trigger.body.id")
    answers = []
    work = [
        threading.Thread(target=lambda: answers.append(knock(server, f"/{name}", {"id": 1})))
        for _ in range(20)
    ]
    for thread in work:
        thread.start()
    for thread in work:
        thread.join()
    assert {status for status, _ in answers} == {202}, answers
    assert len({answer["run"] for _, answer in answers}) == 1
    assert len(runs(server, name)) == 1


def test_a_key_in_a_header_is_one_as_well(server, hook):
    name = hook("auth: none")
    headers = {"Idempotency-Key": "x"}
    assert knock(server, f"/{name}", {}, headers=headers) == knock(server, f"/{name}", headers=headers)


def test_what_does_not_hold_is_filtered(server, hook):
    name = hook("auth: none\nif: trigger.body.n > 3")
    status, answer = knock(server, f"/{name}", {"n": 3})
    assert (status, answer["fate"]) == (200, "filtered") and "run" not in answer
    assert knock(server, f"/{name}", {"n": 4})[0] == 202
    found = [(it["fate"], it.get("reason")) for it in deliveries(server, name, "webhook")]
    assert found == [("filtered", "'if' does not hold: trigger.body.n > 3"), ("run", None)]


def test_a_webhook_without_its_secret_is_unhealthy_until_it_is_set(server, unique, hook):
    secret = unique("LATER").replace("-", "_")
    name = hook(f"auth: {{bearer: '${{{{ secrets.{secret} }}}}'}}")
    health = lambda: trigger(server, name, "webhook")
    ill = until(lambda: not health()["healthy"] and health())
    assert f"compasso secrets set {secret}" in ill["trouble"]["error"]
    assert knock(server, f"/{name}", {})[0] == 503
    call(server, "PUT", f"/secrets/{secret}", {"value": "open"})
    until(lambda: health()["healthy"])
    headers = {"Authorization": "Bearer open"}
    assert knock(server, f"/{name}", {}, headers=headers)[0] == 202
    call(server, "DELETE", f"/secrets/{secret}")
    until(lambda: not health()["healthy"])


def test_a_trigger_that_is_switched_off_is_listed_so(server, hook):
    name = hook("auth: none\nenabled: false")
    assert trigger(server, name, "webhook")["enabled"] is False
    [head, row] = command(server, "triggers", name).stdout.splitlines()
    assert row.split() == ["webhook", "webhook", "disabled", "0"]
    assert knock(server, f"/{name}", {})[0] == 404


def test_params_that_break_the_rules_are_told_and_the_key_is_free_again(server, hook):
    name = hook("auth: none\nkey: trigger.body.id\nparams: {n: '${{ trigger.body.n }}'}")
    status, answer = knock(server, f"/{name}", {"id": 1, "n": "many"})
    assert (status, answer["code"]) == (400, "RunRefused"), answer
    assert knock(server, f"/{name}", {"id": 1, "n": 2})[0] == 202
    assert [it["fate"] for it in deliveries(server, name, "webhook")] == ["failed", "run"]


def test_a_caller_that_waits_is_told_the_output(server, hook):
    name = hook(
        """
        auth: none
        params: {n: '${{ trigger.body.n }}'}
        respond: {wait: true, status: "${{ run.state = 'success' ? 201 : 502 }}", body: {got: "${{ run.output.n }}"}}
        """
    )
    assert knock(server, f"/{name}", {"n": 5}) == (201, {"got": 5})


def test_the_answer_is_computed(server, hook):
    name = hook("auth: none\nrespond: {status: 200, body: 'run ${{ run.id }} of ${{ run.pipeline }}'}")
    status, answer = knock(server, f"/{name}", {})
    assert status == 200 and answer.startswith("run webhook-") and answer.endswith(f"of {name}")


def test_a_body_that_is_to_be_json_and_is_not_starts_nothing_and_says_where(server, hook):
    for name in [hook("auth: none"), hook("auth: none\nkey: trigger.body.id")]:
        for headers in [{"Content-Type": "application/json"}, {"Content-Type": ""}]:
            status, answer = knock(server, f"/{name}", data=b'{"id": 1,\n "n" 2}', headers=headers)
            assert (status, answer["code"]) == (400, "InvalidBody"), answer
            assert "line 2 column 6" in answer["message"], answer
        assert runs(server, name) == [] and deliveries(server, name, "webhook") == []
    status, _ = knock(server, f"/{hook('auth: none')}", data=b"{", headers={"Content-Type": "text/plain"})
    assert status == 202


def test_paths_and_methods_that_nobody_listens_on_are_refused(server, hook, unique):
    name = hook("auth: none\nmethods: [PUT, GET]")
    assert knock(server, f"/{unique()}", {})[0] == 404
    status, answer = knock(server, f"/{name}", {})
    assert (status, answer["code"]) == (405, "MethodNotAllowed")
    assert knock(server, f"/{name}", method="GET")[0] == 202
    assert trigger(server, name, "webhook")["path"] == f"/hooks/{name}"


def test_a_path_of_another_pipeline_is_refused(server, hook):
    name = hook("auth: none")
    with pytest.raises(Refused) as refusal:
        push(server, f"pipeline: {name}-too\non: {{webhook: {{path: /{name}, auth: none}}}}\ntasks: {{t: {{noop: true}}}}\n")
    assert refusal.value.status == 409
    assert name in refusal.value.message
    assert knock(server, f"/{name}", {})[0] == 202


def test_of_pipelines_that_want_one_path_at_once_one_gets_it(server, unique):
    path = unique()
    text = lambda name, methods="POST": (
        f"pipeline: {name}\non: {{webhook: {{path: /{path}, methods: [{methods}], auth: none}}}}\n"
        "tasks: {t: {noop: true}}\n"
    )
    names = [unique("rival") for _ in range(6)]
    with pytest.raises(Refused) as refusal:
        push(server, "---\n".join(text(name) for name in names[:2]))
    assert refusal.value.status == 409
    assert names[0] in refusal.value.message and names[1] in refusal.value.message
    outcomes = {}

    def one(name):
        try:
            push(server, text(name))
            outcomes[name] = 200
        except Refused as refused:
            outcomes[name] = refused.status

    work = [threading.Thread(target=one, args=(name,)) for name in names]
    for thread in work:
        thread.start()
    for thread in work:
        thread.join()
    assert sorted(outcomes.values()) == [200] + [409] * 5, outcomes
    assert knock(server, f"/{path}", {})[0] == 202
    [owner] = [name for name, status in outcomes.items() if status == 200]
    assert len(runs(server, owner)) == 1
    # Another method is another webhook.
    push(server, text(unique("put"), "PUT"))
    assert knock(server, f"/{path}", {}, method="PUT")[0] == 202


def test_the_command_line_lists_triggers_and_what_became_of_their_events(server, hook):
    name = hook("auth: none\nif: trigger.body.n = 1")
    knock(server, f"/{name}", {"n": 1})
    knock(server, f"/{name}", {"n": 2})
    listed = command(server, "triggers", name)
    assert listed.returncode == 0, listed.stderr
    assert "healthy" in listed.stdout and f"/hooks/{name}" in listed.stdout
    rows = command(server, "triggers", name, "webhook", "--json").stdout.splitlines()
    assert [json.loads(row)["fate"] for row in rows] == ["filtered", "run"]
    some = command(server, "triggers", name, "webhook", "--json", "--limit", "1")
    assert len(some.stdout.splitlines()) == 1 and "there are more" in some.stderr
    both = command(server, "triggers", name, "webhook", "--json", "--limit", "2")
    assert len(both.stdout.splitlines()) == 2 and both.stderr == ""


def test_bodies_are_bounded(server, hook):
    name = hook("auth: none\nmax_body: 1Ki")
    assert knock(server, f"/{name}", {"x": "y" * 900})[0] == 202
    assert knock(server, f"/{name}", {"x": "y" * 1100})[0] == 413


PUSH = {
    "ref": "refs/heads/main",
    "after": "abc123",
    "pusher": {"name": "ana"},
    "commits": [{"added": ["services/shop/a.rs"], "modified": [], "removed": []}],
}


def test_a_push_to_a_repository_starts_a_run(server, sfn, unique):
    name = unique("git")
    push(
        server,
        f"""
pipeline: {name}
on:
  git: {{provider: github, secret: key, events: [push], branches: [main], paths: ["services/**"]}}
tasks: {{t: {{noop: true}}}}
outputs: "${{{{ trigger.git }}}}"
""",
    )

    def send(event, body, number):
        data = json.dumps(body).encode()
        code = hmac.new(b"key", data, hashlib.sha256).hexdigest()
        headers = {
            "X-GitHub-Event": event,
            "X-GitHub-Delivery": number,
            "X-Hub-Signature-256": f"sha256={code}",
        }
        return knock(server, f"/git/{name}/git", data=data, headers=headers)

    status, answer = send("push", PUSH, "1")
    assert status == 202, answer
    output = json.loads(ended(sfn, answer["run"])["output"])
    assert output == {
        "event": "push", "branch": "main", "sha": "abc123", "author": "ana",
        "files": ["services/shop/a.rs"],
    }  # fmt: skip
    assert send("push", PUSH, "1") == (202, answer), "sent again, it is the same delivery"
    assert send("ping", {}, "2")[1]["fate"] == "filtered"
    assert send("push", {**PUSH, "ref": "refs/heads/other"}, "3")[1]["fate"] == "filtered"
    reasons = [it["reason"] for it in deliveries(server, name, "git") if it["fate"] == "filtered"]
    assert reasons == [
        "'events' has push, this is 'ping'", "'branches' has main, this is 'other'",
    ]  # fmt: skip
    assert knock(server, f"/git/{name}/git", PUSH, headers={"X-GitHub-Event": "push"})[0] == 401


def test_events_that_come_together_become_one_run(server, sfn, hook):
    name = hook("auth: none\nbatch: {max: 3, wait: 1h}")
    for number in range(3):
        status, answer = knock(server, f"/{name}", {"i": number})
        assert (status, answer["fate"]) == (202, "waiting")
    [run] = until(lambda: runs(server, name))
    seen = json.loads(ended(sfn, run)["output"])["trigger"]
    assert [event["body"]["i"] for event in seen["events"]] == [0, 1, 2]
    assert seen["body"] == {"i": 2}
    fates = until(
        lambda: [it for it in deliveries(server, name, "webhook") if it["fate"] == "run"]
    )
    assert [it["run"] for it in fates] == [run] * 3


def test_events_that_are_too_large_together_become_several_runs(server, hook):
    name = hook("auth: none\nbatch: {max: 4, wait: 1s}")
    for number in range(4):
        knock(server, f"/{name}", {"i": number, "pad": "x" * 40_000})
    until(lambda: trigger(server, name, "webhook")["pending"] == 0)
    assert [it["fate"] for it in deliveries(server, name, "webhook")] == ["run"] * 4
    assert len(runs(server, name)) == 2


def test_a_debounce_starts_once_it_is_quiet(server, sfn, hook):
    name = hook("auth: none\ndebounce: 1s")
    for number in range(4):
        knock(server, f"/{name}", {"i": number})
    [run] = until(lambda: runs(server, name))
    assert json.loads(ended(sfn, run)["output"])["trigger"]["body"] == {"i": 3}


def test_a_flood_is_refused_once_enough_events_wait(server, hook):
    name = hook("auth: none\nbatch: {wait: 1h}\nmax_pending: 5")
    statuses = [knock(server, f"/{name}", {"i": number})[0] for number in range(20)]
    assert statuses == [202] * 5 + [429] * 15
    assert trigger(server, name, "webhook")["pending"] == 5


def test_a_kill_between_the_answer_and_the_start_loses_and_doubles_nothing(own_server, unique):
    """Runs cannot start while an endless debounce holds the events; the kill comes before that."""
    name = unique("kept")
    text = ECHO.format(name=name, on="    auth: none\n    key: trigger.body.i\n    batch: {{max: 40, wait: 1h}}".replace("{{", "{").replace("}}", "}"))
    push(own_server, text)
    for number in range(39):
        assert knock(own_server, f"/{name}", {"i": number})[0] == 202
    own_server.kill()
    own_server.start()
    assert knock(own_server, f"/{name}", {"i": 5})[1]["fate"] == "duplicate"
    knock(own_server, f"/{name}", {"i": 39})
    [run] = until(lambda: runs(own_server, name))
    seen = json.loads(ended(step_functions(own_server.url), run)["output"])["trigger"]
    assert sorted(event["body"]["i"] for event in seen["events"]) == list(range(40))


def test_kills_under_load_lose_no_answered_request_and_double_none(own_server, unique):
    name = unique("load")
    push(own_server, ECHO.format(name=name, on="    auth: none\n    key: trigger.body.i"))
    answered, lock, numbers = {}, threading.Lock(), iter(range(100_000))
    stop = threading.Event()

    def work():
        while not stop.is_set():
            with lock:
                number = next(numbers)
            # A client tries until it is told that its request was taken.
            while not stop.is_set():
                try:
                    status, answer = knock(own_server, f"/{name}", {"i": number})
                except (OSError, http.client.HTTPException):
                    time.sleep(0.01)
                    continue
                if status == 202:
                    with lock:
                        answered[number] = answer["run"]
                    break

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for round_number in range(1, 4):
        until(lambda: len(answered) >= 25 * round_number)
        own_server.kill()
        own_server.start()
    stop.set()
    for thread in threads:
        thread.join()
    until(lambda: trigger(own_server, name, "webhook")["pending"] == 0)
    there = runs(own_server, name)
    assert len(set(answered.values())) == len(answered), "one run for each key"
    assert set(answered.values()) <= set(there)
    assert len(there) == len(set(there)) and len(there) <= len(answered) + len(threads)


def test_a_paused_pipeline_refuses_requests_or_holds_them(server, sfn, hook):
    dropping, holding = hook("auth: none"), hook("auth: none\nwhen_paused: hold\nkey: trigger.body.i")
    for name in [dropping, holding]:
        call(server, "POST", f"/pipelines/{name}/pause", {"reason": "a test"})
    status, answer = until(lambda: paused_answer(server, dropping))
    assert (status, answer["code"]) == (409, "PipelinePaused")
    status, answer = knock(server, f"/{holding}", {"i": 1})
    assert (status, answer["fate"]) == (202, "held")
    status, again = knock(server, f"/{holding}", {"i": 1})
    assert status == 202 and runs(server, holding) == []
    for name in [dropping, holding]:
        call(server, "POST", f"/pipelines/{name}/resume", {})
    [run] = until(lambda: runs(server, holding))
    assert run == again["run"], "whoever asked again was told which run it will be"
    assert json.loads(ended(sfn, run)["output"])["trigger"]["body"] == {"i": 1}
    assert knock(server, f"/{dropping}", {})[0] == 202
    assert "paused" in [it["fate"] for it in deliveries(server, dropping, "webhook")]


def paused_answer(server, name):
    """What a paused webhook answers, once it knows that it is paused."""
    status, answer = knock(server, f"/{name}", {})
    return (status, answer) if status == 409 else None


def test_an_event_that_finds_no_seat_is_dropped_and_may_come_again(server, unique):
    name = unique("seats")
    push(
        server,
        f"""
pipeline: {name}
concurrency: {{max_runs: 1, overlap: skip}}
on: {{webhook: {{path: /{name}, auth: none, key: trigger.body.i}}}}
tasks: {{t: {{wait: {{signal: go}}}}}}
""",
    )
    assert knock(server, f"/{name}", {"i": 1})[0] == 202
    status, answer = knock(server, f"/{name}", {"i": 2})
    assert (status, answer["code"]) == (429, "TooManyEvents"), answer
    assert [it["fate"] for it in deliveries(server, name, "webhook")] == ["run", "dropped"]
    [run] = runs(server, name)
    call(server, "POST", f"/runs/{quoted(run)}/stop", {})
    until(lambda: knock(server, f"/{name}", {"i": 2})[0] == 202)


def test_a_caller_that_hangs_up_has_its_event_taken_to_the_end(server, hook):
    """Who sends and does not wait for the answer leaves an event that is started all the same."""
    name = hook("auth: none")
    body = b'{"i": 1}'
    head = f"POST /hooks/{name} HTTP/1.1\r\nHost: localhost\r\nContent-Length: {len(body)}\r\n\r\n"
    for _ in range(20):
        with socket.create_connection(("127.0.0.1", server.port)) as caller:
            caller.sendall(head.encode() + body)
    until(lambda: trigger(server, name, "webhook")["pending"] == 0)
    assert knock(server, f"/{name}", {})[0] == 202
    until(lambda: trigger(server, name, "webhook")["pending"] == 0)
    fates = [it["fate"] for it in deliveries(server, name, "webhook")]
    assert set(fates) == {"run"} and len(runs(server, name)) == len(fates)
