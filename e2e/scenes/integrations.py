"""Which resources of tasks a definition may name, as the server's validator answers."""

import json

PATTERNS = ["", ".sync", ".sync:2", ".waitForTaskToken"]

# The services that definitions name directly, and what can be called.
OPTIMIZED = {
    "lambda": ["invoke"],
    "states": ["startExecution"],
    "http": ["invoke"],
    "dynamodb": ["getItem", "putItem", "updateItem", "deleteItem"],
    "sqs": ["sendMessage"],
    "sns": ["publish"],
    "events": ["putEvents"],
    "apigateway": ["invoke"],
    "ecs": ["runTask"],
    "eks": [
        *["call", "runJob", "createCluster", "deleteCluster", "createNodegroup"],
        *["deleteNodegroup", "createFargateProfile", "deleteFargateProfile"],
    ],
    "batch": ["submitJob"],
    "glue": ["startJobRun"],
    "databrew": ["startJobRun"],
    "athena": [
        *["startQueryExecution", "stopQueryExecution", "getQueryExecution", "getQueryResults"],
    ],
    "elasticmapreduce": [
        *["createCluster", "terminateCluster", "addStep", "cancelStep"],
        *["setClusterTerminationProtection", "modifyInstanceFleetByName"],
        "modifyInstanceGroupByName",
    ],
    "emr-containers": ["createVirtualCluster", "deleteVirtualCluster", "startJobRun"],
    "emr-serverless": [
        *["createApplication", "startApplication", "stopApplication", "deleteApplication"],
        *["startJobRun", "cancelJobRun"],
    ],
    "codebuild": [
        *["startBuild", "stopBuild", "batchDeleteBuilds", "batchGetReports", "startBuildBatch"],
        *["stopBuildBatch", "retryBuildBatch", "deleteBuildBatch"],
    ],
    "sagemaker": [
        *["createTrainingJob", "createTransformJob", "createProcessingJob"],
        *["createHyperParameterTuningJob", "createLabelingJob", "createModel"],
        *["createEndpointConfig", "createEndpoint", "updateEndpoint"],
    ],
    "bedrock": ["invokeModel", "createModelCustomizationJob"],
    "mediaconvert": ["createJob"],
}


def accepted(sfn, resources):
    """Those of `resources` that a task may name."""
    states = {
        f"S{number}": {"Type": "Task", "Resource": resource, "Parameters": {}, "End": True}
        for number, resource in enumerate(resources)
    }
    branches = [{"StartAt": name, "States": {name: state}} for name, state in states.items()]
    whole = {"P": {"Type": "Parallel", "Branches": branches, "End": True}}
    answer = sfn.validate_state_machine_definition(
        definition=json.dumps({"StartAt": "P", "States": whole}), maxResults=100
    )
    assert not answer["truncated"], "too many at once"
    places = {problem.get("location", "") for problem in answer["diagnostics"]}
    return {
        resource
        for number, resource in enumerate(resources)
        if not any(place.endswith(f"/S{number}/Resource") for place in places)
    }


def section(sfn):
    lines = [
        "## Integrations",
        "",
        "Which resources of tasks a definition may name, as the server's validator answers;",
        "[tasks.md](tasks.md) says how they are carried out.",
        "",
        "| resource | plain | `.sync` | `.sync:2` | `.waitForTaskToken` |",
        "|---|---|---|---|---|",
    ]
    for service, actions in OPTIMIZED.items():
        for action in actions:
            name = f"{service}:{action}"
            resources = [f"arn:aws:states:::{name}{pattern}" for pattern in PATTERNS]
            found = accepted(sfn, resources)
            marks = " | ".join("yes" if resource in found else "–" for resource in resources)
            lines.append(f"| `{name}` | {marks} |")
    return "\n".join(lines) + "\n"
