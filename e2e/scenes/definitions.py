"""State machines, activities and their tags."""

import json

from clients import ROLE

from scenes import PASS, scene

KEY = {
    "type": "CUSTOMER_MANAGED_KMS_KEY",
    "kmsKeyId": "alias/scenes",
    "kmsDataKeyReusePeriodSeconds": 600,
}
LOGGING = {
    "level": "ALL",
    "includeExecutionData": True,
    "destinations": [
        {
            "cloudWatchLogsLogGroup": {
                "logGroupArn": "arn:aws:logs:us-east-1:000000000000:log-group:scenes:*"
            }
        }
    ],
}
VARIABLES = {
    "A": {"Type": "Pass", "Assign": {"x": 1}, "Next": "B"},
    "B": {"Type": "Pass", "Parameters": {"x.$": "$x"}, "End": True},
}


@scene("a state machine with every setting")
def machines(stage):
    sfn, name = stage.sfn, stage.name()
    machine = stage.create(
        VARIABLES,
        name=name,
        loggingConfiguration=LOGGING,
        tracingConfiguration={"enabled": True},
        encryptionConfiguration=KEY,
        tags=[{"key": "team", "value": "scenes"}],
        publish=True,
        versionDescription="the first",
    )
    sfn.describe_state_machine(stateMachineArn=machine, includedData="ALL_DATA")
    sfn.update_state_machine(
        stateMachineArn=machine,
        definition=json.dumps({"StartAt": "A", "States": {"A": PASS}}),
        roleArn=ROLE,
        loggingConfiguration=LOGGING,
        tracingConfiguration={"enabled": False},
        encryptionConfiguration=KEY,
        publish=True,
        versionDescription="the second",
    )
    sfn.describe_state_machine(stateMachineArn=machine)
    sfn.describe_state_machine(stateMachineArn=f"{machine}:1")
    execution = stage.finish(stage.start(machine))
    sfn.describe_state_machine_for_execution(executionArn=execution)
    stage.create({"A": PASS})
    page = sfn.list_state_machines(maxResults=1)
    sfn.list_state_machines(nextToken=page["nextToken"])
    sfn.delete_state_machine(stateMachineArn=machine)


@scene("validation of a definition")
def validation(stage):
    definition = json.dumps({"StartAt": "A", "States": {"A": {"Type": "Pass", "Next": "B"}}})
    stage.sfn.validate_state_machine_definition(
        definition=definition, type="STANDARD", severity="WARNING", maxResults=10
    )


@scene("tags")
def tags(stage):
    machine = stage.create({"A": PASS})
    stage.sfn.tag_resource(resourceArn=machine, tags=[{"key": "a", "value": "b"}])
    stage.sfn.list_tags_for_resource(resourceArn=machine)
    stage.sfn.untag_resource(resourceArn=machine, tagKeys=["a"])


@scene("activities")
def activities(stage):
    sfn = stage.sfn
    first = sfn.create_activity(
        name=stage.name(), tags=[{"key": "a", "value": "b"}], encryptionConfiguration=KEY
    )["activityArn"]
    sfn.create_activity(name=stage.name())
    sfn.describe_activity(activityArn=first)
    page = sfn.list_activities(maxResults=1)
    sfn.list_activities(nextToken=page["nextToken"])
    sfn.delete_activity(activityArn=first)
