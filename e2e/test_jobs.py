"""Tasks that wait for jobs of AWS services (`.sync`), at stand-ins for those services."""

import json
import threading

import pytest

from clients import ROLE, ended, event_types, eventually, step_functions
from server import Server
from web_services import as_json, serving

ANY_ROLE = "arn:aws:iam::123456789012:role/any"


@pytest.fixture(scope="module")
def sfn(aws, tmp_path_factory):
    directory = tmp_path_factory.mktemp("jobs")
    running = Server(directory, environment=aws.environment()).start()
    yield step_functions(running.url)
    assert running.stop() == 0, running.tail()


def job_task(resource, parameters):
    return {
        "Job": {
            "Type": "Task",
            "Resource": f"arn:aws:states:::{resource}",
            "Parameters": parameters,
            "End": True,
        }
    }


@pytest.fixture
def output(machine, start, sfn):
    """Runs one job and returns its result."""

    def run(resource, parameters):
        description = ended(sfn, start(machine(job_task(resource, parameters))))
        assert description["status"] == "SUCCEEDED", description
        types = event_types(sfn, description["executionArn"])
        assert types[2:6] == ["TaskScheduled", "TaskStarted", "TaskSubmitted", "TaskSucceeded"]
        return json.loads(description["output"])

    return run


def test_a_query_of_athena(output):
    result = output(
        "athena:startQueryExecution.sync",
        {
            "QueryString": "SELECT 1",
            "ResultConfiguration": {"OutputLocation": "s3://results/"},
        },
    )
    query = result["QueryExecution"]
    assert query["Status"]["State"] == "SUCCEEDED"
    assert query["Query"] == "SELECT 1"
    assert isinstance(query["Status"]["SubmissionDateTime"], int)


def test_a_run_of_a_glue_job(aws, output, unique):
    name = unique()
    command = {"Name": "glueetl", "ScriptLocation": "s3://scripts/x.py"}
    aws.client("glue").create_job(Name=name, Role=ANY_ROLE, Command=command)
    result = output("glue:startJobRun.sync", {"JobName": name, "Arguments": {"--day": "today"}})
    assert result["JobName"] == name
    assert result["JobRunState"] == "SUCCEEDED"
    assert isinstance(result["StartedOn"], int)


def test_a_build_of_codebuild(aws, output, unique):
    name = unique()
    aws.client("s3").create_bucket(Bucket=name)
    aws.client("codebuild").create_project(
        name=name,
        source={"type": "S3", "location": f"{name}/source.zip"},
        artifacts={"type": "NO_ARTIFACTS"},
        environment={
            "type": "LINUX_CONTAINER",
            "image": "any",
            "computeType": "BUILD_GENERAL1_SMALL",
        },
        serviceRole=ANY_ROLE,
    )
    result = output("codebuild:startBuild.sync", {"ProjectName": name})
    assert result["Build"]["ProjectName"] == name
    assert result["Build"]["BuildStatus"] == "SUCCEEDED"


def test_a_training_job_of_sagemaker(output, unique):
    name = unique()
    result = output(
        "sagemaker:createTrainingJob.sync",
        {
            "TrainingJobName": name,
            "RoleArn": ANY_ROLE,
            "AlgorithmSpecification": {"TrainingImage": "any", "TrainingInputMode": "File"},
            "OutputDataConfig": {"S3OutputPath": "s3://models/"},
            "ResourceConfig": {
                "InstanceCount": 1,
                "InstanceType": "ml.m4.xlarge",
                "VolumeSizeInGB": 1,
            },
            "StoppingCondition": {"MaxRuntimeInSeconds": 60},
        },
    )
    assert result["TrainingJobName"] == name
    assert result["TrainingJobStatus"] == "Completed"


class Batch:
    """A stand-in for Batch whose job runs until it is told to end."""

    def __init__(self):
        self.submitted, self.described, self.terminated = [], 0, []
        self.status = "RUNNING"
        self.lock = threading.Lock()

    def answer(self, exchange):
        body = json.loads(exchange.body or "{}")
        with self.lock:
            if exchange.path == "/v1/submitjob":
                self.submitted.append(body)
                return as_json({"jobId": f"job-{len(self.submitted)}", "jobName": body["jobName"]})
            if exchange.path == "/v1/describejobs":
                self.described += 1
                return as_json({"jobs": [{"jobId": id, "status": self.status} for id in body["jobs"]]})
            if exchange.path == "/v1/terminatejob":
                self.terminated.append(body["jobId"])
                return as_json({})
        return as_json({"message": exchange.path}, status=404)


@pytest.fixture
def batch():
    service = Batch()
    with serving(service.answer) as url:
        service.url = url
        yield service


@pytest.fixture
def batch_server(batch, tmp_path):
    running = Server(tmp_path / "data", environment={"AWS_ENDPOINT_URL_BATCH": batch.url}).start()
    yield running
    running.kill()


def start_batch_job(server, name, **more):
    sfn = step_functions(server.url)
    parameters = {"JobName": "j", "JobQueue": "q", "JobDefinition": "d"}
    states = job_task("batch:submitJob.sync", parameters)
    states["Job"].update(more)
    definition = json.dumps({"StartAt": "Job", "States": states})
    created = sfn.create_state_machine(name=name, definition=definition, roleArn=ROLE)
    return sfn, sfn.start_execution(stateMachineArn=created["stateMachineArn"])["executionArn"]


def test_a_job_outlives_a_kill_of_the_server(batch, batch_server, unique):
    sfn, execution = start_batch_job(batch_server, unique())
    eventually(lambda: batch.described)
    batch_server.kill()
    asked_before = batch.described
    batch_server.start()
    eventually(lambda: batch.described > asked_before)
    batch.status = "SUCCEEDED"
    description = ended(sfn, execution)
    assert json.loads(description["output"]) == {"JobId": "job-1", "Status": "SUCCEEDED"}
    assert len(batch.submitted) == 1
    assert batch.terminated == []
    types = event_types(sfn, execution)
    assert types.count("TaskSubmitted") == 1


def test_a_job_goes_on_while_the_server_is_down(batch, batch_server, unique):
    sfn, execution = start_batch_job(batch_server, unique())
    eventually(lambda: batch.described)
    assert batch_server.stop() == 0
    assert batch.terminated == []
    batch.status = "SUCCEEDED"
    batch_server.start()
    assert ended(sfn, execution)["status"] == "SUCCEEDED"


def test_a_stopped_execution_cancels_its_job(batch, batch_server, unique):
    sfn, execution = start_batch_job(batch_server, unique())
    eventually(lambda: batch.described)
    sfn.stop_execution(executionArn=execution)
    eventually(lambda: batch.terminated == ["job-1"])


def test_a_job_that_takes_too_long_is_cancelled(batch, batch_server, unique):
    sfn, execution = start_batch_job(batch_server, unique(), TimeoutSeconds=1)
    description = ended(sfn, execution)
    assert (description["status"], description["error"]) == ("FAILED", "States.Timeout")
    eventually(lambda: batch.terminated == ["job-1"])


def test_a_job_that_fails_can_be_caught(batch, batch_server, unique):
    batch.status = "FAILED"
    sfn, execution = start_batch_job(batch_server, unique())
    description = ended(sfn, execution)
    assert description["error"] == "States.TaskFailed"
    assert json.loads(description["cause"]) == {"JobId": "job-1", "Status": "FAILED"}
    assert {"name": "MANAGED_BY_AWS", "value": "STARTED_BY_STEP_FUNCTIONS"} in batch.submitted[0][
        "containerOverrides"
    ]["environment"]


def test_a_task_of_ecs(aws, machine, start, sfn, unique):
    name = unique()
    ecs, ec2 = aws.client("ecs"), aws.client("ec2")
    ecs.create_cluster(clusterName=name)
    image = ec2.describe_images()["Images"][0]["ImageId"]
    instance = ec2.run_instances(ImageId=image, MinCount=1, MaxCount=1)["Instances"][0]
    ecs.register_container_instance(
        cluster=name,
        instanceIdentityDocument=json.dumps({"instanceId": instance["InstanceId"]}),
    )
    container = {"name": "main", "image": "any", "memory": 128}
    ecs.register_task_definition(family=name, containerDefinitions=[container])
    task = job_task("ecs:runTask.sync", {"Cluster": name, "TaskDefinition": name})
    execution = start(machine(task))
    running = eventually(lambda: ecs.list_tasks(cluster=name)["taskArns"])
    started = ecs.describe_tasks(cluster=name, tasks=running)["tasks"][0]
    assert started["startedBy"] == "AWS Step Functions"
    ecs.stop_task(cluster=name, task=running[0])
    description = ended(sfn, execution)
    assert description["status"] == "SUCCEEDED", description
    result = json.loads(description["output"])
    assert (result["LastStatus"], result["TaskArn"]) == ("STOPPED", running[0])
    assert "SdkHttpMetadata" not in result
