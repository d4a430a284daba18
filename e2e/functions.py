"""Local functions of the end-to-end tests: payload on standard input, result on standard output."""

import json
import pathlib
import sys
import time


def echo(payload):
    return payload


def fail(payload):
    json.dump({"errorType": payload["type"], "errorMessage": "as asked"}, sys.stdout)
    sys.exit(1)


def keep_token(payload):
    """Puts the task token where the test finds it, whole or not at all."""
    target = pathlib.Path(payload["file"])
    part = target.with_suffix(".part")
    part.write_text(payload["token"])
    part.rename(target)
    return "this answer is not the task's result"


def sleep(payload):
    """Answers long after anybody waits for it."""
    time.sleep(3600)
    return payload


if __name__ == "__main__":
    named = {"echo": echo, "fail": fail, "keep-token": keep_token, "sleep": sleep}
    json.dump(named[sys.argv[1]](json.load(sys.stdin)), sys.stdout)
