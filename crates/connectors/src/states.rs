//! `states:startExecution`: a task that is another execution.

use std::sync::Arc;

use compasso_aws::{AwsClient, exception_name, service_cause};
use compasso_engine::{TaskError, TaskResult};
use compasso_ir::IntegrationPattern;
use compasso_runtime::{Job, Reporter, Trace};
use compasso_store::ExecutionKey;
use compasso_types::{Json, Object, Payload, Timestamp};
use tokio::runtime::Handle;

use crate::aws_service::{caller, task_error};
use crate::parameters::Parameters;
use crate::sdk_metadata::{add, derived_id, local_headers};
use crate::workflows::{ChildDescription, ChildOrder, ChildRefused, StartedChild, Workflows};

/// The id of the service that this server is.
const SERVICE_ID: &str = "SFN";

/// Starts the child; with `.sync` and `.sync:2`, waits for its end.
pub(crate) async fn start_execution(
    workflows: Arc<dyn Workflows>,
    aws: &AwsClient,
    pattern: IntegrationPattern,
    job: Job,
    reporter: Reporter,
) -> TaskResult {
    let request_id = derived_id(["startExecution", &job.idempotency_key]);
    let has_own_errors = has_own_errors(&job);
    let refused = |refused: ChildRefused| {
        if has_own_errors { refused.error() } else { error_of_refusal(&refused, &request_id) }
    };
    let account = acting_account(aws, &job).await?;
    let order = order(&job, account, &request_id)?;
    let child = workflows.start(order).await.map_err(refused)?;
    let answer = Payload::from(answer(&child, &request_id));
    let parsed = match pattern {
        IntegrationPattern::RequestResponse | IntegrationPattern::WaitForTaskToken => {
            return Ok(answer);
        }
        IntegrationPattern::Sync => false,
        IntegrationPattern::Sync2 => true,
    };
    let mut guard = StopWhenDropped { workflows: &workflows, child: Some(child.execution.clone()) };
    if job.offer.submitted.is_none() {
        reporter.submitted(answer).await;
    }
    let closed = workflows.closed(&child.execution).await;
    guard.child = None;
    let closed = closed.map_err(refused)?;
    match closed.failure("execution").filter(|_| has_own_errors) {
        Some(failure) => Err(failure),
        None => result(&closed, parsed),
    }
}

/// Returns whether the task fails with the errors of the execution that it waits for, as tasks of pipelines do but for
/// those that began before; any other one fails as the service says it.
fn has_own_errors(job: &Job) -> bool {
    job.offer.placement.is_some() && job.offer.rules >= 2
}

/// Stops a child that nobody waits for any more.
struct StopWhenDropped<'a> {
    workflows: &'a Arc<dyn Workflows>,
    child: Option<ExecutionKey>,
}

impl Drop for StopWhenDropped<'_> {
    fn drop(&mut self) {
        if let (Some(child), Ok(runtime)) = (self.child.take(), Handle::try_current()) {
            let workflows = Arc::clone(self.workflows);
            runtime.spawn(async move { workflows.stop(&child).await });
        }
    }
}

/// Returns the account whose state machines a task can start: that of its role, if the role can be
/// assumed, or that of its execution.
async fn acting_account(aws: &AwsClient, job: &Job) -> Result<Arc<str>, TaskError> {
    let caller = caller(job, &job.idempotency_key);
    let Some(role) = caller.role.filter(|role| role.account() != caller.account) else {
        return Ok(caller.account.into());
    };
    let assumed = aws.keys(&aws.endpoint(SERVICE_ID), caller).await;
    assumed.map_err(|failure| task_error(failure, job))?;
    Ok(role.account().into())
}

fn order(job: &Job, account: Arc<str>, request_id: &str) -> Result<ChildOrder, TaskError> {
    let parameters = Parameters::of(&job.offer.parameters)?;
    let name = match parameters.text("Name")? {
        Some(name) => name.into(),
        None => derived_id(["child", &job.idempotency_key]).into(),
    };
    let trace_header = parameters.text("TraceHeader")?.map(Arc::from);
    Ok(ChildOrder {
        workflow: workflow(job, parameters.required_text("StateMachineArn")?),
        name,
        input: input(&parameters, request_id)?,
        trace_header: trace_header
            .or_else(|| job.trace.as_ref().map(Trace::trace_header))
            .or_else(|| job.trace_header.clone()),
        account,
        parent: job.execution.clone(),
        token: Arc::clone(&job.token),
    })
}

/// Returns the ARN of a state machine, which tasks of pipelines may call by its name.
fn workflow(job: &Job, named: &str) -> Arc<str> {
    let account: Vec<&str> = job.execution.0.split(':').take(5).collect();
    match account.as_slice() {
        [.., region, account] if job.offer.placement.is_some() && !named.starts_with("arn:") => {
            format!("arn:aws:states:{region}:{account}:stateMachine:{named}").into()
        }
        _ => named.into(),
    }
}

fn input(parameters: &Parameters<'_>, request_id: &str) -> Result<Payload, TaskError> {
    match parameters.get("Input") {
        None => Ok(Payload::default()),
        // The API's member is a text that holds JSON; anything else is written as such a text.
        Some(Json::String(text)) => Payload::parse(&**text).map_err(|_| {
            let refusal = ChildRefused {
                code: "InvalidExecutionInput".to_owned(),
                message: format!("Invalid State Machine Execution Input: '{text}' is not JSON"),
                status: 400,
            };
            error_of_refusal(&refusal, request_id)
        }),
        Some(value) => Ok(Payload::from(value.clone())),
    }
}

fn answer(child: &StartedChild, request_id: &str) -> Json {
    let mut members = Object::new();
    members.insert("ExecutionArn".into(), Json::from(Arc::clone(&child.execution.0)));
    let headers = local_headers("application/x-amz-json-1.0", request_id);
    add(&mut members, 200, &headers, request_id);
    members.insert("StartDate".into(), date(child.started));
    Json::from(members)
}

fn result(child: &ChildDescription, parsed: bool) -> TaskResult {
    if child.status == "SUCCEEDED" {
        return Ok(Payload::from(description(child, parsed)));
    }
    let cause = description(child, false).to_string();
    Err(TaskError::new("States.TaskFailed", cause))
}

/// Writes a description the way the service's answer is shown to states: members in the order of
/// the alphabet, dates in milliseconds.
fn description(child: &ChildDescription, parsed: bool) -> Json {
    let data = |payload: &Payload| {
        if parsed { payload.value().clone() } else { Json::from(payload.text()) }
    };
    let included = || Json::object([("Included", Json::from(true))]);
    let text = |text: &Arc<str>| Json::from(Arc::clone(text));
    let members = [
        ("Cause", child.cause.as_ref().map(text)),
        ("Error", child.error.as_ref().map(text)),
        ("ExecutionArn", Some(text(&child.execution.0))),
        ("Input", Some(data(&child.input))),
        ("InputDetails", Some(included())),
        ("Name", Some(text(&child.name))),
        ("Output", child.output.as_ref().map(data)),
        ("OutputDetails", child.output.as_ref().map(|_| included())),
        ("StartDate", Some(date(child.started))),
        ("StateMachineAliasArn", child.alias.as_ref().map(text)),
        ("StateMachineArn", Some(text(&child.workflow))),
        ("StateMachineVersionArn", child.version.as_ref().map(text)),
        ("Status", Some(Json::from(child.status))),
        ("StopDate", Some(date(child.stopped))),
    ];
    Json::object(members.into_iter().filter_map(|(name, value)| Some((name, value?))))
}

fn date(instant: Timestamp) -> Json {
    Json::from(instant.0)
}

fn error_of_refusal(refused: &ChildRefused, request_id: &str) -> TaskError {
    let ChildRefused { code, message, status } = refused;
    TaskError::new(
        exception_name("StepFunctions", code),
        service_cause(message, "AWSStepFunctions", *status, code, request_id),
    )
}
