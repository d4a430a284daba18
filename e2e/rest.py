"""A client of the REST interface, with nothing but the standard library."""

import json
import urllib.error
import urllib.parse
import urllib.request

import openapi


class Refused(Exception):
    """The server answered an error."""

    def __init__(self, status, body):
        super().__init__(f"{status} {body}")
        self.status = status
        self.code = body.get("code")
        self.message = body.get("message")
        self.detail = body.get("detail")


def call(server, method, path, body=None, *, text=None, cookie=None, **query):
    """Sends a request to `/api/v1` of a server and returns its answer; a 204 is None.

    Fails if `docs/openapi.json` describes another answer.
    """
    url = f"{server.url}/api/v1{path}"
    if query:
        url += "?" + urllib.parse.urlencode(query)
    data = text.encode() if text is not None else None if body is None else json.dumps(body).encode()
    if data is None and method != "GET":
        data = b"{}"
    headers = {"X-Compasso-Console": "1", **({"Cookie": cookie} if cookie else {})}
    request = urllib.request.Request(url, data=data, method=method, headers=headers)
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            content = answer.read()
            status, said = answer.status, json.loads(content) if content else None
    except urllib.error.HTTPError as error:
        status, said = error.code, json.loads(error.read() or b"{}")
    openapi.check_answer(method, f"/api/v1{path}", status, said)
    if status >= 400:
        raise Refused(status, said)
    return said


def quoted(name):
    """A name or an ARN as a part of a path."""
    return urllib.parse.quote(name, safe="")
