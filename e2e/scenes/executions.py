"""Executions: started, described, listed, stopped, run at once."""

from clients import eventually

from scenes import PASS, scene
from scenes.definitions import VARIABLES

WAIT = {"Type": "Wait", "Seconds": 3600, "End": True}
TRACE = "Root=1-5759e988-bd862e3fe1be46a994272793"


@scene("an execution that succeeds")
def succeeds(stage):
    sfn = stage.sfn
    machine = stage.create({"A": {"Type": "Pass", "Assign": {"x": 1}, "End": True}})
    execution = sfn.start_execution(
        stateMachineArn=machine, name=stage.name(), input="{}", traceHeader=TRACE
    )["executionArn"]
    stage.finish(execution)
    sfn.describe_execution(executionArn=execution, includedData="ALL_DATA")
    sfn.describe_state_machine_for_execution(executionArn=execution, includedData="ALL_DATA")
    page = sfn.get_execution_history(
        executionArn=execution, maxResults=1, reverseOrder=True, includeExecutionData=True
    )
    sfn.get_execution_history(
        executionArn=execution, reverseOrder=True, nextToken=page["nextToken"]
    )
    stage.start(machine)
    page = sfn.list_executions(stateMachineArn=machine, maxResults=1)
    sfn.list_executions(stateMachineArn=machine, nextToken=page["nextToken"])
    sfn.list_executions(stateMachineArn=machine, statusFilter="SUCCEEDED")


@scene("an execution that fails")
def fails(stage):
    execution = stage.run({"A": {"Type": "Fail", "Error": "Broken", "Cause": "as asked"}})
    stage.sfn.describe_execution(executionArn=execution)


@scene("an execution that is stopped")
def stopped(stage):
    execution = stage.start(stage.create({"A": WAIT}))
    stage.sfn.stop_execution(executionArn=execution, error="Stopped", cause="by hand")
    stage.finish(execution)


@scene("an execution that is redriven")
def redriven(stage):
    sfn = stage.sfn
    machine = stage.create({"A": {"Type": "Fail", "Error": "Broken", "Cause": "as asked"}})
    execution = stage.finish(stage.start(machine))
    sfn.redrive_execution(executionArn=execution, clientToken="once")
    stage.finish(execution)
    sfn.describe_execution(executionArn=execution)
    sfn.list_executions(stateMachineArn=machine)
    succeeded = stage.run({"A": PASS})
    refused = {"executionArn": succeeded}
    stage.refused("ExecutionNotRedrivable", "redrive_execution", **refused)
    stage.refused("ValidationException", "redrive_execution", clientToken="a b", **refused)


@scene("an execution that takes too long")
def too_long(stage):
    stage.run({"A": WAIT}, top={"TimeoutSeconds": 1})


@scene("what an execution of a variable's state machine shows")
def variables(stage):
    execution = stage.run(VARIABLES)
    stage.sfn.describe_state_machine_for_execution(executionArn=execution)


@scene("Express executions")
def express(stage):
    sfn = stage.sfn
    machine = stage.create({"A": PASS}, kind="EXPRESS")
    sfn.start_sync_execution(
        stateMachineArn=machine,
        name="e",
        input="{}",
        traceHeader=TRACE,
        includedData="ALL_DATA",
    )
    failing = stage.create({"A": {"Type": "Fail", "Error": "E", "Cause": "C"}}, kind="EXPRESS")
    sfn.start_sync_execution(stateMachineArn=failing)
    sfn.start_execution(stateMachineArn=machine)


@scene("a state machine that is being deleted")
def deleting(stage):
    sfn = stage.sfn
    name = stage.name()
    machine = stage.create({"A": WAIT}, name=name)
    version = sfn.publish_state_machine_version(stateMachineArn=machine)["stateMachineVersionArn"]
    routes = [{"stateMachineVersionArn": version, "weight": 100}]
    alias = sfn.create_state_machine_alias(name="LIVE", routingConfiguration=routes)
    execution = stage.start(machine)
    sfn.delete_state_machine(stateMachineArn=machine)
    sfn.describe_state_machine(stateMachineArn=machine)
    for action, request in [
        ("start_execution", {"stateMachineArn": machine}),
        ("update_state_machine", {"stateMachineArn": machine, "roleArn": "arn:aws:iam::0:role/r"}),
        ("publish_state_machine_version", {"stateMachineArn": machine}),
        ("list_state_machine_aliases", {"stateMachineArn": machine}),
        ("create_state_machine_alias", {"name": "B", "routingConfiguration": routes}),
        (
            "update_state_machine_alias",
            {"stateMachineAliasArn": alias["stateMachineAliasArn"], "description": "x"},
        ),
        (
            "create_state_machine",
            {"name": name, "definition": "{}", "roleArn": "arn:aws:iam::0:role/r"},
        ),
    ]:
        stage.refused("StateMachineDeleting", action, **request)
    sfn.stop_execution(executionArn=execution)

    def is_gone():
        listed = sfn.list_state_machines()["stateMachines"]
        return machine not in [item["stateMachineArn"] for item in listed]

    eventually(is_gone)
