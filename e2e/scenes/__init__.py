"""Scenes that show the API: each calls actions, and what the answers hold is noted.

A scene is a function of a `Stage`. `perform` plays all of them; `Seen` knows afterwards which
members and errors were shown, and in which scene first.
"""

import json
import uuid

from botocore.exceptions import ClientError

import model
from clients import ACCOUNT, REGION, ROLE, ended, eventually, step_functions

PREFIX = f"arn:aws:states:{REGION}:{ACCOUNT}"
LAMBDA = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:"
PASS = {"Type": "Pass", "End": True}

SCENES = []


def scene(title):
    def register(play):
        SCENES.append((title, play))
        return play

    return register


class Seen:
    """What was shown, by action: member paths of requests and answers, and errors."""

    def __init__(self):
        self.title = None
        self.requests, self.answers, self.errors = {}, {}, {}

    def note(self, noted, action, thing):
        noted.setdefault(action, {}).setdefault(thing, self.title)

    def watch(self, client):
        client.meta.events.register("before-call.sfn", self.sent)
        client.meta.events.register("after-call.sfn", self.answered)

    def sent(self, params, context, **_):
        context["asked"] = json.loads(params["body"])

    def answered(self, parsed, context, event_name, **_):
        action = event_name.rsplit(".", 1)[1]
        if "Error" in parsed:
            self.note(self.errors, action, parsed["Error"]["Code"])
            return
        for path in set(model.present(context["asked"])):
            self.note(self.requests, action, path)
        for path in set(model.present(parsed)):
            if path[0] != "ResponseMetadata":
                self.note(self.answers, action, path)


class Stage:
    """What scenes play on: a client, and shorthands for what most of them do."""

    def __init__(self, url, folder, seen):
        self.sfn = step_functions(url)
        self.folder = folder
        seen.watch(self.sfn)

    def name(self):
        return f"scene-{uuid.uuid4().hex[:12]}"

    def create(self, states, *, name=None, kind="STANDARD", top=(), **fields):
        definition = {"StartAt": next(iter(states)), "States": states, **dict(top)}
        return self.sfn.create_state_machine(
            name=name or self.name(),
            definition=json.dumps(definition),
            roleArn=ROLE,
            type=kind,
            **fields,
        )["stateMachineArn"]

    def run(self, states, value=None, **fields):
        """Runs a new state machine to its end; returns the execution and its history."""
        return self.finish(self.start(self.create(states, **fields), value))

    def start(self, machine, value=None):
        text = json.dumps({} if value is None else value)
        return self.sfn.start_execution(stateMachineArn=machine, input=text)["executionArn"]

    def finish(self, execution):
        ended(self.sfn, execution)
        self.sfn.get_execution_history(executionArn=execution)
        return execution

    def refused(self, error, action, /, **request):
        """Calls an action that must fail with this error."""
        try:
            getattr(self.sfn, action)(**request)
        except ClientError as refused:
            assert refused.response["Error"]["Code"] == error, refused
            return
        raise AssertionError(f"{action} did not raise {error}")

    def take(self, activity):
        """Polls until there is a task and returns its token."""

        def task():
            polled = self.sfn.get_activity_task(activityArn=activity, workerName="worker")
            return polled.get("taskToken")

        return eventually(task)


def perform(url, folder):
    """Plays every scene and returns what was seen."""
    # They register themselves.
    from scenes import (  # noqa: F401
        blocks,
        definitions,
        executions,
        map_runs,
        publications,
        refusals,
        single_states,
        tasks,
    )

    seen = Seen()
    for title, play in SCENES:
        seen.title = title
        play(Stage(url, folder, seen))
    return seen
