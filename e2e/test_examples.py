"""Every example runs, as `make run` loads it."""

import json
import os
import pathlib
import subprocess
import sys

import pytest

from clients import ACCOUNT, REGION, ended, event_types, eventually, step_functions
from rest import call
from server import BINARY, REPOSITORY, Server

EXAMPLES = REPOSITORY / "examples"


@pytest.fixture(scope="module")
def dev(tmp_path_factory):
    """`compasso dev` on the examples, from somewhere else."""
    data = tmp_path_factory.mktemp("examples")
    # As `make run` does.
    arguments = [EXAMPLES, "--exclude", "pipelines"]
    running = Server(data, command="dev", arguments=arguments).start()
    yield running
    running.stop()


@pytest.fixture(scope="module")
def client(dev):
    return step_functions(dev.url)


@pytest.fixture
def run(client):
    """Starts an example with its sample input, changed as told, and returns the execution."""

    def begin(name, **changes):
        file = EXAMPLES / name / "input.json"
        sample = json.loads(file.read_text()) if file.exists() else {}
        arn = f"arn:aws:states:{REGION}:{ACCOUNT}:stateMachine:{name}"
        answer = client.start_execution(
            stateMachineArn=arn, input=json.dumps({**sample, **changes})
        )
        return answer["executionArn"]

    return begin


def entered(client, execution):
    """The names of the states an execution entered, in order."""
    pages = client.get_paginator("get_execution_history").paginate(executionArn=execution)
    events = [event for page in pages for event in page["events"]]
    details = [event.get("stateEnteredEventDetails") for event in events]
    return [detail["name"] for detail in details if detail]


def test_make_run_says_what_to_try_and_nothing_else(tmp_path):
    """What `make run` calls once all is built."""
    (tmp_path / "local").mkdir()
    compasso = tmp_path / "local" / "compasso"
    compasso.symlink_to(BINARY)
    log = tmp_path / "log"
    with log.open("w") as stderr:
        running = subprocess.Popen(
            [REPOSITORY / "scripts" / "run"],
            stdout=subprocess.PIPE,
            stderr=stderr,
            text=True,
            env={
                **os.environ,
                "CARGO_TARGET_DIR": str(tmp_path),
                "COMPASSO_DATA": str(tmp_path / "data"),
                "COMPASSO_LISTEN": "127.0.0.1:0",
            },
        )
    try:
        said = []
        for line in running.stdout:
            said.append(line.rstrip("\n"))
            if line.startswith("Ctrl-C"):
                break
        url = said[0].removeprefix("compasso is ready on ")
        assert url.startswith("http://127.0.0.1:"), said
        hints = [line for line in said if str(compasso) in line]
        assert len(hints) == 4, said
        # What a hint names is there.
        shown = subprocess.run(
            [compasso, "list", "greeting", "--endpoint", url], capture_output=True, text=True, check=True
        )
        assert "RUNNING" in shown.stdout or "SUCCEEDED" in shown.stdout
    finally:
        running.terminate()
        running.communicate(timeout=60)
    loaded = log.read_text().splitlines()
    assert loaded and all(line.startswith("loaded ") or "INFO" in line for line in loaded), loaded


def test_all_examples_are_loaded(client):
    listed = client.list_state_machines(maxResults=100)["stateMachines"]
    definitions = {path.name.removesuffix(".asl.json") for path in EXAMPLES.glob("*/*.asl.json")}
    assert {item["name"] for item in listed} == definitions


def test_the_pipeline_that_needs_nothing_is_loaded_without_the_others(dev):
    names = [item["name"] for item in call(dev, "GET", "/pipelines")["items"]]
    assert names == ["machine-report"]
    started = call(dev, "POST", "/pipelines/machine-report/runs", {"params": {"warn_at": 1}})
    found = ended(step_functions(dev.url), started["id"])
    assert found["status"] == "SUCCEEDED", found
    assert " full, files [" in json.loads(found["output"])["report"]


def test_greeting_greets(client, run):
    described = ended(client, run("greeting", pauseSeconds=0))
    assert json.loads(described["output"])["greeting"] in ["Good morning, world!", "Good day, world!"]


def test_an_order_is_fulfilled_after_the_card_network_was_busy(client, run):
    execution = run("order-saga")
    output = json.loads(ended(client, execution)["output"])
    assert output["message"] == "Order 1001 is on its way as parcel-1001"
    assert output["chargeAttempts"] == 3
    assert event_types(client, execution).count("TaskFailed") == 2


@pytest.mark.parametrize(
    "changes, error, undone",
    [
        ({"items": [{"sku": "samovar", "quantity": 1}]}, "OutOfStock", []),
        ({"card": "4000-0000"}, "CardDeclined", ["Release stock"]),
        ({"country": "AQ"}, "NoCarrier", ["Refund card", "Release stock"]),
    ],
)
def test_an_order_that_fails_is_undone_in_reverse(client, run, changes, error, undone):
    execution = run("order-saga", **changes)
    described = ended(client, execution)
    assert (described["status"], described["error"]) == ("FAILED", error)
    compensation = {"Refund card", "Release stock"}
    assert [name for name in entered(client, execution) if name in compensation] == undone


def test_the_test_cases_of_the_examples_pass():
    line = [BINARY, "test", EXAMPLES]
    tested = subprocess.run(line, capture_output=True, text=True, check=False)
    assert (tested.returncode, tested.stderr) == (0, "")
    assert tested.stdout.endswith("\n4 passed, 0 failed\n")


def test_every_file_is_counted(client, run):
    output = json.loads(ended(client, run("file-processing"))["output"])
    assert output == {"files": 3, "words": 27, "longest": "second.txt"}


def test_orders_are_read_and_added_up(client, run):
    execution = run("csv-import", bucket=f"file://{EXAMPLES}/csv-import", key="orders.csv")
    output = json.loads(ended(client, execution)["output"])
    assert output == {"orders": 10, "amount": 175, "batches": 3}


def test_a_small_amount_needs_no_approval(client, run):
    output = json.loads(ended(client, run("approval", amount=20))["output"])
    assert output == {"paid": 20, "to": "Inês"}


@pytest.mark.parametrize("answer", [["yes"], ["no", "too dear"]])
def test_a_person_decides_with_the_token_of_the_outbox(client, run, dev, tmp_path, answer):
    execution = run("approval", outbox=str(tmp_path))
    question = tmp_path / f"{execution.rsplit(':', 1)[1]}.json"
    eventually(question.exists)
    # As for a reader who has set nothing up for AWS.
    bare = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    aws = str(pathlib.Path(sys.executable).with_name("aws"))
    subprocess.run(
        ["sh", EXAMPLES / "approval/approve.sh", question, *answer],
        env=bare | {"COMPASSO_ENDPOINT": dev.url, "AWS": aws, "AWS_EC2_METADATA_DISABLED": "true"},
        check=True,
    )
    described = ended(client, execution)
    if answer == ["yes"]:
        assert json.loads(described["output"])["paid"] == 450
    else:
        assert (described["error"], described["cause"]) == ("Refused", "too dear")


@pytest.fixture
def endpoint():
    """The HTTP service of the nightly report, on a free port."""
    command = [sys.executable, EXAMPLES / "nightly-report/endpoint.py", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as running:
        yield running.stdout.readline().strip()
        running.kill()


def test_the_report_is_rendered_and_published(client, run, endpoint):
    output = json.loads(ended(client, run("nightly-report", service=endpoint))["output"])
    assert output["published"] == "/reports/2026-11-23"
    assert output["text"].startswith("2026-11-23: 110 visitors placed ")
