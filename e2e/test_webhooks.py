"""Webhooks: requests of others become runs, once each."""

import base64
import hashlib
import hmac
import http.client
import http.server
import json
import socket
import textwrap
import threading
import time

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from clients import command, step_functions
from hooks import deliveries, ended, knock, push, runs, trigger, until
from rest import Refused, call, quoted

ECHO = """
pipeline: {name}
params: {{n: {{type: integer, default: 0}}}}
concurrency: {{max_runs: 50}}
on:
  webhook:
    path: /{name}
{on}
tasks:
  t: {{noop: true}}
outputs: {{n: "${{{{ params.n }}}}", trigger: "${{{{ trigger }}}}", type: "${{{{ run.type }}}}"}}
"""


@pytest.fixture
def hook(server, unique):
    """Pushes a pipeline with a webhook of these fields, and returns its name."""

    def make(on, *, at=server):
        name = unique("hook")
        text = ECHO.format(name=name, on=textwrap.indent(textwrap.dedent(on).strip(), " " * 4))
        push(at, text)
        return name

    return make


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
    assert [it["fate"] for it in deliveries(server, name, "webhook")] == ["filtered", "run"]


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


def test_bodies_are_bounded(server, hook):
    name = hook("auth: none\nmax_body: 1Ki")
    assert knock(server, f"/{name}", {"x": "y" * 900})[0] == 202
    assert knock(server, f"/{name}", {"x": "y" * 1100})[0] == 413


def test_a_bearer_and_a_basic_caller_are_known_by_their_secret(server, hook):
    bearer = hook("auth: {bearer: s3cret}")
    assert knock(server, f"/{bearer}", {}, headers={"Authorization": "Bearer s3cret"})[0] == 202
    for wrong in [{}, {"Authorization": "Bearer other"}, {"Authorization": "s3cret"}]:
        status, answer = knock(server, f"/{bearer}", {}, headers=wrong)
        assert (status, answer["code"]) == (401, "AccessDenied")
    basic = hook("auth: {basic: 'ana:pw'}")
    proof = base64.b64encode(b"ana:pw").decode()
    assert knock(server, f"/{basic}", {}, headers={"Authorization": f"Basic {proof}"})[0] == 202
    assert knock(server, f"/{basic}", {})[0] == 401
    assert len(deliveries(server, bearer, "webhook")) == 1, "strangers leave no record"


def test_a_signature_covers_the_body(server, hook):
    name = hook("auth: {hmac: {header: X-Signature, secret: key, algo: sha256, prefix: 'sha256='}}")
    body = b'{"n":1}'
    code = hmac.new(b"key", body, hashlib.sha256).hexdigest()
    headers = {"X-Signature": f"sha256={code}"}
    assert knock(server, f"/{name}", data=body, headers=headers)[0] == 202
    assert knock(server, f"/{name}", data=b'{"n":2}', headers=headers)[0] == 401


def test_a_signed_request_that_is_played_again_starts_nothing(server, hook):
    name = hook("auth: {hmac: {header: X-Signature, secret: key, timestamp: X-Time}}")
    body, at = b"{}", str(int(time.time()))
    code = hmac.new(b"key", f"{at}.".encode() + body, hashlib.sha256).hexdigest()
    headers = {"X-Signature": code, "X-Time": at}
    first = knock(server, f"/{name}", data=body, headers=headers)
    assert first[0] == 202 and knock(server, f"/{name}", data=body, headers=headers) == first
    old = str(int(time.time()) - 3600)
    code = hmac.new(b"key", f"{old}.".encode() + body, hashlib.sha256).hexdigest()
    assert knock(server, f"/{name}", data=body, headers={"X-Signature": code, "X-Time": old})[0] == 401
    assert len(runs(server, name)) == 1


def jwt(claims, key=b"key", algorithm="HS256"):
    def part(value):
        return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=")

    text = part({"alg": algorithm, "typ": "JWT"}) + b"." + part(claims)
    code = hmac.new(key, text, hashlib.sha256).digest()
    return (text + b"." + base64.urlsafe_b64encode(code).rstrip(b"=")).decode()


def test_a_signed_token_names_its_audience_and_expires(server, hook):
    name = hook("auth: {jwt: {secret: key, audience: compasso, issuer: idp}}")
    good = {"aud": "compasso", "iss": "idp", "exp": time.time() + 60}

    def status(token):
        return knock(server, f"/{name}", {}, headers={"Authorization": f"Bearer {token}"})[0]

    assert status(jwt(good)) == 202
    assert status(jwt({**good, "exp": time.time() - 3600})) == 401
    assert status(jwt({**good, "aud": "other"})) == 401
    assert status(jwt(good, key=b"other")) == 401
    assert status(jwt(good, algorithm="none")) == 401


def signed_with_keys(private, algorithm, claims, **more):
    def part(content):
        return base64.urlsafe_b64encode(content).rstrip(b"=")

    header = json.dumps({"alg": algorithm, "typ": "JWT", **more}).encode()
    text = part(header) + b"." + part(json.dumps(claims).encode())
    if algorithm == "RS256":
        code = private.sign(text, padding.PKCS1v15(), hashes.SHA256())
    else:
        r, s = decode_dss_signature(private.sign(text, ec.ECDSA(hashes.SHA256())))
        code = r.to_bytes(32, "big") + s.to_bytes(32, "big")
    return (text + b"." + part(code)).decode()


@pytest.mark.parametrize("algorithm", ["RS256", "ES256"])
def test_a_token_is_checked_with_a_public_key(server, hook, algorithm):
    if algorithm == "RS256":
        private = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    else:
        private = ec.generate_private_key(ec.SECP256R1())
    pem = private.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    ).decode()
    name = hook(f"auth: {{jwt: {{public_key: {json.dumps(pem)}}}}}")
    claims = {"exp": time.time() + 60, "jti": "1"}

    def knocked(token):
        return knock(server, f"/{name}", {}, headers={"Authorization": f"Bearer {token}"})

    first = knocked(signed_with_keys(private, algorithm, claims))
    assert first[0] == 202, first
    assert knocked(signed_with_keys(private, algorithm, claims)) == first, "its id was seen before"
    # Who knows the public key only cannot make tokens with it as a shared one.
    assert knocked(jwt(claims, key=pem.encode()))[0] == 401


def published(private, name):
    """A public key as an issuer publishes it."""

    def text(number, size):
        return base64.urlsafe_b64encode(number.to_bytes(size, "big")).rstrip(b"=").decode()

    numbers = private.public_key().public_numbers()
    if isinstance(private, rsa.RSAPrivateKey):
        own = {"kty": "RSA", "alg": "RS256", "n": text(numbers.n, 256), "e": text(numbers.e, 3)}
    else:
        own = {"kty": "EC", "crv": "P-256", "x": text(numbers.x, 32), "y": text(numbers.y, 32)}
    return {**own, "kid": name, "use": "sig"}


def test_a_token_is_checked_with_the_key_that_it_names(server, hook):
    first = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    second = ec.generate_private_key(ec.SECP256R1())
    keys = {"keys": [published(first, "a"), published(second, "b")]}
    asked = []

    class Issuer(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.path)
            self.send_response(200)
            self.end_headers()
            self.wfile.write(json.dumps(keys).encode())

        def log_message(self, *_):
            pass

    issuer = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Issuer)
    threading.Thread(target=issuer.serve_forever, daemon=True).start()
    url = f"http://127.0.0.1:{issuer.server_port}/keys"
    names = [hook(f"auth: {{jwt: {{jwks: '{url}'}}}}"), hook(f"auth: {{jwt: {{jwks: {json.dumps(keys)}}}}}")]
    claims = {"exp": time.time() + 60}

    def status(name, private, algorithm, **more):
        token = signed_with_keys(private, algorithm, claims, **more)
        return knock(server, f"/{name}", {}, headers={"Authorization": f"Bearer {token}"})[0]

    try:
        for name in names:
            assert status(name, first, "RS256", kid="a") == 202
            assert status(name, second, "ES256", kid="b") == 202
            assert status(name, second, "ES256", kid="a") == 401, "it is another key"
            assert status(name, second, "ES256") == 401, "it does not say which of two keys"
            # Whoever invents names has the server ask no more often for that.
            assert [status(name, second, "ES256", kid=f"no-{n}") for n in range(3)] == [401] * 3
        assert asked == ["/keys"]
    finally:
        issuer.shutdown()
        issuer.server_close()


def test_keys_that_cannot_be_fetched_let_nobody_in(server, hook):
    private = ec.generate_private_key(ec.SECP256R1())
    token = signed_with_keys(private, "ES256", {"exp": time.time() + 60}, kid="a")
    # Nobody listens there; and plain http is for one's own network.
    for url in ["http://127.0.0.1:1/keys", "http://idp.example.com/keys"]:
        name = hook(f"auth: {{jwt: {{jwks: '{url}'}}}}")
        assert knock(server, f"/{name}", {}, headers={"Authorization": f"Bearer {token}"})[0] == 503


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


def test_a_secret_of_the_server_is_what_callers_show(server, hook, unique):
    secret = unique("HOOK").replace("-", "_")
    name = hook(f"auth: {{bearer: '${{{{ secrets.{secret} }}}}'}}")
    headers = {"Authorization": "Bearer first"}
    status, answer = knock(server, f"/{name}", {}, headers=headers)
    assert (status, answer["code"]) == (503, "NotSetUp")
    call(server, "PUT", f"/secrets/{secret}", {"value": "first"})
    assert knock(server, f"/{name}", {}, headers=headers)[0] == 202
    call(server, "PUT", f"/secrets/{secret}", {"value": "second"})
    assert knock(server, f"/{name}", {}, headers=headers)[0] == 401


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
