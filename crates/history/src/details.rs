//! Which details an event has.

use compasso_engine::{BranchState, EventKind, TaskFamily, WHOLE_RUN};
use compasso_types::{Json, Payload};

use super::View;
use super::members::{Details, TaskCredentials, Text};

/// Returns the details of an event; `None` for an event that has no such member.
#[expect(clippy::too_many_lines, reason = "a flat list of all events")]
pub(super) fn of<'a>(kind: &'a EventKind, view: View<'a>) -> Option<Details<'a>> {
    let data = view.with_data;
    let details = match kind {
        EventKind::ExecutionStarted { start } => {
            let details = Details {
                role_arn: Some(&start.role),
                state_machine_version_arn: start.version.as_deref(),
                state_machine_alias_arn: start.alias.as_deref(),
                ..Details::default()
            };
            details.input(&start.input, data)
        }
        EventKind::ExecutionSucceeded { output } => Details::default().output(output, data),
        EventKind::ExecutionFailed { error, cause }
        | EventKind::ExecutionTimedOut { error, cause }
        | EventKind::MapRunFailed { error, cause } => {
            Details::failure(error.as_ref(), cause.as_ref())
        }
        EventKind::ExecutionAborted { error, cause, by } => {
            let failure = Details::failure(error.as_ref(), cause.as_ref());
            Details { by: by.as_deref().filter(|_| view.with_people), ..failure }
        }
        EventKind::ExecutionRedriven { count, token: _, rerun: _ } => {
            Details { redrive_count: Some(*count), ..Details::default() }
        }
        EventKind::StateEntered { state, kind: _, input } => {
            Details { name: Some(state), ..Details::default() }.input(input, data)
        }
        EventKind::StateExited { state, kind: _, output, assigned, next: _ } => {
            let details = Details { name: Some(state), ..Details::default() };
            details.output(output, data).assigned(assigned, data)
        }
        EventKind::EvaluationFailed { state, error, cause, location } => Details {
            location: location.as_deref(),
            state: Some(state),
            ..Details::failure(Some(error), Some(cause))
        },
        EventKind::TaskScheduled {
            resource,
            parameters,
            timeout_seconds,
            heartbeat_seconds,
            credentials,
            placement: _,
        } => {
            let limits = [*timeout_seconds, *heartbeat_seconds];
            scheduled(resource, parameters, limits, credentials.as_ref(), view)
        }
        EventKind::TaskStarted { resource, worker } => {
            return started(resource, worker.as_deref());
        }
        EventKind::TaskSubmitted { resource, output } => called(resource).output(output, data),
        EventKind::TaskSucceeded { resource, output } => service(resource).output(output, data),
        EventKind::TaskFailed { resource, error, cause }
        | EventKind::TaskTimedOut { resource, error, cause } => {
            let Details { resource_type, resource, .. } = service(resource);
            let failure = Details::failure(error.as_ref(), cause.as_ref());
            Details { resource_type, resource, ..failure }
        }
        EventKind::MapStateStarted { items, .. } => {
            Details { length: Some(length(items)), ..Details::default() }
        }
        EventKind::MapRunRedriven { arn, count } => {
            Details { map_run_arn: Some(arn), redrive_count: Some(*count), ..Details::default() }
        }
        EventKind::MapRunStarted { run } => {
            Details { map_run_arn: Some(&run.arn), ..Details::default() }
        }
        EventKind::MapIterationStarted { name, index, .. }
        | EventKind::MapIterationSucceeded { name, index, .. }
        | EventKind::MapIterationFailed { name, index, .. }
        | EventKind::MapIterationAborted { name, index } => {
            Details { name: Some(name), index: Some(*index), ..Details::default() }
        }
        EventKind::GraphCancelled { failure, by, .. } => Details {
            by: by.as_deref(),
            ..Details::failure(Some(&failure.name), Some(&failure.cause))
        },
        EventKind::GraphJudged { state, failure, .. } => Details {
            state: Some(state.name()),
            ..Details::failure(
                failure.as_ref().map(|failure| &failure.name),
                failure.as_ref().map(|failure| &failure.cause),
            )
        },
        EventKind::AsideEntered { aside } => Details { name: Some(aside), ..Details::default() },
        EventKind::AsideExited { aside, failure, .. } => Details {
            name: Some(aside),
            ..Details::failure(
                failure.as_ref().map(|failure| &failure.name),
                failure.as_ref().map(|failure| &failure.cause),
            )
        },
        EventKind::BranchReady { branch, index }
        | EventKind::BranchEntered { branch, index }
        | EventKind::BranchWithdrawn { branch, index } => {
            Details { name: Some(branch), index: Some(*index), ..Details::default() }
        }
        EventKind::CompensationAsked { by } => Details { by: by.as_deref(), ..Details::default() },
        EventKind::BranchSteered { task, order: _, by } => {
            let name = Some(&**task).filter(|task| *task != WHOLE_RUN);
            Details { name, by: by.as_deref(), ..Details::default() }
        }
        EventKind::BranchMarked { mark, index, again: _ }
        | EventKind::MapIterationMarked { mark, index, .. } => {
            let details = Details {
                name: Some(&mark.task),
                index: Some(*index),
                state: Some(BranchState::from(mark.state).name()),
                cause: mark.reason.as_deref(),
                by: mark.by.as_deref(),
                ..Details::default()
            };
            match &mark.output {
                Some(output) => details.output(output, data),
                None => details,
            }
        }
        EventKind::BranchSkipped { branch, index, state, failure }
        | EventKind::BranchExited { branch, index, state, failure } => Details {
            name: Some(branch),
            index: Some(*index),
            state: Some(state.name()),
            ..Details::failure(
                failure.as_ref().map(|failure| &failure.name),
                failure.as_ref().map(|failure| &failure.cause),
            )
        },
        EventKind::TaskStateAborted
        | EventKind::ParallelStateStarted { .. }
        | EventKind::ParallelStateSucceeded
        | EventKind::ParallelStateFailed
        | EventKind::MapRunSucceeded
        | EventKind::MapRunAborted
        | EventKind::MapStateSucceeded
        | EventKind::MapStateFailed
        | EventKind::MapStateAborted
        | EventKind::CallbackArrived { .. }
        | EventKind::MockAwaited { .. }
        | EventKind::WorkflowDeleted
        | EventKind::HeartbeatReceived
        | EventKind::ItemsSourced { .. }
        | EventKind::ItemsRead { .. }
        | EventKind::SignalReceived { .. }
        | EventKind::SignalTaken { .. }
        | EventKind::WaitStarted { .. }
        | EventKind::RetryScheduled { .. }
        | EventKind::MapIterationKept { .. } => return None,
    };
    Some(details)
}

fn scheduled<'a>(
    resource: &'a str,
    parameters: &'a Payload,
    [timeout, heartbeat]: [Option<u64>; 2],
    credentials: Option<&'a Json>,
    view: View<'a>,
) -> Details<'a> {
    let details = Details { timeout_in_seconds: timeout, ..called(resource) };
    let task_credentials = credentials.map(TaskCredentials::of);
    match TaskFamily::of(resource) {
        TaskFamily::Activity(_) => {
            let details = Details { heartbeat_in_seconds: heartbeat, ..details };
            details.input(parameters, view.with_data)
        }
        TaskFamily::LambdaFunction(_) => {
            Details { task_credentials, ..details }.input(parameters, view.with_data)
        }
        TaskFamily::Service { .. } => Details {
            region: Some(view.region),
            parameters: view.with_data.then_some(Text(parameters)),
            heartbeat_in_seconds: heartbeat,
            task_credentials,
            ..details
        },
    }
}

fn started<'a>(resource: &'a str, worker: Option<&'a str>) -> Option<Details<'a>> {
    match TaskFamily::of(resource) {
        TaskFamily::Activity(_) => Some(Details { worker_name: worker, ..Details::default() }),
        TaskFamily::LambdaFunction(_) => None,
        TaskFamily::Service { .. } => Some(called(resource)),
    }
}

/// Says what is called: the ARN, or a service and its action.
fn called(resource: &str) -> Details<'_> {
    match TaskFamily::of(resource) {
        TaskFamily::Activity(arn) | TaskFamily::LambdaFunction(arn) => {
            Details { resource: Some(arn), ..Details::default() }
        }
        TaskFamily::Service { service, action } => {
            Details { resource_type: Some(service), resource: Some(action), ..Details::default() }
        }
    }
}

/// Says the same of a service; how an activity or a function ended does not name it again.
fn service(resource: &str) -> Details<'_> {
    match TaskFamily::of(resource) {
        TaskFamily::Activity(_) | TaskFamily::LambdaFunction(_) => Details::default(),
        TaskFamily::Service { .. } => called(resource),
    }
}

fn length(items: &Json) -> usize {
    match items {
        Json::Array(items) => items.len(),
        Json::Object(members) => members.len(),
        Json::Null | Json::Bool(_) | Json::Number(_) | Json::String(_) => 0,
    }
}
