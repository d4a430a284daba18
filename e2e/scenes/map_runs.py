"""Distributed Map states and their map runs."""

from clients import eventually

from scenes import PASS, PREFIX, scene

WAIT = {"Type": "Wait", "Seconds": 3600, "End": True}
FAIL = {"Type": "Fail", "Error": "Broken", "Cause": "as asked"}


def distributed(state, label="Items", **fields):
    config = {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}
    inner = f"In {label}"
    processor = {"ProcessorConfig": config, "StartAt": inner, "States": {inner: state}}
    return {"Type": "Map", "Label": label, "ItemProcessor": processor, "End": True, **fields}


def map_run(stage, execution):
    """Waits for the map run of an execution and returns its ARN."""

    def begun():
        runs = stage.sfn.list_map_runs(executionArn=execution)["mapRuns"]
        return runs[0]["mapRunArn"] if runs else None

    return eventually(begun)


@scene("a distributed Map")
def succeeds(stage):
    sfn = stage.sfn
    second = distributed(PASS, "Second", ItemBatcher={"MaxItemsPerBatch": 2})
    first = {**distributed(PASS), "Next": "N"}
    del first["End"]
    machine = stage.create({"M": first, "N": second})
    execution = stage.finish(stage.start(machine, [1, 2, 3]))
    page = sfn.list_map_runs(executionArn=execution, maxResults=1)
    page = sfn.list_map_runs(executionArn=execution, nextToken=page["nextToken"])
    for run in sfn.list_map_runs(executionArn=execution)["mapRuns"]:
        sfn.describe_map_run(mapRunArn=run["mapRunArn"])
        children = sfn.list_executions(mapRunArn=run["mapRunArn"], redriveFilter="NOT_REDRIVEN")
        child = children["executions"][0]["executionArn"]
        sfn.describe_execution(executionArn=child)
        sfn.describe_state_machine_for_execution(executionArn=child)
    sfn.describe_state_machine(stateMachineArn=f"{machine}/Items")


@scene("a distributed Map that is changed while it runs")
def changed(stage):
    sfn = stage.sfn
    execution = stage.start(stage.create({"M": distributed(WAIT)}), [1, 2, 3])
    run = map_run(stage, execution)
    sfn.update_map_run(
        mapRunArn=run, maxConcurrency=1, toleratedFailurePercentage=50.0, toleratedFailureCount=1
    )
    sfn.describe_map_run(mapRunArn=run)
    sfn.stop_execution(executionArn=execution)
    stage.finish(execution)
    over = "ValidationException"
    eventually(lambda: sfn.describe_map_run(mapRunArn=run)["status"] != "RUNNING")
    stage.refused(over, "update_map_run", mapRunArn=run, maxConcurrency=2)


@scene("a distributed Map that fails and is redriven")
def fails(stage):
    execution = stage.finish(stage.start(stage.create({"M": distributed(FAIL)}), [1]))
    stage.sfn.redrive_execution(executionArn=execution)
    stage.finish(execution)
    run = map_run(stage, execution)
    stage.sfn.describe_map_run(mapRunArn=run)
    stage.sfn.list_executions(mapRunArn=run, redriveFilter="REDRIVEN")


@scene("map runs that cannot be")
def refusals(stage):
    refused, nonsense = stage.refused, {"mapRunArn": "nonsense"}
    absent = {"mapRunArn": f"{PREFIX}:mapRun:nobody-made-this/L:u"}
    for error, run in [("InvalidArn", nonsense), ("ResourceNotFound", absent)]:
        refused(error, "describe_map_run", **run)
        refused(error, "update_map_run", maxConcurrency=1, **run)
    refused("InvalidArn", "list_map_runs", executionArn="nonsense")
    execution = f"{PREFIX}:execution:nobody-made-this:e"
    refused("ExecutionDoesNotExist", "list_map_runs", executionArn=execution)
    there = stage.run({"A": PASS})
    refused("InvalidToken", "list_map_runs", executionArn=there, nextToken="nonsense")
