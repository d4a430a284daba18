"""Loads a server that is being killed, and keeps a ledger of everything it acknowledged.

A process of its own: `crash_load.py URL,URL ACTIVITY LEDGER SEED`, with all nodes if it is a cluster.
Every call is repeated until a server has answered it, as a careful client does. "drain" on standard input ends the starts, and the
process ends when standard input is closed.
"""

import json
import os
import random
import sys
import threading
import time

from botocore.exceptions import ClientError, ConnectionError, HTTPClientError
from botocore.parsers import ResponseParserError

from clients import step_functions
from crash_kinds import ENTERED, arn, input_of

STARTERS = 3
WORKERS = 3
PAUSE_SECONDS = 0.02


class Ledger:
    """One JSON object a line, written before the next call is made."""

    def __init__(self, path):
        self.file = open(path, "a", encoding="utf-8")
        self.lock = threading.Lock()

    def write(self, event, **fields):
        with self.lock:
            self.file.write(json.dumps({"event": event, **fields}) + "\n")
            self.file.flush()


class Load:
    def __init__(self, urls, activity, ledger, seed):
        self.clients = [step_functions(url) for url in urls.split(",")]
        self.activity = activity
        self.ledger = ledger
        self.seed = seed
        self.draining = threading.Event()

    def until_answered(self, call, **arguments):
        """Calls until the server answers; returns answer or error, and whether a call was lost."""
        lost = False
        while True:
            client = random.choice(self.clients)
            try:
                return getattr(client, call)(**arguments), None, lost
            except ClientError as error:
                if error.response["ResponseMetadata"]["HTTPStatusCode"] != 503:
                    return None, error.response["Error"]["Code"], lost
            except (ConnectionError, HTTPClientError, ResponseParserError):
                pass
            # No answer came: whether the call was carried out is not known.
            lost = True
            self.ledger.write("lost")
            time.sleep(PAUSE_SECONDS)

    def starter(self, number):
        choices = random.Random(f"{self.seed}-{number}")
        count = 0
        while not self.draining.is_set():
            count += 1
            kind = choices.choice(sorted(ENTERED))
            name = f"{kind}-{number}-{count}"
            self.ledger.write("asked", kind=kind, name=name)
            execution = self.start(kind, name)
            if execution and choices.random() < 0.2:
                self.start(kind, name, again=True)
            if execution and kind == "stopped":
                self.stop(name, execution)
            time.sleep(choices.random() * 0.05)

    def start(self, kind, name, again=False):
        answer, error, lost = self.until_answered(
            "start_execution",
            stateMachineArn=arn(kind),
            name=name,
            input=input_of(kind, name),
        )
        if answer:
            execution = answer["executionArn"]
            self.ledger.write("started", kind=kind, name=name, execution=execution)
            return execution
        # The name may be taken by our own first try whose answer was lost, or that is over.
        if error == "ExecutionAlreadyExists" and (lost or again):
            execution = arn(kind).replace(":stateMachine:", ":execution:") + f":{name}"
            self.ledger.write("started", kind=kind, name=name, execution=execution)
            return execution
        self.ledger.write("unexpected", call="start", name=name, error=error)
        return None

    def stop(self, name, execution):
        answer, error, lost = self.until_answered(
            "stop_execution", executionArn=execution, error="Enough"
        )
        if answer or lost:
            self.ledger.write("stopped", name=name)
        else:
            self.ledger.write("unexpected", call="stop", name=name, error=error)

    def worker(self, number):
        count = 0
        while True:
            task, error, _ = self.until_answered(
                "get_activity_task",
                activityArn=self.activity,
                workerName=f"worker-{number}",
            )
            if error:
                self.ledger.write("unexpected", call="poll", error=error)
            if not task or not task.get("taskToken"):
                continue
            count += 1
            self.answer(task, f"{number}-{count}")

    def answer(self, task, nonce):
        given = json.loads(task["input"])
        name = given["name"]
        self.ledger.write("answering", name=name, nonce=nonce)
        _, error, lost = self.until_answered(
            "send_task_success",
            taskToken=task["taskToken"],
            output=json.dumps({**given, "nonces": [*given.get("nonces", []), nonce]}),
        )
        if error is None:
            self.ledger.write("answered", name=name, nonce=nonce)
        elif error in ("TaskTimedOut", "TaskDoesNotExist"):
            # Our own lost try was carried out, or the task was handed out twice and another
            # worker was first.
            self.ledger.write("refused", name=name, nonce=nonce, lost=lost)
        else:
            self.ledger.write("unexpected", call="answer", name=name, error=error)


def main():
    urls, activity, path, seed = sys.argv[1:]
    load = Load(urls, activity, Ledger(path), seed)
    starters = [
        threading.Thread(target=load.starter, args=[n], daemon=True) for n in range(STARTERS)
    ]
    workers = [threading.Thread(target=load.worker, args=[n], daemon=True) for n in range(WORKERS)]
    for thread in [*starters, *workers]:
        thread.start()
    for line in sys.stdin:
        if line.strip() == "drain":
            load.draining.set()
            for thread in starters:
                thread.join()
            print("drained", flush=True)
    # Workers may be in a long poll; the ledger is flushed after every line.
    os._exit(0)


if __name__ == "__main__":
    main()
