"""Activities: workers that ask for tasks and answer by token."""

import json
import threading

import pytest

from clients import ACCOUNT, REGION, ended, event_types, eventually, history

UNKNOWN = f"arn:aws:states:{REGION}:{ACCOUNT}:activity:nobody-made-this"


@pytest.fixture
def activity(sfn, unique):
    return sfn.create_activity(name=unique("activity"))["activityArn"]


def working(activity, **fields):
    return {"Work": {"Type": "Task", "Resource": activity, "End": True, **fields}}


def take(sfn, activity, worker="worker-1"):
    """Polls until there is a task."""

    def task():
        answer = sfn.get_activity_task(activityArn=activity, workerName=worker)
        return answer if answer.get("taskToken") else None

    return eventually(task)


def test_a_worker_takes_a_task_and_its_result_is_the_output(sfn, activity, machine, start):
    execution = start(machine(working(activity)), {"n": 7})
    task = take(sfn, activity)
    assert json.loads(task["input"]) == {"n": 7}
    sfn.send_task_heartbeat(taskToken=task["taskToken"])
    sfn.send_task_success(taskToken=task["taskToken"], output='{"done": true}')
    assert json.loads(ended(sfn, execution)["output"]) == {"done": True}
    events = history(sfn, execution)
    assert [event["type"] for event in events] == [
        "ExecutionStarted",
        "TaskStateEntered",
        "ActivityScheduled",
        "ActivityStarted",
        "ActivitySucceeded",
        "TaskStateExited",
        "ExecutionSucceeded",
    ]
    assert events[2]["activityScheduledEventDetails"]["resource"] == activity
    assert events[3]["activityStartedEventDetails"] == {"workerName": "worker-1"}


def test_workers_side_by_side_do_every_task_once(sfn, activity, machine, start):
    arn = machine(working(activity))
    executions = [start(arn, {"n": n}) for n in range(20)]
    seen, lock = [], threading.Lock()

    def work(name):
        while True:
            with lock:
                if len(seen) >= len(executions):
                    return
            task = sfn.get_activity_task(activityArn=activity, workerName=name)
            token = task.get("taskToken")
            if not token:
                return
            number = json.loads(task["input"])["n"]
            with lock:
                seen.append(number)
                last = len(seen) == len(executions)
            if number >= 0:
                sfn.send_task_success(taskToken=token, output=json.dumps(number * 2))
            if last:
                # The others wait in their polls; a task for each lets them go.
                for _ in range(3):
                    start(arn, {"n": -1})

    workers = [threading.Thread(target=work, args=[f"w{n}"]) for n in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    outputs = [int(ended(sfn, execution)["output"]) for execution in executions]
    assert outputs == [n * 2 for n in range(20)]
    assert sorted(n for n in seen if n >= 0) == list(range(20))


def test_a_failure_told_by_a_worker_is_retried_and_caught_by_its_name(
    sfn, activity, machine, start
):
    states = working(
        activity,
        Retry=[{"ErrorEquals": ["Busy"], "IntervalSeconds": 1, "MaxAttempts": 1}],
        Catch=[{"ErrorEquals": ["Busy"], "Next": "Give up"}],
    )
    states["Give up"] = {"Type": "Pass", "End": True}
    execution = start(machine(states))
    tokens = []
    for _ in range(2):
        task = take(sfn, activity)
        tokens.append(task["taskToken"])
        sfn.send_task_failure(taskToken=task["taskToken"], error="Busy", cause="try later")
    output = json.loads(ended(sfn, execution)["output"])
    assert output == {"Error": "Busy", "Cause": "try later"}
    assert tokens[0] != tokens[1]
    assert event_types(sfn, execution).count("ActivityFailed") == 2


def test_an_uncaught_failure_of_a_worker_ends_the_execution(sfn, activity, machine, start):
    execution = start(machine(working(activity)))
    sfn.send_task_failure(
        taskToken=take(sfn, activity)["taskToken"], error="Broken", cause="beyond repair"
    )
    described = ended(sfn, execution)
    assert (described["status"], described["error"]) == ("FAILED", "Broken")
    assert described["cause"] == "beyond repair"


def test_a_token_is_good_for_one_answer(sfn, activity, machine, start):
    execution = start(machine(working(activity)))
    token = take(sfn, activity)["taskToken"]
    sfn.send_task_success(taskToken=token, output="1")
    ended(sfn, execution)
    for answer in [
        lambda: sfn.send_task_success(taskToken=token, output="2"),
        lambda: sfn.send_task_failure(taskToken=token, error="Late"),
        lambda: sfn.send_task_heartbeat(taskToken=token),
    ]:
        with pytest.raises((sfn.exceptions.TaskTimedOut, sfn.exceptions.TaskDoesNotExist)):
            answer()
    assert sfn.describe_execution(executionArn=execution)["output"] == "1"


@pytest.mark.parametrize("token", ["nonsense", "AAAA", "x" * 1000])
def test_a_made_up_token_is_refused(sfn, token):
    with pytest.raises(sfn.exceptions.InvalidToken) as refused:
        sfn.send_task_success(taskToken=token, output="1")
    assert refused.value.response["Error"]["Message"] == "Invalid Token: 'Invalid token'"


def test_an_output_that_is_no_json_is_refused_and_the_task_goes_on(sfn, activity, machine, start):
    execution = start(machine(working(activity)))
    token = take(sfn, activity)["taskToken"]
    with pytest.raises(sfn.exceptions.InvalidOutput):
        sfn.send_task_success(taskToken=token, output="not json")
    sfn.send_task_success(taskToken=token, output="1")
    assert ended(sfn, execution)["output"] == "1"


def test_a_missed_heartbeat_times_the_task_out(sfn, activity, machine, start):
    states = working(activity, HeartbeatSeconds=1, TimeoutSeconds=60)
    execution = start(machine(states))
    token = take(sfn, activity)["taskToken"]
    described = ended(sfn, execution)
    assert (described["status"], described["error"]) == ("FAILED", "States.Timeout")
    assert "ActivityTimedOut" in event_types(sfn, execution)
    with pytest.raises(sfn.exceptions.TaskTimedOut):
        sfn.send_task_success(taskToken=token, output="1")


def test_a_task_of_a_stopped_execution_takes_no_answer(sfn, activity, machine, start):
    execution = start(machine(working(activity)))
    token = take(sfn, activity)["taskToken"]
    sfn.stop_execution(executionArn=execution)
    with pytest.raises((sfn.exceptions.TaskTimedOut, sfn.exceptions.TaskDoesNotExist)):
        sfn.send_task_success(taskToken=token, output="1")


def test_activities_are_created_once_described_listed_and_deleted(sfn, unique):
    name = unique("activity")
    first, second = sfn.create_activity(name=name), sfn.create_activity(name=name)
    arn = first["activityArn"]
    assert first == {**second, "ResponseMetadata": first["ResponseMetadata"]}
    assert arn == f"arn:aws:states:{REGION}:{ACCOUNT}:activity:{name}"
    described = sfn.describe_activity(activityArn=arn)
    assert (described["name"], described["creationDate"]) == (name, first["creationDate"])
    pages = sfn.get_paginator("list_activities").paginate(PaginationConfig={"PageSize": 2})
    assert arn in [item["activityArn"] for page in pages for item in page["activities"]]
    sfn.tag_resource(resourceArn=arn, tags=[{"key": "k", "value": "v"}])
    assert sfn.list_tags_for_resource(resourceArn=arn)["tags"] == [{"key": "k", "value": "v"}]
    sfn.delete_activity(activityArn=arn)
    sfn.delete_activity(activityArn=arn)
    with pytest.raises(sfn.exceptions.ActivityDoesNotExist):
        sfn.describe_activity(activityArn=arn)


def test_nobody_polls_an_activity_that_is_not_there(sfn):
    with pytest.raises(sfn.exceptions.ActivityDoesNotExist) as refused:
        sfn.get_activity_task(activityArn=UNKNOWN)
    expected = f"Activity Does Not Exist: '{UNKNOWN}'"
    assert refused.value.response["Error"]["Message"] == expected


def test_a_bad_name_of_an_activity_is_refused(sfn):
    with pytest.raises(sfn.exceptions.InvalidName):
        sfn.create_activity(name="no blanks")
