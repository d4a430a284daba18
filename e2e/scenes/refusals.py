"""Requests that are refused: each error that an action can answer."""

import json

from clients import ROLE, ended

from scenes import LAMBDA, PASS, PREFIX, scene

DEFINITION = json.dumps({"StartAt": "A", "States": {"A": PASS}})
ABSENT = "nobody-made-this"
MACHINE = f"{PREFIX}:stateMachine:{ABSENT}"
EXECUTION = f"{PREFIX}:execution:{ABSENT}:e"
ACTIVITY = f"{PREFIX}:activity:{ABSENT}"
NO_ARN = "nonsense"
NO_TOKEN = "nonsense"
KEYLESS = {"type": "CUSTOMER_MANAGED_KMS_KEY"}
MANY_TAGS = [{"key": f"k{number}", "value": ""} for number in range(51)]


@scene("arguments that are no ARNs")
def no_arns(stage):
    subjects = {
        "stateMachineArn": [
            "describe_state_machine",
            "delete_state_machine",
            "list_executions",
            "list_state_machine_aliases",
            "list_state_machine_versions",
            "publish_state_machine_version",
            "start_execution",
            "start_sync_execution",
        ],
        "executionArn": [
            "describe_execution",
            "describe_state_machine_for_execution",
            "get_execution_history",
            "redrive_execution",
            "stop_execution",
        ],
        "activityArn": ["delete_activity", "describe_activity", "get_activity_task"],
        "resourceArn": ["list_tags_for_resource"],
        "stateMachineVersionArn": ["delete_state_machine_version"],
        "stateMachineAliasArn": ["delete_state_machine_alias", "describe_state_machine_alias"],
    }
    for member, actions in subjects.items():
        for action in actions:
            stage.refused("InvalidArn", action, **{member: NO_ARN})
    tags, keys = [{"key": "k", "value": "v"}], ["k"]
    route = {"stateMachineVersionArn": NO_ARN, "weight": 100}
    refused = stage.refused
    refused("InvalidArn", "tag_resource", resourceArn=NO_ARN, tags=tags)
    refused("InvalidArn", "untag_resource", resourceArn=NO_ARN, tagKeys=keys)
    refused("InvalidArn", "update_state_machine", stateMachineArn=NO_ARN, roleArn=ROLE)
    refused("InvalidArn", "create_state_machine_alias", name="A", routingConfiguration=[route])
    refused(
        "InvalidArn", "update_state_machine_alias", stateMachineAliasArn=NO_ARN, description="x"
    )
    refused(
        "InvalidArn",
        "create_state_machine",
        name="a",
        definition=DEFINITION,
        roleArn=NO_ARN,
    )


@scene("things that do not exist")
def absent(stage):
    refused = stage.refused
    for action in [
        "describe_state_machine",
        "list_executions",
        "list_state_machine_aliases",
        "publish_state_machine_version",
        "start_execution",
        "start_sync_execution",
    ]:
        refused("StateMachineDoesNotExist", action, stateMachineArn=MACHINE)
    refused(
        "StateMachineDoesNotExist", "update_state_machine", stateMachineArn=MACHINE, roleArn=ROLE
    )
    for action in [
        "describe_execution",
        "describe_state_machine_for_execution",
        "get_execution_history",
        "redrive_execution",
        "stop_execution",
    ]:
        refused("ExecutionDoesNotExist", action, executionArn=EXECUTION)
    for action in ["describe_activity", "get_activity_task"]:
        refused("ActivityDoesNotExist", action, activityArn=ACTIVITY)
    alias = {"stateMachineAliasArn": f"{MACHINE}:LIVE"}
    route = {"stateMachineVersionArn": f"{MACHINE}:1", "weight": 100}
    refused("ResourceNotFound", "describe_state_machine_alias", **alias)
    refused("ResourceNotFound", "update_state_machine_alias", description="x", **alias)
    refused(
        "ResourceNotFound", "create_state_machine_alias", name="A", routingConfiguration=[route]
    )
    there = stage.create({"A": PASS})
    refused("ResourceNotFound", "list_state_machine_aliases", stateMachineArn=f"{there}:1")
    run = f"{PREFIX}:mapRun:{ABSENT}/L:00000000-0000-0000-0000-000000000000"
    refused("ResourceNotFound", "list_executions", mapRunArn=run)
    tags = [{"key": "k", "value": "v"}]
    refused("ResourceNotFound", "tag_resource", resourceArn=ACTIVITY, tags=tags)
    refused("ResourceNotFound", "untag_resource", resourceArn=ACTIVITY, tagKeys=["k"])
    refused("ResourceNotFound", "list_tags_for_resource", resourceArn=ACTIVITY)


@scene("page tokens that nobody gave out")
def page_tokens(stage):
    machine = stage.create({"A": PASS})
    execution = stage.finish(stage.start(machine))
    stage.refused("InvalidToken", "list_state_machines", nextToken=NO_TOKEN)
    stage.refused("InvalidToken", "list_activities", nextToken=NO_TOKEN)
    for action in ["list_executions", "list_state_machine_aliases", "list_state_machine_versions"]:
        stage.refused("InvalidToken", action, stateMachineArn=machine, nextToken=NO_TOKEN)
    for action in ["get_execution_history"]:
        stage.refused("InvalidToken", action, executionArn=execution, nextToken=NO_TOKEN)


@scene("definitions and settings that cannot be")
def definitions(stage):
    refused, machine = stage.refused, stage.create({"A": PASS})
    new = {"name": stage.name(), "definition": DEFINITION, "roleArn": ROLE}
    logging = {"loggingConfiguration": {"level": "ALL"}}
    for error, fields in [
        ("InvalidDefinition", {"definition": "{}"}),
        ("InvalidLoggingConfiguration", logging),
        ("InvalidEncryptionConfiguration", {"encryptionConfiguration": KEYLESS}),
        ("ValidationException", {"versionDescription": "without publish"}),
    ]:
        refused(error, "create_state_machine", **{**new, **fields})
        update = {"stateMachineArn": machine, "roleArn": ROLE, **fields}
        refused(error, "update_state_machine", **update)
    refused("InvalidName", "create_state_machine", **{**new, "name": "a b"})
    refused("TooManyTags", "create_state_machine", tags=MANY_TAGS, **new)
    refused("MissingRequiredParameter", "update_state_machine", stateMachineArn=machine)
    taken = machine.rsplit(":", 1)[1]
    other = json.dumps({"StartAt": "B", "States": {"B": PASS}})
    refused(
        "StateMachineAlreadyExists",
        "create_state_machine",
        **{**new, "name": taken, "definition": other},
    )
    refused(
        "ConflictException",
        "publish_state_machine_version",
        stateMachineArn=machine,
        revisionId="another",
    )
    refused("ValidationException", "delete_state_machine", stateMachineArn=f"{machine}/Label")
    refused("ValidationException", "validate_state_machine_definition", definition="{}", type="X")


@scene("aliases that cannot be")
def aliases(stage):
    refused, machine = stage.refused, stage.create({"A": PASS})
    version = stage.sfn.publish_state_machine_version(stateMachineArn=machine)
    route = {"stateMachineVersionArn": version["stateMachineVersionArn"], "weight": 99}
    whole = {**route, "weight": 100}
    refused(
        "ValidationException", "create_state_machine_alias", name="A", routingConfiguration=[route]
    )
    alias = stage.sfn.create_state_machine_alias(name="A", routingConfiguration=[whole])
    refused(
        "ConflictException",
        "create_state_machine_alias",
        name="A",
        description="other",
        routingConfiguration=[whole],
    )
    refused("ValidationException", "update_state_machine_alias", **{
        "stateMachineAliasArn": alias["stateMachineAliasArn"]
    })
    long = {"stateMachineAliasArn": f"{machine}:{'a' * 257}"}
    refused("ValidationException", "describe_state_machine_alias", **long)
    refused("ValidationException", "delete_state_machine_alias", **long)
    refused(
        "ValidationException", "delete_state_machine_version", stateMachineVersionArn="a" * 2001
    )
    many = {"stateMachineArn": machine, "maxResults": 1001}
    refused("ValidationException", "list_state_machine_versions", **many)
    refused(
        "ValidationException",
        "publish_state_machine_version",
        stateMachineArn=machine,
        description="a" * 257,
    )


@scene("a state machine full of versions and aliases")
def quotas(stage):
    machine = stage.create({"A": PASS})
    version = stage.sfn.publish_state_machine_version(stateMachineArn=machine)
    routes = [{"stateMachineVersionArn": version["stateMachineVersionArn"], "weight": 100}]
    for number in range(100):
        stage.sfn.create_state_machine_alias(name=f"a{number}", routingConfiguration=routes)
    stage.refused(
        "ServiceQuotaExceededException",
        "create_state_machine_alias",
        name="one-more",
        routingConfiguration=routes,
    )


@scene("activities and tags that cannot be")
def activities(stage):
    refused, sfn = stage.refused, stage.sfn
    name = stage.name()
    activity = sfn.create_activity(name=name)["activityArn"]
    refused("InvalidName", "create_activity", name="a b")
    refused("TooManyTags", "create_activity", name=name, tags=MANY_TAGS)
    refused("TooManyTags", "tag_resource", resourceArn=activity, tags=MANY_TAGS)
    refused(
        "InvalidEncryptionConfiguration",
        "create_activity",
        name=name,
        encryptionConfiguration=KEYLESS,
    )
    keyed = {**KEYLESS, "kmsKeyId": "alias/scenes"}
    refused("ActivityAlreadyExists", "create_activity", name=name, encryptionConfiguration=keyed)


@scene("executions that cannot be")
def executions(stage):
    refused, sfn = stage.refused, stage.sfn
    machine = stage.create({"A": PASS})
    express = stage.create({"A": PASS}, kind="EXPRESS")
    start = {"stateMachineArn": machine}
    name = stage.name()
    ended(sfn, sfn.start_execution(name=name, **start)["executionArn"])
    refused("ExecutionAlreadyExists", "start_execution", name=name, **start)
    refused("InvalidExecutionInput", "start_execution", input="{", **start)
    refused("InvalidName", "start_execution", name="a b", **start)
    refused("ValidationException", "start_execution", name="", **start)
    sync = {"stateMachineArn": express}
    refused("InvalidExecutionInput", "start_sync_execution", input="{", **sync)
    refused("InvalidName", "start_sync_execution", name="a b", **sync)
    refused("StateMachineTypeNotSupported", "start_sync_execution", **start)
    refused("StateMachineTypeNotSupported", "list_executions", **sync)
    refused("ValidationException", "list_executions", statusFilter="x", **start)
    refused("ValidationException", "stop_execution", executionArn=EXECUTION, error="e" * 257)


@scene("reports about tasks that are none")
def reports(stage):
    refused = stage.refused
    refused("InvalidToken", "send_task_success", taskToken=NO_TOKEN, output="{}")
    refused("InvalidOutput", "send_task_success", taskToken=NO_TOKEN, output="{")
    refused("InvalidToken", "send_task_failure", taskToken=NO_TOKEN)
    refused("InvalidToken", "send_task_heartbeat", taskToken=NO_TOKEN)
