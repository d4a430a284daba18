"""Versions and aliases."""

import json

from scenes import PASS, scene


@scene("versions and aliases")
def publications(stage):
    sfn = stage.sfn
    machine = stage.create({"A": PASS})
    first = sfn.publish_state_machine_version(
        stateMachineArn=machine, revisionId="INITIAL", description="the first"
    )["stateMachineVersionArn"]
    definition = json.dumps({"StartAt": "B", "States": {"B": PASS}})
    sfn.update_state_machine(stateMachineArn=machine, definition=definition)
    second = sfn.publish_state_machine_version(stateMachineArn=machine)["stateMachineVersionArn"]
    page = sfn.list_state_machine_versions(stateMachineArn=machine, maxResults=1)
    sfn.list_state_machine_versions(stateMachineArn=machine, nextToken=page["nextToken"])

    only = [{"stateMachineVersionArn": first, "weight": 100}]
    alias = sfn.create_state_machine_alias(
        name="LIVE", description="live", routingConfiguration=only
    )["stateMachineAliasArn"]
    sfn.create_state_machine_alias(name="NEXT", routingConfiguration=only)
    sfn.update_state_machine_alias(
        stateMachineAliasArn=alias,
        description="split",
        routingConfiguration=[
            {"stateMachineVersionArn": first, "weight": 100},
            {"stateMachineVersionArn": second, "weight": 0},
        ],
    )
    sfn.describe_state_machine_alias(stateMachineAliasArn=alias)
    page = sfn.list_state_machine_aliases(stateMachineArn=machine, maxResults=1)
    sfn.list_state_machine_aliases(stateMachineArn=machine, nextToken=page["nextToken"])

    execution = stage.finish(stage.start(alias))
    sfn.describe_execution(executionArn=execution)
    sfn.list_executions(stateMachineArn=alias)
    stage.refused(
        "ConflictException", "delete_state_machine_version", stateMachineVersionArn=first
    )
    sfn.delete_state_machine_alias(stateMachineAliasArn=alias)
    sfn.delete_state_machine_alias(stateMachineAliasArn=f"{machine}:NEXT")
    sfn.delete_state_machine_version(stateMachineVersionArn=first)
