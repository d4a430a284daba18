"""The account and the region come from the credentials a request is signed with."""

import contextlib
import json

import pytest

from clients import ROLE, ended, step_functions

PASS = json.dumps({"StartAt": "A", "States": {"A": {"Type": "Pass", "End": True}}})


@pytest.mark.parametrize(
    "key, account",
    [("123456789012", "123456789012"), ("AKIAEXAMPLE", "000000000000"), ("12", "000000000000")],
)
@pytest.mark.parametrize("region", ["eu-west-1", "us-east-1"])
def test_arns_carry_the_account_and_region_of_the_caller(server, unique, key, account, region):
    client = step_functions(server.url, region=region, key=key)
    name = unique()
    arn = client.create_state_machine(name=name, definition=PASS, roleArn=ROLE)["stateMachineArn"]
    assert arn == f"arn:aws:states:{region}:{account}:stateMachine:{name}"
    execution = client.start_execution(stateMachineArn=arn)["executionArn"]
    assert execution.startswith(f"arn:aws:states:{region}:{account}:execution:{name}:")


def test_accounts_and_regions_do_not_see_each_other(server, unique):
    mine = step_functions(server.url, key="111111111111")
    theirs = step_functions(server.url, key="222222222222")
    elsewhere = step_functions(server.url, key="111111111111", region="eu-central-1")
    name = unique()
    arn = mine.create_state_machine(name=name, definition=PASS, roleArn=ROLE)["stateMachineArn"]
    for other in [theirs, elsewhere]:
        listed = other.list_state_machines(maxResults=1000)["stateMachines"]
        assert arn not in [item["stateMachineArn"] for item in listed]
        made = other.create_state_machine(name=name, definition=PASS, roleArn=ROLE)
        assert made["stateMachineArn"] != arn


def test_another_account_s_arn_opens_nothing(server, unique):
    mine = step_functions(server.url, key="111111111111")
    theirs = step_functions(server.url, key="222222222222")
    arn = mine.create_state_machine(name=unique(), definition=PASS, roleArn=ROLE)["stateMachineArn"]
    with pytest.raises(theirs.exceptions.ClientError) as refused:
        theirs.describe_state_machine(stateMachineArn=arn)
    code = refused.value.response["Error"]["Code"]
    assert code in ["StateMachineDoesNotExist", "AccessDeniedException"]
    with contextlib.suppress(theirs.exceptions.ClientError):
        theirs.delete_state_machine(stateMachineArn=arn)
    assert mine.describe_state_machine(stateMachineArn=arn)["status"] == "ACTIVE"


def test_a_task_starts_no_state_machine_of_another_account(server, unique):
    mine = step_functions(server.url, key="111111111111")
    theirs = step_functions(server.url, key="222222222222")
    child = mine.create_state_machine(name=unique(), definition=PASS, roleArn=ROLE)
    child = child["stateMachineArn"]
    task = {
        "Type": "Task",
        "Resource": "arn:aws:states:::states:startExecution",
        "Parameters": {"StateMachineArn": child},
        "End": True,
    }
    definition = json.dumps({"StartAt": "A", "States": {"A": task}})
    parent = theirs.create_state_machine(name=unique(), definition=definition, roleArn=ROLE)
    started = theirs.start_execution(stateMachineArn=parent["stateMachineArn"])
    closed = ended(theirs, started["executionArn"])
    assert closed["error"] == "StepFunctions.AccessDeniedException"
    assert child in closed["cause"]
    assert mine.list_executions(stateMachineArn=child)["executions"] == []
