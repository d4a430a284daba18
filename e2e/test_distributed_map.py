"""Distributed Map: children of map runs, through the API and with files."""

import json

import pytest
from botocore.exceptions import ClientError

from clients import eventually
from map_runs import PASS, WAIT, children, distributed, finish, map_run

FAIL_TWO = {
    "C": {
        "Type": "Choice",
        "Choices": [{"Variable": "$", "NumericEquals": 2, "Next": "F"}],
        "Default": "S",
    },
    "F": {"Type": "Fail", "Error": "Two", "Cause": "is not liked"},
    "S": {"Type": "Succeed"},
}


def history(sfn, execution):
    events = sfn.get_execution_history(executionArn=execution)["events"]
    return [(event["type"], event["previousEventId"]) for event in events]


@pytest.fixture
def run(sfn, machine, start):
    """Runs a distributed Map to its end; returns the execution's description."""

    def begin(state, value):
        return finish(sfn, start(machine({"M": state}), value))

    return begin


@pytest.mark.parametrize("kind", ["STANDARD", "EXPRESS"])
def test_each_item_has_a_child(sfn, run, kind):
    ended = run(distributed(PASS, kind, Label="L"), [1, "b", {"c": 3}])
    assert json.loads(ended["output"]) == [1, "b", {"c": 3}]
    assert history(sfn, ended["executionArn"]) == [
        ("ExecutionStarted", 0),
        ("MapStateEntered", 0),
        ("MapStateStarted", 2),
        ("MapRunStarted", 3),
        ("MapRunSucceeded", 4),
        ("MapStateSucceeded", 5),
        ("MapStateExited", 4),
        ("ExecutionSucceeded", 7),
    ]
    run_arn = map_run(sfn, ended["executionArn"])
    name = ended["stateMachineArn"].rsplit(":", 1)[1]
    assert f":mapRun:{name}/L:" in run_arn
    described = sfn.describe_map_run(mapRunArn=run_arn)
    assert described["status"] == "SUCCEEDED"
    assert described["executionArn"] == ended["executionArn"]
    for counts in [described["itemCounts"], described["executionCounts"]]:
        assert {k: v for k, v in counts.items() if v} == {"succeeded": 3, "total": 3}
    listed = children(sfn, run_arn)
    assert len(listed) == 3
    assert {child["itemCount"] for child in listed} == {1}
    word = {"STANDARD": "execution", "EXPRESS": "express"}[kind]
    for child in listed:
        assert child["mapRunArn"] == run_arn
        assert child["stateMachineArn"] == f"{ended['stateMachineArn']}/L"
        assert f":{word}:{name}/L:{child['name']}" in child["executionArn"]
    child = sfn.describe_execution(executionArn=listed[0]["executionArn"])
    assert child["mapRunArn"] == run_arn
    assert child["output"] == child["input"]
    runs = sfn.describe_state_machine_for_execution(executionArn=listed[0]["executionArn"])
    assert (runs["label"], runs["mapRunArn"]) == ("L", run_arn)
    assert json.loads(runs["definition"])["StartAt"] == "P"


def test_a_standard_child_has_a_history_and_an_express_child_has_none(sfn, run):
    ended = run(distributed(PASS), [1])
    (child,) = children(sfn, map_run(sfn, ended["executionArn"]))
    assert [kind for kind, _ in history(sfn, child["executionArn"])] == [
        "ExecutionStarted",
        "PassStateEntered",
        "PassStateExited",
        "ExecutionSucceeded",
    ]
    ended = run(distributed(PASS, "EXPRESS"), [1])
    (child,) = children(sfn, map_run(sfn, ended["executionArn"]))
    with pytest.raises(ClientError, match="InvalidArn"):
        history(sfn, child["executionArn"])


def test_item_selectors_see_the_item_and_children_see_themselves(sfn, run):
    states = {
        "P": {
            "Type": "Pass",
            "Parameters": {
                "input.$": "$",
                "same.$": "$$.Execution.Input",
                "machine.$": "$$.StateMachine.Name",
            },
            "End": True,
        }
    }
    selector = {
        "key.$": "$$.Map.Item.Key",
        "index.$": "$$.Map.Item.Index",
        "value.$": "$$.Map.Item.Value",
        "source.$": "$$.Map.Item.Source",
        "all.$": "$.x",
    }
    ended = run(
        distributed(states, ItemsPath="$.items", ItemSelector=selector, Label="L"),
        {"items": {"a": 1, "b": 2}, "x": "whole"},
    )
    name = ended["stateMachineArn"].rsplit(":", 1)[1]
    expected = [
        {"key": key, "index": index, "value": value, "source": "STATE_DATA", "all": "whole"}
        for index, (key, value) in enumerate([("a", 1), ("b", 2)])
    ]
    assert json.loads(ended["output"]) == [
        {"input": item, "same": item, "machine": f"{name}/L"} for item in expected
    ]


def test_batches_are_bounded_by_items_and_by_bytes(sfn, run):
    batcher = {"MaxItemsPerBatch": 2, "BatchInput": {"t": "x"}}
    ended = run(distributed(PASS, "EXPRESS", ItemBatcher=batcher), [1, 2, 3])
    assert json.loads(ended["output"]) == [
        {"BatchInput": {"t": "x"}, "Items": [1, 2]},
        {"BatchInput": {"t": "x"}, "Items": [3]},
    ]
    run_arn = map_run(sfn, ended["executionArn"])
    described = sfn.describe_map_run(mapRunArn=run_arn)
    assert (described["itemCounts"]["total"], described["executionCounts"]["total"]) == (3, 2)
    assert sorted(child["itemCount"] for child in children(sfn, run_arn)) == [1, 2]
    ended = run(distributed(PASS, ItemBatcher={"MaxInputBytesPerBatch": 21}), ["aa", "bb", "cc"])
    assert json.loads(ended["output"]) == [{"Items": ["aa", "bb"]}, {"Items": ["cc"]}]


def test_one_failed_child_fails_the_run(sfn, run):
    ended = run(distributed(FAIL_TWO), [1, 2, 3])
    assert ended["status"] == "FAILED"
    assert ended["error"] == "States.ExceedToleratedFailureThreshold"
    assert ended["cause"] == "The specified tolerated failure threshold was exceeded"
    assert history(sfn, ended["executionArn"])[-3:] == [
        ("MapRunFailed", 4),
        ("MapStateFailed", 5),
        ("ExecutionFailed", 6),
    ]
    run_arn = map_run(sfn, ended["executionArn"])
    assert sfn.describe_map_run(mapRunArn=run_arn)["status"] == "FAILED"
    (failed,) = children(sfn, run_arn, statusFilter="FAILED")
    child = sfn.describe_execution(executionArn=failed["executionArn"])
    assert (child["error"], child["cause"]) == ("Two", "is not liked")
    assert child["redriveStatus"] == "REDRIVABLE_BY_MAP_RUN"


@pytest.mark.parametrize(
    "tolerated", [{"ToleratedFailureCount": 1}, {"ToleratedFailurePercentage": 50}]
)
def test_tolerated_failures_do_not_fail_the_run(sfn, run, tolerated):
    ended = run(distributed(FAIL_TWO, **tolerated), [1, 2, 3])
    assert ended["status"] == "SUCCEEDED", ended
    counts = sfn.describe_map_run(mapRunArn=map_run(sfn, ended["executionArn"]))["itemCounts"]
    assert (counts["succeeded"], counts["failed"]) == (2, 1)


def test_a_failed_run_is_retried_as_another_run_and_caught(sfn, machine, start):
    state = distributed(
        FAIL_TWO,
        Retry=[
            {"ErrorEquals": ["States.ExceedToleratedFailureThreshold"], "MaxAttempts": 1}
        ],
        Catch=[{"ErrorEquals": ["States.ALL"], "Next": "Caught"}],
    )
    ended = finish(sfn, start(machine({"M": state, "Caught": {"Type": "Pass", "End": True}}), [2]))
    assert json.loads(ended["output"])["Error"] == "States.ExceedToleratedFailureThreshold"
    runs = sfn.list_map_runs(executionArn=ended["executionArn"])["mapRuns"]
    assert len({run["mapRunArn"] for run in runs}) == 2
    page = sfn.list_map_runs(executionArn=ended["executionArn"], maxResults=1)
    rest = sfn.list_map_runs(executionArn=ended["executionArn"], nextToken=page["nextToken"])
    assert page["mapRuns"] + rest["mapRuns"] == runs


def test_maps_nest(sfn, run):
    inner = distributed(PASS, Label="Inner")
    ended = run(distributed({"I": inner}, Label="Outer"), [[1, 2], [3]])
    assert json.loads(ended["output"]) == [[1, 2], [3]]
    for child in children(sfn, map_run(sfn, ended["executionArn"])):
        name = ended["stateMachineArn"].rsplit(":", 1)[1]
        assert f":mapRun:{name}/Inner:" in map_run(sfn, child["executionArn"])


def test_concurrency_and_its_limits_can_be_changed(sfn, machine, start):
    execution = start(machine({"M": distributed(WAIT, MaxConcurrency=1)}), [1, 2, 3])
    run_arn = map_run(sfn, execution)

    def counts():
        return sfn.describe_map_run(mapRunArn=run_arn)["executionCounts"]

    eventually(lambda: counts()["running"] == 1)
    assert (counts()["pending"], counts()["total"]) == (2, 3)
    sfn.update_map_run(mapRunArn=run_arn, maxConcurrency=2)
    eventually(lambda: counts()["running"] == 2)
    sfn.update_map_run(
        mapRunArn=run_arn, toleratedFailureCount=1, toleratedFailurePercentage=2.5
    )
    described = sfn.describe_map_run(mapRunArn=run_arn)
    assert described["maxConcurrency"] == 2
    assert described["toleratedFailureCount"] == 1
    assert described["toleratedFailurePercentage"] == 2.5
    child = children(sfn, run_arn)[0]["executionArn"]
    sfn.stop_execution(executionArn=child, error="E")
    eventually(lambda: counts()["aborted"] == 1 and counts()["running"] == 2)
    sfn.stop_execution(executionArn=execution)
    eventually(lambda: sfn.describe_map_run(mapRunArn=run_arn)["status"] == "ABORTED")
    assert not children(sfn, run_arn, statusFilter="RUNNING")
    assert history(sfn, execution)[-2][0] == "MapRunAborted"
    with pytest.raises(ClientError) as refused:
        sfn.update_map_run(mapRunArn=run_arn, maxConcurrency=5)
    assert refused.value.response["reason"] == "CANNOT_UPDATE_COMPLETED_MAP_RUN"


@pytest.mark.parametrize("kind", ["STANDARD", "EXPRESS"])
def test_a_redrive_lets_the_children_go_on_that_did_not_succeed(
    sfn, machine, start, tmp_path, kind
):
    (tmp_path / "1").touch()
    look = {
        "Type": "Task",
        "Resource": "arn:aws:states:::compasso:process",
        "Parameters": {"Command.$": f"States.Array('test', '-e', States.Format('{tmp_path}/{{}}', $))"},
        "ResultPath": None,
        "End": True,
    }
    state = distributed({"Look": look}, kind, MaxConcurrency=1)
    execution = start(machine({"M": state}), [1, 2, 3])
    assert finish(sfn, execution)["error"] == "States.ExceedToleratedFailureThreshold"
    run_arn = map_run(sfn, execution)
    counts = sfn.describe_map_run(mapRunArn=run_arn)["executionCounts"]
    # What was never started does not wait any more.
    assert {k: v for k, v in counts.items() if v} == {"succeeded": 1, "failed": 1, "total": 2}
    for name in "23":
        (tmp_path / name).touch()
    sfn.redrive_execution(executionArn=execution)
    ended = finish(sfn, execution)
    assert json.loads(ended["output"]) == [1, 2, 3]
    described = sfn.describe_map_run(mapRunArn=run_arn)
    assert (described["status"], described["redriveCount"]) == ("SUCCEEDED", 1)
    assert described["redriveDate"] <= described["stopDate"]
    counts = {k: v for k, v in described["executionCounts"].items() if v}
    assert counts == {"succeeded": 3, "total": 3}
    assert [run["mapRunArn"] for run in sfn.list_map_runs(executionArn=execution)["mapRuns"]] == [
        run_arn
    ]
    (redriven,) = children(sfn, run_arn, redriveFilter="REDRIVEN")
    assert redriven["redriveCount"] == 1
    assert len(children(sfn, run_arn, redriveFilter="NOT_REDRIVEN")) == 2
    events = sfn.get_execution_history(executionArn=execution)["events"]
    (event,) = [event for event in events if event["type"] == "MapRunRedriven"]
    assert event["mapRunRedrivenEventDetails"] == {"mapRunArn": run_arn, "redriveCount": 1}
    assert history(sfn, execution)[-5:] == [
        ("MapRunRedriven", event["previousEventId"]),
        ("MapRunSucceeded", event["id"]),
        ("MapStateSucceeded", event["id"] + 1),
        ("MapStateExited", event["id"]),
        ("ExecutionSucceeded", event["id"] + 3),
    ]


def test_express_children_are_listed_and_described_while_they_run(sfn, machine, start):
    states = {"W": {"Type": "Wait", "Seconds": 200, "End": True}}
    execution = start(machine({"M": distributed(states, "EXPRESS", Label="L")}), [1, 2, 3, 4, 5])
    run_arn = map_run(sfn, execution)
    running = eventually(lambda: len(found := children(sfn, run_arn)) == 5 and found)
    assert {child["status"] for child in running} == {"RUNNING"}
    assert {child["mapRunArn"] for child in running} == {run_arn}
    paged = children(sfn, run_arn, statusFilter="RUNNING", PaginationConfig={"PageSize": 2})
    assert paged == running
    assert not children(sfn, run_arn, statusFilter="SUCCEEDED")
    assert not children(sfn, run_arn, redriveFilter="REDRIVEN")
    child = sfn.describe_execution(executionArn=running[0]["executionArn"])
    assert (child["status"], child["mapRunArn"]) == ("RUNNING", run_arn)
    assert child["startDate"] == running[0]["startDate"]
    assert json.loads(child["input"]) in range(1, 6)
    sfn.stop_execution(executionArn=execution)
    eventually(lambda: sfn.describe_map_run(mapRunArn=run_arn)["status"] == "ABORTED")
    assert [child["status"] for child in children(sfn, run_arn)] == ["ABORTED"] * 5


def test_what_a_reader_has_not_come_to_yet_is_pending(sfn, machine, start, tmp_path):
    (tmp_path / "items.jsonl").write_text("".join(f"{n}\n" for n in range(5000)))
    reader = {
        "Resource": "arn:aws:states:::s3:getObject",
        "Parameters": {"Bucket": f"file://{tmp_path}", "Key": "items.jsonl"},
        "ReaderConfig": {"InputType": "JSONL"},
    }
    state = distributed(WAIT, ItemReader=reader, MaxConcurrency=2, ItemBatcher={"MaxItemsPerBatch": 10})
    execution = start(machine({"M": state}), {})
    run_arn = map_run(sfn, execution)
    described = eventually(
        lambda: (found := sfn.describe_map_run(mapRunArn=run_arn))["itemCounts"]["total"] == 5000
        and found["executionCounts"]["running"] == 2
        and found
    )
    items, executions = described["itemCounts"], described["executionCounts"]
    assert (items["pending"], items["running"]) == (4980, 20)
    assert (executions["pending"], executions["total"]) == (498, 500)
    sfn.stop_execution(executionArn=execution)
    described = eventually(
        lambda: (found := sfn.describe_map_run(mapRunArn=run_arn))["status"] == "ABORTED" and found
    )
    counts = {k: v for k, v in described["itemCounts"].items() if v}
    assert counts == {"aborted": 20, "total": 20}


def test_the_share_of_failed_items_is_looked_at_before_the_last_item_is_read(
    sfn, run, tmp_path
):
    (tmp_path / "items.jsonl").write_text("2\n" * 2000 + "1\n" * 2000)
    reader = {
        "Resource": "arn:aws:states:::s3:getObject",
        "Parameters": {"Bucket": f"file://{tmp_path}", "Key": "items.jsonl"},
        "ReaderConfig": {"InputType": "JSONL"},
    }
    state = distributed(FAIL_TWO, ItemReader=reader, MaxConcurrency=1, ToleratedFailurePercentage=1)
    ended = run(state, {})
    assert ended["error"] == "States.ExceedToleratedFailureThreshold"
    counts = sfn.describe_map_run(mapRunArn=map_run(sfn, ended["executionArn"]))["itemCounts"]
    assert 40 < counts["failed"] < 2000
    assert (counts["succeeded"], counts["pending"]) == (0, 0)


def test_what_is_no_map_run_is_not_found(sfn, run):
    ended = run(distributed(PASS), [])
    assert json.loads(ended["output"]) == []
    run_arn = map_run(sfn, ended["executionArn"])
    for call, fields in [
        (sfn.describe_map_run, {}),
        (sfn.update_map_run, {"maxConcurrency": 1}),
        (sfn.list_executions, {}),
    ]:
        with pytest.raises(ClientError, match="ResourceNotFound"):
            call(mapRunArn=f"{run_arn}0", **fields)
        with pytest.raises(ClientError, match="InvalidArn"):
            call(mapRunArn=ended["executionArn"], **fields)


def test_items_are_read_from_files_and_results_written_to_them(sfn, run, tmp_path):
    (tmp_path / "items.csv").write_text("a,b\n" + "".join(f"{n},x\n" for n in range(50)))
    bucket = f"file://{tmp_path}"
    state = distributed(
        {"P": {"Type": "Pass", "InputPath": "$.a", "End": True}},
        "EXPRESS",
        ItemReader={
            "Resource": "arn:aws:states:::s3:getObject",
            "Parameters": {"Bucket": bucket, "Key": "items.csv"},
            "ReaderConfig": {"InputType": "CSV", "CSVHeaderLocation": "FIRST_ROW", "MaxItems": 40},
        },
        ResultWriter={
            "Resource": "arn:aws:states:::s3:putObject",
            "Parameters": {"Bucket": bucket, "Prefix": "out"},
            "WriterConfig": {"OutputType": "JSON", "Transformation": "COMPACT"},
        },
    )
    ended = run(state, {})
    result = json.loads(ended["output"])
    run_arn = map_run(sfn, ended["executionArn"])
    assert result["MapRunArn"] == run_arn
    manifest = json.loads((tmp_path / result["ResultWriterDetails"]["Key"]).read_text())
    (written,) = manifest["ResultFiles"]["SUCCEEDED"]
    assert json.loads((tmp_path / written["Key"]).read_text()) == [str(n) for n in range(40)]
    counts = sfn.describe_map_run(mapRunArn=run_arn)["itemCounts"]
    assert (counts["resultsWritten"], counts["total"]) == (40, 40)


@pytest.mark.parametrize("kind", ["STANDARD", "EXPRESS"])
def test_thousands_of_children_run_at_once(sfn, run, tmp_path, kind):
    (tmp_path / "items.jsonl").write_text("".join(f"{n}\n" for n in range(3000)))
    reader = {
        "Resource": "arn:aws:states:::s3:getObject",
        "Parameters": {"Bucket": f"file://{tmp_path}", "Key": "items.jsonl"},
        "ReaderConfig": {"InputType": "JSONL"},
    }
    ended = run(distributed(PASS, kind, ItemReader=reader), {})
    assert json.loads(ended["output"]) == list(range(3000))


def test_a_reader_without_its_file_fails_the_state_by_name(sfn, run, tmp_path):
    reader = {
        "Resource": "arn:aws:states:::s3:getObject",
        "Parameters": {"Bucket": f"file://{tmp_path}", "Key": "none.json"},
        "ReaderConfig": {"InputType": "JSON"},
    }
    ended = run(distributed(PASS, ItemReader=reader), {})
    assert ended["error"] == "States.ItemReaderFailed"
