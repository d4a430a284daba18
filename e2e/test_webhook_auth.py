"""Webhooks: who may call them."""

import base64
import contextlib
import hashlib
import hmac
import http.server
import json
import threading
import time

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from hooks import deliveries, hook, knock, runs
from rest import call

__all__ = ["hook"]


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


@contextlib.contextmanager
def issuer_of(keys):
    """Publishes keys; gives their address, and a list of what was asked."""
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
    try:
        yield f"http://127.0.0.1:{issuer.server_port}/keys", asked
    finally:
        issuer.shutdown()
        issuer.server_close()


def test_a_token_of_published_keys_that_is_expired_or_for_others_is_refused(server, hook):
    private = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    good = {"aud": "compasso", "iss": "idp", "exp": time.time() + 60}
    others = [
        {**good, "exp": time.time() - 3600},
        {**good, "nbf": time.time() + 3600},
        {**good, "aud": "others"},
        {**good, "iss": "others"},
        {name: value for name, value in good.items() if name != "exp"},
        {name: value for name, value in good.items() if name != "aud"},
    ]
    with issuer_of({"keys": [published(private, "a")]}) as (url, _):
        name = hook(f"auth: {{jwt: {{jwks: '{url}', audience: compasso, issuer: idp}}}}")

        def status(claims):
            token = signed_with_keys(private, "RS256", claims, kid="a")
            return knock(server, f"/{name}", {}, headers={"Authorization": f"Bearer {token}"})[0]

        assert [status(claims) for claims in others] == [401] * len(others)
        assert status(good) == 202
    assert len(runs(server, name)) == 1


def test_a_token_is_checked_with_the_key_that_it_names(server, hook):
    first = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    second = ec.generate_private_key(ec.SECP256R1())
    keys = {"keys": [published(first, "a"), published(second, "b")]}
    claims = {"exp": time.time() + 60}

    def status(name, private, algorithm, **more):
        token = signed_with_keys(private, algorithm, claims, **more)
        return knock(server, f"/{name}", {}, headers={"Authorization": f"Bearer {token}"})[0]

    with issuer_of(keys) as (url, asked):
        for name in [hook(f"auth: {{jwt: {{jwks: {said}}}}}") for said in [f"'{url}'", json.dumps(keys)]]:
            assert status(name, first, "RS256", kid="a") == 202
            assert status(name, second, "ES256", kid="b") == 202
            assert status(name, second, "ES256", kid="a") == 401, "it is another key"
            assert status(name, second, "ES256") == 401, "it does not say which of two keys"
            # Whoever invents names has the server ask no more often for that.
            assert [status(name, second, "ES256", kid=f"no-{n}") for n in range(3)] == [401] * 3
        assert asked == ["/keys"]


def test_keys_that_cannot_be_fetched_let_nobody_in(server, hook):
    private = ec.generate_private_key(ec.SECP256R1())
    token = signed_with_keys(private, "ES256", {"exp": time.time() + 60}, kid="a")
    # Nobody listens there; and plain http is for one's own network.
    for url in ["http://127.0.0.1:1/keys", "http://idp.example.com/keys"]:
        name = hook(f"auth: {{jwt: {{jwks: '{url}'}}}}")
        assert knock(server, f"/{name}", {}, headers={"Authorization": f"Bearer {token}"})[0] == 503


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
