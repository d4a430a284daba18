"""Distributed Map across kills: no child is lost, repeated or left behind."""

import json

import pytest

from clients import ROLE, eventually, step_functions
from map_runs import PASS, WAIT, children, distributed, finish, map_run


@pytest.mark.parametrize("kind", ["STANDARD", "EXPRESS"])
def test_kills_neither_lose_nor_repeat_a_child_that_has_ended(own_server, tmp_path, kind):
    count = 3000
    (tmp_path / "items.jsonl").write_text("".join(f"{n}\n" for n in range(count)))
    state = distributed(
        PASS,
        kind,
        MaxConcurrency=50,
        ItemReader={
            "Resource": "arn:aws:states:::s3:getObject",
            "Parameters": {"Bucket": f"file://{tmp_path}", "Key": "items.jsonl"},
            "ReaderConfig": {"InputType": "JSONL"},
        },
    )
    sfn = step_functions(own_server.url)
    machine = sfn.create_state_machine(
        name="killed",
        definition=json.dumps({"StartAt": "M", "States": {"M": state}}),
        roleArn=ROLE,
    )["stateMachineArn"]
    execution = sfn.start_execution(stateMachineArn=machine)["executionArn"]
    run_arn = map_run(sfn, execution)
    ended = set()
    for share in [0.1, 0.3, 0.5]:
        eventually(lambda: succeeded(sfn, run_arn) >= count * share)
        before = {
            child["executionArn"]: child["stopDate"]
            for child in children(sfn, run_arn, statusFilter="SUCCEEDED")
        }
        own_server.kill()
        own_server.start()
        sfn = step_functions(own_server.url)
        after = {
            child["executionArn"]: child.get("stopDate") for child in children(sfn, run_arn)
        }
        assert before.items() <= after.items()
        ended |= before.keys()
    output = json.loads(finish(sfn, execution)["output"])
    assert output == list(range(count))
    listed = children(sfn, run_arn)
    assert len(listed) == count
    assert ended <= {child["executionArn"] for child in listed}
    described = sfn.describe_map_run(mapRunArn=run_arn)
    assert described["status"] == "SUCCEEDED"
    assert described["executionCounts"]["succeeded"] == count


def succeeded(sfn, run_arn):
    return sfn.describe_map_run(mapRunArn=run_arn)["executionCounts"]["succeeded"]


def test_a_run_whose_execution_was_stopped_before_a_kill_is_given_up(own_server):
    sfn = step_functions(own_server.url)
    state = distributed(WAIT)
    machine = sfn.create_state_machine(
        name="left",
        definition=json.dumps({"StartAt": "M", "States": {"M": state}}),
        roleArn=ROLE,
    )["stateMachineArn"]
    execution = sfn.start_execution(stateMachineArn=machine, input="[1,2]")["executionArn"]
    run_arn = map_run(sfn, execution)
    eventually(lambda: len(children(sfn, run_arn)) == 2)
    sfn.stop_execution(executionArn=execution)
    own_server.kill()
    own_server.start()
    sfn = step_functions(own_server.url)
    eventually(lambda: sfn.describe_map_run(mapRunArn=run_arn)["status"] == "ABORTED")
    eventually(lambda: not children(sfn, run_arn, statusFilter="RUNNING"))


def test_a_run_that_is_being_given_up_can_be_redriven(own_server):
    sfn = step_functions(own_server.url)
    state = distributed({"W": {"Type": "Wait", "Seconds": 5, "End": True}})
    machine = sfn.create_state_machine(
        name="again",
        definition=json.dumps({"StartAt": "M", "States": {"M": state}}),
        roleArn=ROLE,
    )["stateMachineArn"]
    items = list(range(100))
    execution = sfn.start_execution(stateMachineArn=machine, input=json.dumps(items))
    execution = execution["executionArn"]
    run_arn = map_run(sfn, execution)
    eventually(lambda: len(children(sfn, run_arn)) == len(items))
    sfn.stop_execution(executionArn=execution)
    own_server.kill()
    own_server.start()
    sfn = step_functions(own_server.url)
    sfn.redrive_execution(executionArn=execution)
    assert json.loads(finish(sfn, execution)["output"]) == items
    described = sfn.describe_map_run(mapRunArn=run_arn)
    assert (described["status"], described["redriveCount"]) == ("SUCCEEDED", 1)
    assert described["executionCounts"]["succeeded"] == len(items)
