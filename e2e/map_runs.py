"""Distributed Map states for tests, and what their map runs come to."""

from clients import eventually

PASS = {"P": {"Type": "Pass", "End": True}}
WAIT = {"W": {"Type": "Wait", "Seconds": 3600, "End": True}}


def distributed(states, kind="STANDARD", **fields):
    """Makes a distributed Map state of the states of its children."""
    processor = {
        "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": kind},
        "StartAt": next(iter(states)),
        "States": states,
    }
    return {"Type": "Map", "ItemProcessor": processor, "End": True, **fields}


def finish(sfn, execution):
    """Waits for the end of an execution and returns its description."""
    return eventually(
        lambda: (found := sfn.describe_execution(executionArn=execution))["status"] != "RUNNING"
        and found
    )


def map_run(sfn, execution):
    (run,) = eventually(lambda: sfn.list_map_runs(executionArn=execution)["mapRuns"])
    return run["mapRunArn"]


def children(sfn, run, **fields):
    pages = sfn.get_paginator("list_executions").paginate(mapRunArn=run, **fields)
    return [child for page in pages for child in page["executions"]]
