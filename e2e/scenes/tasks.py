"""Tasks: workers of activities, functions, callbacks, nested executions."""

from clients import ROLE, eventually

from scenes import LAMBDA, PASS, scene

INVOKE = "arn:aws:states:::lambda:invoke"
NESTED = "arn:aws:states:::states:startExecution"


def task(resource, **fields):
    return {"T": {"Type": "Task", "Resource": resource, "End": True, **fields}}


def create_activity(stage):
    return stage.sfn.create_activity(name=stage.name())["activityArn"]


@scene("a worker that succeeds")
def worker_succeeds(stage):
    activity = create_activity(stage)
    machine = stage.create(task(activity, TimeoutSeconds=600, HeartbeatSeconds=300))
    execution = stage.start(machine)
    token = stage.take(activity)
    stage.sfn.send_task_heartbeat(taskToken=token)
    stage.sfn.send_task_success(taskToken=token, output="{}")
    stage.finish(execution)
    for action in ["send_task_success", "send_task_failure", "send_task_heartbeat"]:
        output = {"output": "{}"} if action == "send_task_success" else {}
        stage.refused("TaskTimedOut", action, taskToken=token, **output)


@scene("a worker that fails")
def worker_fails(stage):
    activity = create_activity(stage)
    execution = stage.start(stage.create(task(activity)))
    token = stage.take(activity)
    stage.sfn.send_task_failure(taskToken=token, error="Broken", cause="as asked")
    stage.finish(execution)


@scene("a worker that is too slow")
def worker_times_out(stage):
    activity = create_activity(stage)
    execution = stage.start(stage.create(task(activity, TimeoutSeconds=1)))
    stage.take(activity)
    stage.finish(execution)


@scene("functions called by their ARN")
def functions(stage):
    stage.run(task(f"{LAMBDA}echo", TimeoutSeconds=600, Credentials={"RoleArn": ROLE}))
    stage.run(task(f"{LAMBDA}fail"), {"type": "Broken"})
    stage.run(task(f"{LAMBDA}sleep", TimeoutSeconds=1))


@scene("functions called as a service")
def service(stage):
    parameters = {"FunctionName": "echo", "Payload": {}}
    fields = {"TimeoutSeconds": 600, "HeartbeatSeconds": 300, "Credentials": {"RoleArn": ROLE}}
    stage.run(task(INVOKE, Parameters=parameters, **fields))
    stage.run(task(INVOKE, Parameters={"FunctionName": "fail", "Payload": {"type": "Broken"}}))


def callback(stage, **fields):
    """Starts a task that waits for its token; returns the execution and the token."""
    file = stage.folder / stage.name()
    payload = {"token.$": "$$.Task.Token", "file": str(file)}
    parameters = {"FunctionName": "keep-token", "Payload": payload}
    states = task(f"{INVOKE}.waitForTaskToken", Parameters=parameters, **fields)
    execution = stage.start(stage.create(states))
    eventually(file.exists)
    return execution, file.read_text()


@scene("callbacks")
def callbacks(stage):
    execution, token = callback(stage)
    stage.sfn.send_task_success(taskToken=token, output="{}")
    stage.finish(execution)
    execution, _ = callback(stage, TimeoutSeconds=1)
    stage.finish(execution)


@scene("nested executions")
def nested(stage):
    child = stage.create({"A": PASS})
    stage.run(task(f"{NESTED}.sync:2", Parameters={"StateMachineArn": child}))
    stage.run(task(NESTED, Parameters={"StateMachineArn": f"{child}:7"}))
