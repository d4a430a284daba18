"""Versions and aliases over boto3."""

import json

import pytest

from clients import ROLE, ended, eventually, history


def passing(result):
    state = {"Type": "Pass", "Result": result, "End": True}
    return json.dumps({"StartAt": "A", "States": {"A": state}})


@pytest.fixture
def published(sfn, unique):
    """A state machine with two versions: the first answers 1, the second 2."""
    created = sfn.create_state_machine(
        name=unique(), definition=passing(1), roleArn=ROLE, publish=True, versionDescription="one"
    )
    machine = created["stateMachineArn"]
    assert created["stateMachineVersionArn"] == f"{machine}:1"
    updated = sfn.update_state_machine(
        stateMachineArn=machine, definition=passing(2), publish=True, versionDescription="two"
    )
    assert updated["stateMachineVersionArn"] == f"{machine}:2"
    return machine


def routes(machine, **weights):
    return [
        {"stateMachineVersionArn": f"{machine}:{version[1:]}", "weight": weight}
        for version, weight in weights.items()
    ]


def test_versions_are_listed_newest_first_and_described_as_they_were(sfn, published):
    listed = sfn.list_state_machine_versions(stateMachineArn=published)["stateMachineVersions"]
    arns = [version["stateMachineVersionArn"] for version in listed]
    assert arns == [f"{published}:2", f"{published}:1"]
    first = sfn.describe_state_machine(stateMachineArn=f"{published}:1")
    assert (first["stateMachineArn"], first["description"]) == (f"{published}:1", "one")
    assert first["definition"] == passing(1)
    assert "revisionId" not in first
    assert first["creationDate"] == listed[1]["creationDate"]
    second = sfn.describe_state_machine(stateMachineArn=f"{published}:2")
    now = sfn.describe_state_machine(stateMachineArn=published)
    assert second["revisionId"] == now["revisionId"]
    assert "description" not in now


def test_an_alias_is_described_as_the_version_most_starts_go_to(sfn, published):
    alias = sfn.create_state_machine_alias(
        name="PROD", routingConfiguration=routes(published, v2=20, v1=80)
    )["stateMachineAliasArn"]
    described = sfn.describe_state_machine(stateMachineArn=alias)
    assert (described["stateMachineArn"], described["description"]) == (alias, "one")
    assert described["definition"] == passing(1)
    with pytest.raises(sfn.exceptions.StateMachineDoesNotExist):
        sfn.describe_state_machine(stateMachineArn=f"{published}:NONE")


def test_publishing_an_unchanged_revision_gives_its_version(sfn, published):
    again = sfn.publish_state_machine_version(stateMachineArn=published, description="other")
    assert again["stateMachineVersionArn"] == f"{published}:2"
    with pytest.raises(sfn.exceptions.ConflictException) as refused:
        sfn.publish_state_machine_version(stateMachineArn=published, revisionId="INITIAL")
    revision = sfn.describe_state_machine(stateMachineArn=published)["revisionId"]
    assert refused.value.response["Error"]["Message"] == (
        "Failed to publish the State Machine version for revision INITIAL. The current State "
        f"Machine revision is {revision}."
    )


def test_an_execution_of_a_version_runs_it_and_says_so(sfn, published, start):
    execution = start(f"{published}:1")
    described = ended(sfn, execution)
    assert described["output"] == "1"
    assert described["stateMachineArn"] == published
    assert described["stateMachineVersionArn"] == f"{published}:1"
    assert "stateMachineAliasArn" not in described
    started = history(sfn, execution)[0]["executionStartedEventDetails"]
    assert started["stateMachineVersionArn"] == f"{published}:1"
    assert "stateMachineAliasArn" not in started


def test_an_alias_sends_executions_to_its_versions(sfn, published, start):
    alias = sfn.create_state_machine_alias(
        name="PROD", routingConfiguration=routes(published, v1=100)
    )["stateMachineAliasArn"]
    assert alias == f"{published}:PROD"
    first = ended(sfn, start(alias))
    assert (first["output"], first["stateMachineAliasArn"]) == ("1", alias)
    assert first["stateMachineVersionArn"] == f"{published}:1"
    sfn.update_state_machine_alias(
        stateMachineAliasArn=alias, routingConfiguration=routes(published, v1=0, v2=100)
    )
    assert ended(sfn, start(alias))["output"] == "2"
    described = sfn.describe_state_machine_alias(stateMachineAliasArn=alias)
    assert described["routingConfiguration"] == routes(published, v1=0, v2=100)
    assert described["updateDate"] > described["creationDate"]


def test_executions_are_listed_by_version_and_by_alias(sfn, published, start):
    alias = sfn.create_state_machine_alias(
        name="PROD", routingConfiguration=routes(published, v1=100)
    )["stateMachineAliasArn"]
    first, by_alias, plain = start(f"{published}:1"), start(alias), start(published)
    for execution in [first, by_alias, plain]:
        ended(sfn, execution)

    def listed(arn, **fields):
        found = sfn.list_executions(stateMachineArn=arn, **fields)["executions"]
        return [execution["executionArn"] for execution in found]

    assert listed(published) == [plain, by_alias, first]
    assert listed(f"{published}:1") == [by_alias, first]
    assert listed(f"{published}:1", statusFilter="FAILED") == []
    assert listed(f"{published}:2") == []
    assert listed(alias) == [by_alias]
    [item] = sfn.list_executions(stateMachineArn=alias)["executions"]
    assert item["stateMachineArn"] == published
    assert item["stateMachineVersionArn"] == f"{published}:1"
    assert item["stateMachineAliasArn"] == alias
    assert "stateMachineVersionArn" not in sfn.list_executions(stateMachineArn=published)[
        "executions"
    ][0]
    with pytest.raises(sfn.exceptions.StateMachineDoesNotExist):
        sfn.list_executions(stateMachineArn=f"{published}:3")


def test_a_task_starts_executions_by_version_and_alias(sfn, published, machine, start):
    alias = sfn.create_state_machine_alias(
        name="PROD", routingConfiguration=routes(published, v1=100)
    )["stateMachineAliasArn"]
    for target, more in [(f"{published}:1", {}), (alias, {"StateMachineAliasArn": alias})]:
        task = {
            "Type": "Task",
            "Resource": "arn:aws:states:::states:startExecution.sync:2",
            "Parameters": {"StateMachineArn": target},
            "End": True,
        }
        child = json.loads(ended(sfn, start(machine({"Child": task})))["output"])
        assert child["Output"] == 1
        assert child["StateMachineArn"] == published
        assert child["StateMachineVersionArn"] == f"{published}:1"
        assert child.get("StateMachineAliasArn") == more.get("StateMachineAliasArn")


def test_an_express_execution_of_a_version_runs_it(sfn, unique):
    created = sfn.create_state_machine(
        name=unique(), definition=passing(1), roleArn=ROLE, type="EXPRESS", publish=True
    )
    sfn.update_state_machine(stateMachineArn=created["stateMachineArn"], definition=passing(2))
    answer = sfn.start_sync_execution(stateMachineArn=created["stateMachineVersionArn"])
    assert (answer["output"], answer["stateMachineArn"]) == ("1", created["stateMachineArn"])


def test_an_even_alias_uses_both_versions(sfn, published, start):
    alias = sfn.create_state_machine_alias(
        name="EVEN", routingConfiguration=routes(published, v1=50, v2=50)
    )["stateMachineAliasArn"]
    # 64 throws of a coin that all fall alike are beyond belief.
    outputs = {ended(sfn, start(alias))["output"] for _ in range(64)}
    assert outputs == {"1", "2"}


def test_a_version_stays_while_an_alias_needs_it(sfn, published, start):
    alias = sfn.create_state_machine_alias(
        name="PROD", routingConfiguration=routes(published, v1=100)
    )["stateMachineAliasArn"]
    with pytest.raises(sfn.exceptions.ConflictException) as refused:
        sfn.delete_state_machine_version(stateMachineVersionArn=f"{published}:1")
    assert refused.value.response["Error"]["Message"].endswith("[PROD]")
    sfn.delete_state_machine_alias(stateMachineAliasArn=alias)
    sfn.delete_state_machine_alias(stateMachineAliasArn=alias)
    sfn.delete_state_machine_version(stateMachineVersionArn=f"{published}:1")
    for gone in [alias, f"{published}:1"]:
        with pytest.raises(sfn.exceptions.StateMachineDoesNotExist) as missing:
            start(gone)
        message = missing.value.response["Error"]["Message"]
        assert message == f"State Machine Does Not Exist: '{gone}'"
    with pytest.raises(sfn.exceptions.ResourceNotFound):
        sfn.describe_state_machine_alias(stateMachineAliasArn=alias)


def test_aliases_are_paged(sfn, published):
    names = ["C", "A", "B"]
    for name in names:
        sfn.create_state_machine_alias(name=name, routingConfiguration=routes(published, v2=100))
    pages = list(alias_pages(sfn, published))
    listed = [
        alias["stateMachineAliasArn"].rsplit(":", 1)[1]
        for page in pages
        for alias in page["stateMachineAliases"]
    ]
    assert (listed, len(pages)) == (names, 2)
    of_first = sfn.list_state_machine_aliases(stateMachineArn=f"{published}:1")
    assert of_first["stateMachineAliases"] == []


def alias_pages(sfn, machine):
    token = {}
    while True:
        page = sfn.list_state_machine_aliases(stateMachineArn=machine, maxResults=2, **token)
        yield page
        if "nextToken" not in page:
            return
        token = {"nextToken": page["nextToken"]}


def test_a_state_machine_takes_versions_and_aliases_with_it(sfn, published, start):
    sfn.create_state_machine_alias(name="PROD", routingConfiguration=routes(published, v1=100))
    sfn.delete_state_machine(stateMachineArn=published)
    assert sfn.list_state_machine_versions(stateMachineArn=published)["stateMachineVersions"] == []
    with pytest.raises(sfn.exceptions.StateMachineDoesNotExist):
        sfn.list_state_machine_aliases(stateMachineArn=published)
    with pytest.raises(sfn.exceptions.StateMachineDoesNotExist):
        start(f"{published}:PROD")


def test_a_state_machine_is_deleting_while_executions_run(sfn, unique, machine, start):
    name = unique()
    slow = machine({"Hold": {"Type": "Wait", "Seconds": 3600, "End": True}}, name=name)
    execution = start(slow)
    sfn.delete_state_machine(stateMachineArn=slow)
    assert sfn.describe_state_machine(stateMachineArn=slow)["status"] == "DELETING"
    with pytest.raises(sfn.exceptions.StateMachineDeleting):
        start(slow)
    with pytest.raises(sfn.exceptions.StateMachineDeleting):
        machine({"Other": {"Type": "Succeed"}}, name=name)
    sfn.stop_execution(executionArn=execution)

    def is_gone():
        try:
            sfn.describe_state_machine(stateMachineArn=slow)
        except sfn.exceptions.StateMachineDoesNotExist:
            return True
        return False

    eventually(is_gone)
    again = machine({"Other": {"Type": "Succeed"}}, name=name)
    assert sfn.list_executions(stateMachineArn=again)["executions"] == []
