"""Tasks that call AWS services, against stand-ins for those services."""

import json

import boto3
import pytest

from clients import REGION, ended, event_types, step_functions
from server import Server


@pytest.fixture(scope="module")
def server_url(aws, tmp_path_factory):
    directory = tmp_path_factory.mktemp("aws-services")
    running = Server(directory, environment=aws.environment()).start()
    yield running.url
    assert running.stop() == 0, running.tail()


@pytest.fixture(scope="module")
def sfn(server_url):
    return step_functions(server_url)


@pytest.fixture
def call(machine, start, sfn):
    """Runs one task and returns the description of its execution."""

    def run(resource, parameters):
        task = {"Type": "Task", "Resource": f"arn:aws:states:::{resource}", "Parameters": parameters}
        return ended(sfn, start(machine({"Call": {**task, "End": True}})))

    return run


@pytest.fixture
def output(call):
    def run(resource, parameters):
        description = call(resource, parameters)
        assert description["status"] == "SUCCEEDED", description
        return json.loads(description["output"])

    return run


@pytest.fixture
def failure(call):
    def run(resource, parameters):
        description = call(resource, parameters)
        assert description["status"] == "FAILED", description
        return description["error"], description["cause"]

    return run


def test_objects_of_s3_are_written_and_read(aws, output, unique):
    bucket = unique()
    aws.client("s3").create_bucket(Bucket=bucket)
    put = output("aws-sdk:s3:putObject", {"Bucket": bucket, "Key": "a b/ü.json", "Body": {"x": 1}})
    assert put["ETag"].startswith('"')
    assert "SdkHttpMetadata" not in put
    got = output("aws-sdk:s3:getObject", {"Bucket": bucket, "Key": "a b/ü.json"})
    assert got["Body"] == '{"x":1}'
    assert got["ContentLength"] == 7
    assert got["Metadata"] == {}
    assert got["LastModified"].endswith("Z")
    listed = output("aws-sdk:s3:listObjectsV2", {"Bucket": bucket})
    assert [(item["Key"], item["Size"]) for item in listed["Contents"]] == [("a b/ü.json", 7)]
    deleted = output(
        "aws-sdk:s3:deleteObjects",
        {"Bucket": bucket, "Delete": {"Objects": [{"Key": "a b/ü.json"}]}},
    )
    assert deleted["Deleted"][0]["Key"] == "a b/ü.json"


def test_missing_objects_of_s3_are_named_errors(aws, failure, unique):
    bucket = unique()
    error, cause = failure("aws-sdk:s3:getObject", {"Bucket": bucket, "Key": "k"})
    assert error == "S3.NoSuchBucketException"
    aws.client("s3").create_bucket(Bucket=bucket)
    error, cause = failure("aws-sdk:s3:getObject", {"Bucket": bucket, "Key": "k"})
    assert error == "S3.NoSuchKeyException"
    assert cause.startswith("The specified key does not exist. (Service: S3, Status Code: 404, Request ID: ")
    assert cause.endswith(") (SDK Attempt Count: 1)")
    error, _ = failure("aws-sdk:s3:headObject", {"Bucket": bucket, "Key": "k"})
    assert error == "S3.NoSuchKeyException"


@pytest.fixture
def table(aws, unique):
    name = unique()
    aws.client("dynamodb").create_table(
        TableName=name,
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    return name


def test_items_of_dynamodb_are_written_and_read(output, table):
    item = {"id": {"S": "1"}, "n": {"N": "2"}, "b": {"BOOL": True}}
    put = output("dynamodb:putItem", {"TableName": table, "Item": item})
    assert put["SdkHttpMetadata"]["HttpStatusCode"] == 200
    assert put["SdkResponseMetadata"]["RequestId"]
    got = output("dynamodb:getItem", {"TableName": table, "Key": {"id": {"S": "1"}}})
    assert got["Item"] == item
    got = output("aws-sdk:dynamodb:getItem", {"TableName": table, "Key": {"id": {"S": "1"}}})
    assert got == {"Item": {"id": {"S": "1"}, "n": {"N": "2"}, "b": {"Bool": True}}}


def test_errors_of_dynamodb_have_the_names_of_the_integration(failure, table):
    refused = {
        "TableName": table,
        "Item": {"id": {"S": "1"}},
        "ConditionExpression": "attribute_exists(id)",
    }
    error, cause = failure("dynamodb:putItem", refused)
    assert error == "DynamoDB.ConditionalCheckFailedException"
    assert cause.startswith(
        "The conditional request failed (Service: AmazonDynamoDBv2; Status Code: 400; "
        "Error Code: ConditionalCheckFailedException; Request ID: "
    )
    assert cause.endswith("; Proxy: null)")
    error, cause = failure("aws-sdk:dynamodb:putItem", refused)
    assert error == "DynamoDb.ConditionalCheckFailedException"
    assert cause.startswith(
        "The conditional request failed (Service: DynamoDb, Status Code: 400, Request ID: "
    )
    error, _ = failure("aws-sdk:dynamodb:putItem", {**refused, "ConditionExpression": "("})
    assert error == "DynamoDb.DynamoDbException"


def test_messages_are_sent_with_objects_as_text(aws, output, unique):
    queue = aws.client("sqs").create_queue(QueueName=unique())["QueueUrl"]
    sent = output("sqs:sendMessage", {"QueueUrl": queue, "MessageBody": {"a": 1}})
    assert sent["MD5OfMessageBody"] and sent["MessageId"]
    assert sent["SdkHttpMetadata"]["HttpStatusCode"] == 200
    received = output("aws-sdk:sqs:receiveMessage", {"QueueUrl": queue})
    assert received["Messages"][0]["Body"] == '{"a":1}'
    assert received["Messages"][0]["Md5OfBody"] == sent["MD5OfMessageBody"]
    topic = aws.client("sns").create_topic(Name=unique())["TopicArn"]
    assert output("sns:publish", {"TopicArn": topic, "Message": {"b": 2}})["MessageId"]


def test_a_missing_queue_or_topic_is_a_named_error(aws, failure):
    error, _ = failure(
        "sqs:sendMessage", {"QueueUrl": f"{aws.url}/000000000000/none", "MessageBody": "x"}
    )
    assert error == "SQS.QueueDoesNotExistException"
    missing = "arn:aws:sns:us-east-1:000000000000:none"
    error, cause = failure("sns:publish", {"TopicArn": missing, "Message": "x"})
    assert error == "SNS.NotFoundException"
    assert "Service: AmazonSNS; Status Code: 404; Error Code: NotFound" in cause


def test_every_protocol_is_spoken(output, unique):
    name = unique()
    made = output(
        "aws-sdk:iam:createRole", {"RoleName": name, "AssumeRolePolicyDocument": {"Statement": []}}
    )
    assert made["Role"]["RoleName"] == name
    assert made["Role"]["CreateDate"].endswith("Z")
    identity = output("aws-sdk:sts:getCallerIdentity", {})
    assert set(identity) == {"Account", "Arn", "UserId"}
    instances = output(
        "aws-sdk:ec2:describeInstances", {"Filters": [{"Name": "tag:x", "Values": ["none"]}]}
    )
    assert instances["Reservations"] == []
    secret = output("aws-sdk:secretsmanager:createSecret", {"Name": name, "SecretString": {"k": 1}})
    got = output("aws-sdk:secretsmanager:getSecretValue", {"SecretId": secret["Arn"]})
    assert got["SecretString"] == '{"k":1}'
    output("aws-sdk:ssm:putParameter", {"Name": f"/{name}", "Value": "v", "Type": "String"})
    parameter = output("aws-sdk:ssm:getParameter", {"Name": f"/{name}"})["Parameter"]
    assert (parameter["Value"], parameter["Version"]) == ("v", 1)
    group = output("aws-sdk:scheduler:createScheduleGroup", {"Name": name})
    assert group["ScheduleGroupArn"].endswith(name)


def test_events_name_the_execution_they_come_from(output, failure):
    entry = {"Source": "shop", "DetailType": "order", "Detail": {"id": 1}, "EventBusName": "default"}
    result = output("events:putEvents", {"Entries": [entry]})
    assert result["FailedEntryCount"] == 0


def test_a_call_of_step_functions_itself_comes_back(output, machine):
    child = machine({"A": {"Type": "Pass", "Result": 1, "End": True}})
    described = output("aws-sdk:sfn:describeStateMachine", {"StateMachineArn": child})
    assert described["StateMachineArn"] == child
    assert described["CreationDate"].endswith("Z")


def test_parameters_that_a_service_does_not_know_are_refused_with_the_definition(machine, sfn):
    task = {
        "Type": "Task",
        "Resource": "arn:aws:states:::aws-sdk:dynamodb:getItem",
        "Parameters": {"tableName": "t", "Key": {"id": {"S.$": "$.id"}}},
        "End": True,
    }
    with pytest.raises(sfn.exceptions.InvalidDefinition) as refused:
        machine({"Call": task})
    assert (
        'SCHEMA_VALIDATION_FAILED: The field "tableName" is not supported by Step Functions at '
        "/States/Call/Parameters"
    ) in str(refused.value)


def test_parameters_that_are_known_late_are_refused_before_the_call(machine, start, sfn):
    resource = "arn:aws:states:::aws-sdk:dynamodb:getItem"
    task = machine({"Call": {"Type": "Task", "Resource": resource, "End": True}})
    parameters = {"tableName": "t", "Key": {"id": {"S": "1"}}}
    description = ended(sfn, start(task, parameters))
    assert description["error"] == "States.Runtime"
    assert description["cause"] == (
        "An error occurred while executing the state 'Call' (entered at the event id #2). "
        "The Parameters '{\"tableName\":\"t\",\"Key\":{\"id\":{\"S\":\"1\"}}}' could not be used to "
        'start the Task: [The field "tableName" is not supported by Step Functions, '
        "The field 'TableName' is required but was missing]"
    )
    assert event_types(sfn, description["executionArn"]) == [
        "ExecutionStarted",
        "TaskStateEntered",
        "ExecutionFailed",
    ]


OTHER_ACCOUNT = "222222222222"
OTHER_ROLE = f"arn:aws:iam::{OTHER_ACCOUNT}:role/other"


def test_a_role_of_another_account_is_assumed_for_the_call(aws, machine, start, sfn, unique):
    table = unique()
    keys = aws.client("sts").assume_role(RoleArn=OTHER_ROLE, RoleSessionName="test")["Credentials"]
    other = boto3.client(
        "dynamodb",
        endpoint_url=aws.url,
        region_name=REGION,
        aws_access_key_id=keys["AccessKeyId"],
        aws_secret_access_key=keys["SecretAccessKey"],
        aws_session_token=keys["SessionToken"],
    )
    other.create_table(
        TableName=table,
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    call = {
        "Type": "Task",
        "Resource": "arn:aws:states:::aws-sdk:dynamodb:describeTable",
        "Parameters": {"TableName": table},
        "End": True,
    }
    own = ended(sfn, start(machine({"Call": call})))
    assert own["error"] == "DynamoDb.ResourceNotFoundException", own
    assuming = {**call, "Credentials": {"RoleArn": OTHER_ROLE}}
    found = ended(sfn, start(machine({"Call": assuming})))
    assert found["status"] == "SUCCEEDED", found
    assert f":{OTHER_ACCOUNT}:" in json.loads(found["output"])["Table"]["TableArn"]


def test_a_child_in_another_account_needs_a_role_of_that_account(machine, start, sfn, server_url):
    other = step_functions(server_url, key=OTHER_ACCOUNT)
    child = machine({"Done": {"Type": "Pass", "End": True}}, client=other)
    assert f":{OTHER_ACCOUNT}:" in child
    call = {
        "Type": "Task",
        "Resource": "arn:aws:states:::states:startExecution.sync:2",
        "Parameters": {"StateMachineArn": child},
        "End": True,
    }
    assert ended(sfn, start(machine({"Call": call})))["error"] == "StepFunctions.AccessDeniedException"
    assuming = {**call, "Credentials": {"RoleArn": OTHER_ROLE}}
    done = ended(sfn, start(machine({"Call": assuming})))
    assert done["status"] == "SUCCEEDED", done
    described = {
        **assuming,
        "Resource": "arn:aws:states:::aws-sdk:sfn:describeStateMachine",
    }
    assert ended(sfn, start(machine({"Call": described})))["status"] == "SUCCEEDED"
