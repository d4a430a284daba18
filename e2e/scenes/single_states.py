"""TestState: single states on their own."""

import json

from clients import ROLE

from web_services import mirror, serving

from scenes import LAMBDA, PASS, scene

FLOW = {
    "Type": "Task",
    "Resource": f"{LAMBDA}echo",
    "InputPath": "$.a",
    "Parameters": {"n.$": "$.n"},
    "ResultSelector": {"m.$": "$.n"},
    "ResultPath": "$.r",
    "Assign": {"v.$": "$.n"},
    "Next": "Other",
}
CAREFUL = {
    "Type": "Task",
    "Resource": f"{LAMBDA}echo",
    "Retry": [{"ErrorEquals": ["Busy"], "MaxAttempts": 2}],
    "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Other"}],
    "End": True,
}
MAP = {
    "Type": "Map",
    "ItemsPath": "$.list",
    "ItemSelector": {"n.$": "$$.Map.Item.Value"},
    "MaxConcurrency": 2,
    "ItemProcessor": {"StartAt": "I", "States": {"I": PASS}},
    "End": True,
}
FAILING = {"errorOutput": {"error": "Busy", "cause": "as asked"}}


@scene("single states")
def single_states(stage):
    def test(state, value=None, **fields):
        stage.sfn.test_state(definition=json.dumps(state), input=json.dumps(value), **fields)

    test(FLOW, {"a": {"n": 1}}, roleArn=ROLE, inspectionLevel="DEBUG", variables='{"u":1}')
    jsonata = {"QueryLanguage": "JSONata", **PASS, "Output": "{% $states.input %}"}
    test(jsonata, 1, inspectionLevel="DEBUG")
    arguments = {"QueryLanguage": "JSONata", "Type": "Task", "Resource": f"{LAMBDA}echo"}
    test({**arguments, "Arguments": {"a": 1}, "End": True}, roleArn=ROLE, inspectionLevel="DEBUG")
    mock = {"result": "1", "fieldValidationMode": "NONE"}
    test(CAREFUL, mock=mock, context='{"Execution":{"Id":"e"}}')
    for count in [0, 2]:
        configuration = {"retrierRetryCount": count}
        test(CAREFUL, mock=FAILING, inspectionLevel="DEBUG", stateConfiguration=configuration)
    machine = {"StartAt": "M", "States": {"M": MAP}}
    test(
        machine,
        {"list": [1, 2]},
        stateName="M",
        mock={"result": "[1, 2]"},
        inspectionLevel="DEBUG",
    )
    cause = {"errorCausedByState": "I"}
    test(machine, {"list": [1]}, stateName="M", mock=FAILING, stateConfiguration=cause)
    failures = {"mapIterationFailureCount": 0}
    result = {"result": "[1, 2]"}
    test(machine, {"list": [1, 2]}, stateName="M", mock=result, stateConfiguration=failures)
    processor = {"ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}}
    spread = {"ItemProcessor": {**MAP["ItemProcessor"], **processor}}
    tolerant = {"ToleratedFailureCount": 1, "ToleratedFailurePercentage": 50}
    distributed = {**MAP, **spread, **tolerant}
    mock = {"result": "[1, 2]"}
    test(distributed, {"list": [1, 2]}, mock=mock, inspectionLevel="DEBUG")
    reader = {
        "Resource": "arn:aws:states:::s3:getObject",
        "Parameters": {"Bucket": "b", "Key": "k"},
        "ReaderConfig": {"InputType": "JSON", "ItemsPointer": "/rows"},
    }
    reading = {**distributed, "ItemReader": reader, "ItemBatcher": {"MaxItemsPerBatch": 1}}
    del reading["ItemsPath"]
    given = {"mapItemReaderData": '{"rows": [1, 2]}'}
    test(reading, {}, mock=mock, stateConfiguration=given, inspectionLevel="DEBUG")
    http = {"Type": "Task", "Resource": "arn:aws:states:::http:invoke", "End": True}
    with serving(mirror) as url:
        http["Parameters"] = {"ApiEndpoint": url, "Method": "POST", "RequestBody": {"a": 1}}
        test(http, roleArn=ROLE, inspectionLevel="TRACE", revealSecrets=True)


@scene("single states that cannot be tested")
def refused_states(stage):
    refused, definition = stage.refused, json.dumps(PASS)
    refused("InvalidDefinition", "test_state", definition="{}")
    refused("InvalidExecutionInput", "test_state", definition=definition, input="{")
    refused("InvalidArn", "test_state", definition=definition, roleArn="nonsense")
    refused("ValidationException", "test_state", definition=definition, inspectionLevel="x")
