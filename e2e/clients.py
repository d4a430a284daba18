"""Clients as users have them, and waiting for what the API has no waiter for."""

import json
import os
import subprocess
import time
import urllib.error
import urllib.request

import boto3
from botocore.config import Config

from server import BINARY

ACCOUNT = "000000000000"
REGION = "us-east-1"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/any"

# Long enough for a busy machine: passing it means that something hangs.
DEADLINE_SECONDS = 60


def step_functions(url, *, region=REGION, key="test", read_timeout=70):
    """A client that sends each request once and finds `sync-` operations at the same host."""
    return boto3.client(
        "stepfunctions",
        endpoint_url=url,
        region_name=region,
        aws_access_key_id=key,
        aws_secret_access_key="secret",
        config=Config(
            inject_host_prefix=False,
            parameter_validation=False,
            read_timeout=read_timeout,
            retries={"total_max_attempts": 1},
            max_pool_connections=32,
        ),
    )


def environment(url, **more):
    """The environment in which the AWS CLI talks to the server."""
    return {
        **os.environ,
        "AWS_ENDPOINT_URL": url,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "secret",
        "AWS_DEFAULT_REGION": REGION,
        "AWS_DISABLE_HOST_PREFIX_INJECTION": "true",
        "AWS_PAGER": "",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        **more,
    }


def command(server, *arguments):
    """Runs a command against a server to its end."""
    line = [BINARY, *arguments, "--endpoint", server.url]
    keys = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "secret"}
    return subprocess.run(
        line, capture_output=True, text=True, timeout=60, check=False, env={**os.environ, **keys}
    )


def ask_own(server, action, **members):
    """Calls an action that AWS does not have; returns the HTTP status and the answer."""
    return ask_plain(server, f"Compasso.{action}", **members)


def ask_plain(server, target, **members):
    """Calls an action without an SDK, which drops what it does not know of an answer."""
    headers = {"Content-Type": "application/x-amz-json-1.0", "X-Amz-Target": target}
    request = urllib.request.Request(server.url, json.dumps(members).encode(), headers)
    try:
        with urllib.request.urlopen(request, timeout=DEADLINE_SECONDS) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        return error.code, json.load(error)


def eventually(ask, *, seconds=DEADLINE_SECONDS):
    """Asks until the answer is true and returns it."""
    deadline = time.monotonic() + seconds
    while True:
        answer = ask()
        if answer:
            return answer
        assert time.monotonic() < deadline, f"still {answer!r} after {seconds} s"
        time.sleep(0.02)


def ended(client, execution, **kwargs):
    """Waits for the end of an execution and returns its description."""

    def description():
        found = client.describe_execution(executionArn=execution)
        return found if found["status"] not in ("QUEUED", "RUNNING") else None

    return eventually(description, **kwargs)


def history(client, execution):
    """All events of an execution, page by page."""
    pages = client.get_paginator("get_execution_history").paginate(executionArn=execution)
    return [event for page in pages for event in page["events"]]


def event_types(client, execution):
    return [event["type"] for event in history(client, execution)]
