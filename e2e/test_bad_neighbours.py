"""Tasks that call services which do not behave: each ends, by a name that can be caught and retried."""

import json
import threading

import pytest

from bad_services import closed_port, half_closes, http, is_silent, resets, sends
from clients import DEADLINE_SECONDS, ended, step_functions
from server import Server


class Service:
    """One service as tasks know it: how it is called, and how it answers."""

    def __init__(self, resource, parameters, *, broken, failed, good, refused=None, known=None):
        self.resource = f"arn:aws:states:::{resource}"
        # Makes the parameters from the name in the request and the service's URL.
        self.parameters = parameters
        # What a call without an answer is called, and an answer with an error nobody modelled.
        self.broken = broken
        self.failed = failed
        self.good = http(200, good, {"content-type": "application/json"})
        # The answer to keys that are no longer good, and what the cause says of it.
        self.refused = refused
        self.known = known


def json_error(status, code, message):
    fields = {"x-amzn-errortype": code, "content-type": "application/json"}
    return http(status, json.dumps({"__type": code, "message": message}), fields)


def xml_error(status, code, message):
    return http(status, f"<Error><Code>{code}</Code><Message>{message}</Message></Error>")


ITEM = {"Key": {"id": {"S": "1"}}}
EXPIRED = "The security token included in the request is expired"
INVALID = "The security token included in the request is invalid."

SERVICES = {
    "aws-sdk-s3": Service(
        "aws-sdk:s3:listBuckets",
        lambda name, url: {"Prefix": name},
        broken="S3.SdkClientException",
        failed="S3.S3Exception",
        good="<ListAllMyBucketsResult><Buckets/></ListAllMyBucketsResult>",
        refused=xml_error(400, "ExpiredToken", "The provided token has expired."),
        known="The provided token has expired. (Service: S3, Status Code: 400, Request ID: ",
    ),
    "aws-sdk-dynamodb": Service(
        "aws-sdk:dynamodb:getItem",
        lambda name, url: {"TableName": name, **ITEM},
        broken="DynamoDb.SdkClientException",
        failed="DynamoDb.DynamoDbException",
        good="{}",
        refused=json_error(400, "ExpiredTokenException", EXPIRED),
        known=f"{EXPIRED} (Service: DynamoDb, Status Code: 400, Request ID: ",
    ),
    "dynamodb": Service(
        "dynamodb:getItem",
        lambda name, url: {"TableName": name, **ITEM},
        broken="DynamoDB.SdkClientException",
        failed="DynamoDB.AmazonDynamoDBException",
        good="{}",
        refused=json_error(400, "UnrecognizedClientException", INVALID),
        known=f"{INVALID} (Service: AmazonDynamoDBv2; Status Code: 400; "
        "Error Code: UnrecognizedClientException; Request ID: ",
    ),
    "sqs": Service(
        "sqs:sendMessage",
        lambda name, url: {"QueueUrl": f"{url}/000000000000/{name}", "MessageBody": "x"},
        broken="SQS.SdkClientException",
        failed="SQS.AmazonSQSException",
        good='{"MessageId":"1","MD5OfMessageBody":"9dd4e461268c8034f5c8564e155c67a6"}',
        refused=json_error(403, "InvalidClientTokenId", INVALID),
        known=f"{INVALID} (Service: AmazonSQS; Status Code: 403; "
        "Error Code: InvalidClientTokenId; Request ID: ",
    ),
    "lambda": Service(
        "lambda:invoke",
        lambda name, url: {"FunctionName": name},
        broken="Lambda.SdkClientException",
        failed="Lambda.AWSLambdaException",
        good="{}",
        refused=json_error(403, "UnrecognizedClientException", INVALID),
        known=f"{INVALID} (Service: AWSLambda; Status Code: 403; "
        "Error Code: UnrecognizedClientException; Request ID: ",
    ),
    "http": Service(
        "http:invoke",
        lambda name, url: {"ApiEndpoint": f"{url}/{name}", "Method": "GET"},
        broken="States.Http.Socket",
        failed="States.Http.StatusCode.500",
        good="{}",
    ),
}
SIGNED = [name for name, service in SERVICES.items() if service.refused]

every_service = pytest.mark.parametrize("service", SERVICES.values(), ids=list(SERVICES))


@pytest.fixture(scope="module")
def sfn(bad, tmp_path_factory):
    directory = tmp_path_factory.mktemp("bad-neighbours")
    running = Server(directory, environment={"AWS_ENDPOINT_URL": bad.url}).start()
    yield step_functions(running.url)
    assert running.stop() == 0, running.tail()


@pytest.fixture(autouse=True)
def goes_on(sfn, machine, start):
    """After each test the server still does its work."""
    yield
    assert ended(sfn, start(machine({"Pass": {"Type": "Pass", "End": True}})))["status"] == "SUCCEEDED"


@pytest.fixture
def task(bad, unique):
    """Makes a task that calls a service with these manners."""

    def make(service, *manners, url=bad.url, **fields):
        name = unique()
        bad.behave(name, *manners)
        parameters = service.parameters(name, url)
        return {"Type": "Task", "Resource": service.resource, "Parameters": parameters, **fields}

    return make


@pytest.fixture
def run(task, machine, start, sfn):
    """Calls a service with these manners and returns the description of the execution."""

    def begin(service, *manners, **fields):
        call = task(service, *manners, End=True, **fields)
        return ended(sfn, start(machine({"Call": call})))

    return begin


@pytest.fixture
def caught(task, machine, start, sfn):
    """Calls a service with this manner and returns the cause that a Catch of this error saw."""

    def of(service, manner, error, *, client=sfn, **fields):
        catch = [{"ErrorEquals": [error], "Next": "Caught"}]
        call = task(service, manner, Catch=catch, Next="Done", **fields)
        states = {"Call": call, "Caught": {"Type": "Pass", "End": True}, "Done": {"Type": "Fail"}}
        description = ended(client, start(machine(states, client=client), client=client))
        assert description["status"] == "SUCCEEDED", description
        output = json.loads(description["output"])
        assert output["Error"] == error
        return output.get("Cause")

    return of


@every_service
@pytest.mark.parametrize(
    "manner",
    [
        sends(b""),
        sends(b"SSH-2.0-OpenSSH_9.6\r\n"),
        sends(http(200, '{"a"', length=90)),
        sends(http(200, "{}", length=-1)),
        half_closes,
        resets,
    ],
    ids=["nothing", "garbage", "length-too-long", "length-no-number", "half-closed", "reset"],
)
def test_a_broken_answer_is_caught_by_its_name(caught, service, manner):
    assert caught(service, manner, service.broken)


@pytest.mark.parametrize("service", [SERVICES[name] for name in SIGNED], ids=SIGNED)
def test_an_answer_that_is_longer_than_it_says_is_no_answer(caught, service):
    assert caught(service, sends(http(200, '{"a":"b"}<a></a>', length=4)), service.broken)


def test_a_web_api_says_how_long_its_text_is(run):
    description = run(SERVICES["http"], sends(http(200, "text and more", length=4)))
    assert json.loads(description["output"])["ResponseBody"] == "text"


@pytest.fixture(scope="module")
def nowhere(tmp_path_factory):
    """The URL of an endpoint that is not there, and a client of a server that calls it."""
    with closed_port() as url:
        directory = tmp_path_factory.mktemp("unreachable")
        running = Server(directory, environment={"AWS_ENDPOINT_URL": url}).start()
        yield url, step_functions(running.url)
        assert running.stop() == 0, running.tail()


@every_service
def test_an_endpoint_that_cannot_be_reached_is_caught_by_its_name(caught, nowhere, service):
    url, client = nowhere
    cause = caught(service, None, service.broken, client=client, url=url)
    assert "Connection refused" in cause


@every_service
def test_a_service_that_never_answers_is_left_when_the_task_times_out(caught, service):
    left = threading.Event()
    caught(service, is_silent(left), "States.Timeout", TimeoutSeconds=1)
    assert left.wait(DEADLINE_SECONDS)


@every_service
def test_an_answer_that_never_ends_is_left_when_the_task_times_out(bad, caught, service):
    caught(service, bad.drips, "States.Timeout", TimeoutSeconds=1)


@every_service
def test_a_slow_service_is_waited_for(bad, run, service):
    assert run(service, bad.dawdles(service.good))["status"] == "SUCCEEDED"


@every_service
def test_a_service_that_recovers_is_retried(run, service):
    retry = [
        {"ErrorEquals": [error], "IntervalSeconds": 1, "MaxAttempts": 1}
        for error in [service.failed, service.broken]
    ]
    description = run(service, sends(http(500)), resets, sends(service.good), Retry=retry)
    assert description["status"] == "SUCCEEDED", description


@every_service
def test_a_service_that_stays_broken_fails_by_its_name(run, service):
    description = run(service, sends(http(500)))
    assert (description["status"], description["error"]) == ("FAILED", service.failed)
    assert "500" in description["cause"]


@pytest.mark.parametrize("service", [SERVICES[name] for name in SIGNED], ids=SIGNED)
def test_keys_that_are_revoked_while_the_server_runs_are_caught(run, caught, service):
    assert run(service, sends(service.good))["status"] == "SUCCEEDED"
    cause = caught(service, sends(service.refused), service.failed)
    assert cause.startswith(service.known)
    assert run(service, sends(service.good))["status"] == "SUCCEEDED"


def test_a_web_api_that_refuses_the_caller_is_caught_by_its_status(caught):
    for status in [401, 403]:
        answer = http(status, "your key was revoked")
        cause = caught(SERVICES["http"], sends(answer), f"States.Http.StatusCode.{status}")
        assert "your key was revoked" in cause
