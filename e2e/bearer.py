"""Commands of the bearers of tokens."""

import json
import os
import subprocess

from server import BINARY


def attempt(server, *arguments, token=None, text=None):
    """Runs a command as the bearer of a token, to whatever end."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "COMPASSO_"))}
    own = {"COMPASSO_ENDPOINT": server.url, "HOME": "/nowhere", **({"COMPASSO_TOKEN": token} if token else {})}
    return subprocess.run(
        [BINARY, "--json", *arguments],
        env={**kept, **own},
        input=text,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def command(server, *arguments, token=None, fails=False, text=None):
    """Runs a command as the bearer of a token; returns the rows that it wrote, or why it failed."""
    done = attempt(server, *arguments, token=token, text=text)
    assert (done.returncode != 0) == fails, done.stderr
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    rows = lines[0] if lines and isinstance(lines[0], list) else lines
    return done.stderr if fails else rows


def created(server, name, role, *more, token=None):
    """Makes a token, and returns it."""
    (made,) = command(server, "tokens", "create", name, "--role", role, *more, token=token)
    return made["token"]
