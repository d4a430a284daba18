"""What no scene shows, and why. A reason that is no longer needed fails the test as well."""

NO_KMS = "the server calls no KMS: it stores under no key of the customer"
NO_QUOTA = "there is no such quota unless the settings ask for one (`e2e/test_quotas.py`)"
NO_RACE = "concurrent changes are tried again by the server, sixteen times"
NO_TRACING_ERROR = "`enabled` is all there is, and any value of it is right"
NO_FAILURE_OF_SCHEDULING = "nothing stands between the server and its own queues that could fail"
NO_CAUSE = "Amazon gives no cause for a time-out either"
MANY = "takes a thousand {}; a test of the service shows it"

# Errors that no action of this server answers.
ERRORS_EVERYWHERE = {
    "KmsAccessDeniedException": NO_KMS,
    "KmsInvalidStateException": NO_KMS,
    "KmsThrottlingException": NO_KMS,
    "ActivityLimitExceeded": NO_QUOTA,
    "ExecutionLimitExceeded": NO_QUOTA,
    "StateMachineLimitExceeded": NO_QUOTA,
    "InvalidTracingConfiguration": NO_TRACING_ERROR,
    "TaskDoesNotExist": "executions are never removed, so a task that there was times out instead",
}

ERRORS = {
    ("CreateStateMachine", "ConflictException"): NO_RACE,
    ("CreateStateMachine", "StateMachineTypeNotSupported"): "there are two types, and both are",
    ("CreateStateMachineAlias", "InvalidName"): "a wrong name breaks the pattern of the member",
    ("DeleteStateMachineAlias", "ConflictException"): NO_RACE,
    ("DeleteStateMachineAlias", "ResourceNotFound"): "deleting what is not there succeeds",
    ("GetActivityTask", "ActivityWorkerLimitExceeded"): MANY.format("workers at once"),
    ("PublishStateMachineVersion", "ServiceQuotaExceededException"): MANY.format("versions"),
    ("StartSyncExecution", "StateMachineDeleting"): "Express state machines are gone at once",
    ("UpdateStateMachine", "ConflictException"): NO_RACE,
    ("UpdateStateMachine", "ServiceQuotaExceededException"): MANY.format("versions"),
    ("UpdateStateMachineAlias", "ConflictException"): NO_RACE,
}

# By action and the beginning of the member's path.
ANSWERS = {
    ("GetExecutionHistory", "events.[].activityScheduleFailedEventDetails"): (
        NO_FAILURE_OF_SCHEDULING
    ),
    ("GetExecutionHistory", "events.[].lambdaFunctionScheduleFailedEventDetails"): (
        NO_FAILURE_OF_SCHEDULING
    ),
    ("GetExecutionHistory", "events.[].lambdaFunctionStartFailedEventDetails"): (
        NO_FAILURE_OF_SCHEDULING
    ),
    ("GetExecutionHistory", "events.[].taskStartFailedEventDetails"): NO_FAILURE_OF_SCHEDULING,
    ("GetExecutionHistory", "events.[].taskSubmitFailedEventDetails"): NO_FAILURE_OF_SCHEDULING,
    ("GetExecutionHistory", "events.[].activityTimedOutEventDetails.cause"): NO_CAUSE,
    ("GetExecutionHistory", "events.[].executionTimedOutEventDetails.cause"): NO_CAUSE,
    ("GetExecutionHistory", "events.[].lambdaFunctionTimedOutEventDetails.cause"): NO_CAUSE,
    ("GetExecutionHistory", "events.[].taskTimedOutEventDetails.cause"): NO_CAUSE,
}


def why_no_error(action, error):
    return ERRORS.get((action, error)) or ERRORS_EVERYWHERE.get(error)


def why_no_member(action, path):
    for known, reason in ANSWERS.items():
        if known[0] == action and (path == known[1] or path.startswith(f"{known[1]}.")):
            return reason
    return None
