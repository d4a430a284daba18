"""State machines over boto3: create, describe, update, list, validate, tag, delete."""

import datetime
import json

import pytest

from clients import ACCOUNT, REGION, ROLE, ended

PASS = json.dumps({"StartAt": "A", "States": {"A": {"Type": "Pass", "End": True}}})
OTHER = json.dumps({"StartAt": "B", "States": {"B": {"Type": "Succeed"}}})
UNKNOWN = f"arn:aws:states:{REGION}:{ACCOUNT}:stateMachine:nobody-made-this"


def create(sfn, name, definition=PASS, **fields):
    return sfn.create_state_machine(name=name, definition=definition, roleArn=ROLE, **fields)


def test_a_created_machine_is_described_as_it_was_given(sfn, unique):
    name = unique()
    created = create(sfn, name)
    described = sfn.describe_state_machine(stateMachineArn=created["stateMachineArn"])
    assert created["stateMachineArn"] == f"arn:aws:states:{REGION}:{ACCOUNT}:stateMachine:{name}"
    assert isinstance(created["creationDate"], datetime.datetime)
    assert described["name"] == name
    assert described["definition"] == PASS
    assert described["roleArn"] == ROLE
    assert described["type"] == "STANDARD"
    assert described["status"] == "ACTIVE"
    assert described["creationDate"] == created["creationDate"]
    assert described["loggingConfiguration"] == {"level": "OFF", "includeExecutionData": False}
    assert described["tracingConfiguration"] == {"enabled": False}
    assert "revisionId" not in described


def test_creating_the_same_machine_again_gives_the_same_answer(sfn, unique):
    name = unique()
    first, second = create(sfn, name), create(sfn, name)
    assert first["stateMachineArn"] == second["stateMachineArn"]
    assert first["creationDate"] == second["creationDate"]


@pytest.mark.parametrize("change", [{"definition": OTHER}, {"type": "EXPRESS"}])
def test_a_taken_name_is_refused(sfn, unique, change):
    name = unique()
    arn = create(sfn, name)["stateMachineArn"]
    with pytest.raises(sfn.exceptions.StateMachineAlreadyExists) as refused:
        create(sfn, name, **change)
    assert refused.value.response["Error"]["Message"] == f"State Machine Already Exists: '{arn}'"


def test_an_equal_definition_in_other_words_is_another_definition(sfn, unique):
    name = unique()
    create(sfn, name)
    with pytest.raises(sfn.exceptions.StateMachineAlreadyExists):
        create(sfn, name, definition=json.dumps(json.loads(PASS), indent=2))


@pytest.mark.parametrize("name", ["a b", "a*", "a?", "a:b", "a/b", "a{", "a|b", "a\n", "a$", "a,b"])
def test_a_forbidden_character_in_a_name_is_refused(sfn, name):
    with pytest.raises(sfn.exceptions.InvalidName) as refused:
        create(sfn, name)
    assert refused.value.response["Error"]["Message"] == f"Invalid Name: '{name}'"


@pytest.mark.parametrize(
    "definition, code",
    [
        ("{", "INVALID_JSON_DESCRIPTION"),
        ("[]", "SCHEMA_VALIDATION_FAILED"),
        ("{}", "SCHEMA_VALIDATION_FAILED"),
        ('{"StartAt": "A", "States": {}}', "SCHEMA_VALIDATION_FAILED"),
        ('{"StartAt": "B", "States": {"A": {"Type": "Succeed"}}}', "MISSING_TRANSITION_TARGET"),
        (
            '{"StartAt": "A", "States": {"A": {"Type": "Pass", "Next": "B"}}}',
            "MISSING_TRANSITION_TARGET",
        ),
        (
            '{"StartAt": "A", "States": {"A": {"Type": "Pass", "Next": "A"}}}',
            "MISSING_END_STATE",
        ),
    ],
)
def test_a_broken_definition_is_refused_and_says_why(sfn, unique, definition, code):
    name = unique()
    with pytest.raises(sfn.exceptions.InvalidDefinition) as refused:
        create(sfn, name, definition=definition)
    assert "Invalid State Machine Definition: '" in str(refused.value)
    assert f"{code}: " in str(refused.value)
    with pytest.raises(sfn.exceptions.StateMachineDoesNotExist):
        arn = f"arn:aws:states:{REGION}:{ACCOUNT}:stateMachine:{name}"
        sfn.describe_state_machine(stateMachineArn=arn)


def test_validation_returns_every_problem_with_its_place(sfn):
    definition = {
        "StartAt": "A",
        "States": {
            "A": {"Type": "Pass", "Next": "Nowhere"},
            "B": {"Type": "Sing", "End": True},
            "C": {"Type": "Succeed"},
        },
    }
    answer = sfn.validate_state_machine_definition(definition=json.dumps(definition))
    assert answer["result"] == "FAIL"
    assert answer["truncated"] is False
    places = {problem["location"] for problem in answer["diagnostics"]}
    assert {"/States/A/Next", "/States/B/Type"} <= places
    assert all(problem["severity"] == "ERROR" for problem in answer["diagnostics"])


def test_validation_of_a_good_definition_says_ok(sfn):
    answer = sfn.validate_state_machine_definition(definition=PASS)
    assert (answer["result"], answer["diagnostics"]) == ("OK", [])


def test_an_update_gives_a_revision_and_running_executions_keep_theirs(sfn, machine, start):
    slow = machine({"Hold": {"Type": "Wait", "Seconds": 3600, "End": True}})
    execution = start(slow)
    before = sfn.describe_state_machine(stateMachineArn=slow)["definition"]
    updated = sfn.update_state_machine(stateMachineArn=slow, definition=PASS)
    described = sfn.describe_state_machine(stateMachineArn=slow)
    assert described["definition"] == PASS
    assert described["revisionId"] == updated["revisionId"]
    assert isinstance(updated["updateDate"], datetime.datetime)
    used = sfn.describe_state_machine_for_execution(executionArn=execution)
    assert used["definition"] == before
    assert used["stateMachineArn"] == slow
    assert ended(sfn, start(slow))["status"] == "SUCCEEDED"
    sfn.stop_execution(executionArn=execution)


def test_an_update_that_changes_nothing_keeps_the_revision(sfn, unique):
    arn = create(sfn, unique())["stateMachineArn"]
    first = sfn.update_state_machine(stateMachineArn=arn, definition=OTHER)
    second = sfn.update_state_machine(stateMachineArn=arn, definition=OTHER)
    assert first["revisionId"] == second["revisionId"]


def test_an_update_of_nothing_is_refused(sfn, unique):
    arn = create(sfn, unique())["stateMachineArn"]
    with pytest.raises(sfn.exceptions.MissingRequiredParameter):
        sfn.update_state_machine(stateMachineArn=arn)


def test_a_broken_update_leaves_the_machine_as_it_was(sfn, unique):
    arn = create(sfn, unique())["stateMachineArn"]
    with pytest.raises(sfn.exceptions.InvalidDefinition):
        sfn.update_state_machine(stateMachineArn=arn, definition="{}")
    assert sfn.describe_state_machine(stateMachineArn=arn)["definition"] == PASS


def test_unknown_machines_are_told_by_their_arn(sfn):
    for call in [
        lambda: sfn.describe_state_machine(stateMachineArn=UNKNOWN),
        lambda: sfn.update_state_machine(stateMachineArn=UNKNOWN, definition=PASS),
        lambda: sfn.start_execution(stateMachineArn=UNKNOWN),
        lambda: sfn.list_executions(stateMachineArn=UNKNOWN),
    ]:
        with pytest.raises(sfn.exceptions.StateMachineDoesNotExist) as refused:
            call()
        expected = f"State Machine Does Not Exist: '{UNKNOWN}'"
        assert refused.value.response["Error"]["Message"] == expected


@pytest.mark.parametrize("arn", ["nonsense", "arn:aws:s3:::bucket", "arn:aws:states:us-east-1"])
def test_what_is_no_arn_is_refused(sfn, arn):
    with pytest.raises(sfn.exceptions.InvalidArn):
        sfn.describe_state_machine(stateMachineArn=arn)


def test_a_deleted_machine_is_gone_and_deleting_is_repeatable(sfn, unique):
    arn = create(sfn, unique())["stateMachineArn"]
    sfn.delete_state_machine(stateMachineArn=arn)
    sfn.delete_state_machine(stateMachineArn=arn)
    with pytest.raises(sfn.exceptions.StateMachineDoesNotExist):
        sfn.describe_state_machine(stateMachineArn=arn)


def test_listing_comes_in_pages_and_misses_nothing(sfn, unique):
    mine = {create(sfn, unique("page"))["stateMachineArn"] for _ in range(7)}
    pages = list(sfn.get_paginator("list_state_machines").paginate(PaginationConfig={"PageSize": 3}))
    listed = [item["stateMachineArn"] for page in pages for item in page["stateMachines"]]
    assert all(len(page["stateMachines"]) <= 3 for page in pages)
    assert mine <= set(listed)
    assert len(listed) == len(set(listed))


def test_a_page_token_nobody_gave_out_is_refused(sfn):
    with pytest.raises(sfn.exceptions.InvalidToken) as refused:
        sfn.list_state_machines(nextToken="made up")
    assert refused.value.response["Error"]["Message"] == "Invalid Token: 'Invalid token'"


def test_a_page_larger_than_allowed_is_refused(sfn):
    with pytest.raises(sfn.exceptions.ValidationException) as refused:
        sfn.list_state_machines(maxResults=1001)
    assert "less than or equal to 1000" in str(refused.value)


def test_tags_are_kept_overwritten_and_removed(sfn, unique):
    arn = create(sfn, unique(), tags=[{"key": "team", "value": "a"}])["stateMachineArn"]
    sfn.tag_resource(
        resourceArn=arn, tags=[{"key": "team", "value": "b"}, {"key": "cost", "value": ""}]
    )
    tags = {tag["key"]: tag["value"] for tag in sfn.list_tags_for_resource(resourceArn=arn)["tags"]}
    assert tags == {"team": "b", "cost": ""}
    sfn.untag_resource(resourceArn=arn, tagKeys=["cost", "never there"])
    assert sfn.list_tags_for_resource(resourceArn=arn)["tags"] == [{"key": "team", "value": "b"}]


def test_of_tags_with_one_key_the_last_counts(sfn, unique):
    tags = [{"key": "team", "value": "a"}, {"key": "team", "value": "b"}]
    arn = create(sfn, unique(), tags=tags)["stateMachineArn"]
    assert sfn.list_tags_for_resource(resourceArn=arn)["tags"] == [tags[1]]


def test_too_many_tags_and_tags_of_nothing_are_refused(sfn, unique):
    arn = create(sfn, unique())["stateMachineArn"]
    with pytest.raises(sfn.exceptions.TooManyTags):
        tags = [{"key": f"k{n}", "value": "v"} for n in range(51)]
        sfn.tag_resource(resourceArn=arn, tags=tags)
    with pytest.raises(sfn.exceptions.ResourceNotFound):
        sfn.list_tags_for_resource(resourceArn=UNKNOWN)


def test_what_a_labelled_map_runs_is_described(sfn, machine, unique):
    config = {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}
    inner = {"StartAt": "I", "States": {"I": {"Type": "Pass", "End": True}}}
    processor = {"ProcessorConfig": config, **inner}
    name = unique()
    arn = machine(
        {"M": {"Type": "Map", "Label": "Items", "ItemProcessor": processor, "End": True}}, name=name
    )
    described = sfn.describe_state_machine(stateMachineArn=f"{arn}/Items")
    assert (described["label"], described["name"]) == ("Items", f"{name}/Items")
    assert described["stateMachineArn"] == f"{arn}/Items"
    assert json.loads(described["definition"])["States"] == inner["States"]
    assert "label" not in sfn.describe_state_machine(stateMachineArn=arn)
    with pytest.raises(sfn.exceptions.StateMachineDoesNotExist):
        sfn.describe_state_machine(stateMachineArn=f"{arn}/Others")


@pytest.mark.parametrize("group", ["my-group", "arn:aws:s3:::bucket", "arn:aws:logs:r:1:log-group:"])
def test_logs_go_to_log_groups_only(sfn, unique, group):
    logging = {
        "level": "ALL",
        "destinations": [{"cloudWatchLogsLogGroup": {"logGroupArn": group}}],
    }
    with pytest.raises(sfn.exceptions.InvalidLoggingConfiguration) as refused:
        create(sfn, unique(), loggingConfiguration=logging)
    message = refused.value.response["Error"]["Message"]
    assert message == "Invalid Logging Configuration: Log Destination not found."
