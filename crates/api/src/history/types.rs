//! Names of events and of their details.

use std::sync::Arc;

use compasso_service::{EventKind, StateKind};
use compasso_types::{Json, Payload};

use super::View;
use super::details::{Details, TaskCredentials, Text};
use super::resource::Family;

/// An event's name, and its details under their member.
pub(super) struct Shape<'a> {
    pub(super) name: &'static str,
    pub(super) details: Option<(&'static str, Details<'a>)>,
}

impl<'a> Shape<'a> {
    /// Returns how an event is shown; `None` for those that are not.
    #[expect(clippy::too_many_lines, reason = "a flat list of all events")]
    pub(super) fn of(kind: &'a EventKind, view: View<'a>) -> Option<Self> {
        let data = view.with_data;
        let shape = match kind {
            EventKind::ExecutionStarted { start } => {
                let details = Details {
                    role_arn: Some(&start.role),
                    state_machine_version_arn: start.version.as_deref(),
                    state_machine_alias_arn: start.alias.as_deref(),
                    ..Details::default()
                };
                let details = details.input(&start.input, data);
                Self::with("ExecutionStarted", "executionStartedEventDetails", details)
            }
            EventKind::ExecutionSucceeded { output } => {
                let details = Details::default().output(output, data);
                Self::with("ExecutionSucceeded", "executionSucceededEventDetails", details)
            }
            EventKind::ExecutionFailed { error, cause } => {
                let details = Details::failure(error.as_ref(), cause.as_ref());
                Self::with("ExecutionFailed", "executionFailedEventDetails", details)
            }
            EventKind::ExecutionAborted { error, cause } => {
                let details = Details::failure(error.as_ref(), cause.as_ref());
                Self::with("ExecutionAborted", "executionAbortedEventDetails", details)
            }
            EventKind::ExecutionTimedOut { error, cause } => {
                let details = Details::failure(error.as_ref(), cause.as_ref());
                Self::with("ExecutionTimedOut", "executionTimedOutEventDetails", details)
            }
            EventKind::StateEntered { state, kind, input } => {
                let details = Details { name: Some(state), ..Details::default() };
                let details = details.input(input, data);
                Self::with(entered(*kind), "stateEnteredEventDetails", details)
            }
            EventKind::StateExited { state, kind, output, assigned, next: _ } => {
                let details = Details { name: Some(state), ..Details::default() };
                let details = details.output(output, data).assigned(assigned, data);
                Self::with(exited(*kind), "stateExitedEventDetails", details)
            }
            EventKind::EvaluationFailed { state, error, cause, location } => {
                let details = Details {
                    location: location.as_deref(),
                    state: Some(state),
                    ..Details::failure(Some(error), Some(cause))
                };
                Self::with("EvaluationFailed", "evaluationFailedEventDetails", details)
            }
            EventKind::TaskScheduled {
                resource,
                parameters,
                timeout_seconds,
                heartbeat_seconds,
                credentials,
            } => scheduled(
                resource,
                parameters,
                [*timeout_seconds, *heartbeat_seconds],
                credentials.as_ref(),
                view,
            ),
            EventKind::TaskStarted { resource, worker } => started(resource, worker.as_deref()),
            EventKind::TaskSubmitted { resource, output } => {
                let details = named(resource).output(output, data);
                Self::with("TaskSubmitted", "taskSubmittedEventDetails", details)
            }
            EventKind::TaskSucceeded { resource, output } => succeeded(resource, output, data),
            EventKind::TaskFailed { resource, error, cause } => {
                failed(resource, error.as_ref(), cause.as_ref())
            }
            EventKind::TaskTimedOut { resource, error, cause } => {
                timed_out(resource, error.as_ref(), cause.as_ref())
            }
            EventKind::TaskStateAborted => Self::bare("TaskStateAborted"),
            EventKind::ParallelStateStarted { .. } => Self::bare("ParallelStateStarted"),
            EventKind::ParallelStateSucceeded => Self::bare("ParallelStateSucceeded"),
            EventKind::ParallelStateFailed => Self::bare("ParallelStateFailed"),
            EventKind::MapStateStarted { items, .. } => {
                let details = Details { length: Some(length(items)), ..Details::default() };
                Self::with("MapStateStarted", "mapStateStartedEventDetails", details)
            }
            EventKind::MapIterationStarted { name, index, .. } => {
                let details = iteration(name, *index);
                Self::with("MapIterationStarted", "mapIterationStartedEventDetails", details)
            }
            EventKind::MapIterationSucceeded { name, index } => {
                let details = iteration(name, *index);
                Self::with("MapIterationSucceeded", "mapIterationSucceededEventDetails", details)
            }
            EventKind::MapIterationFailed { name, index } => {
                let details = iteration(name, *index);
                Self::with("MapIterationFailed", "mapIterationFailedEventDetails", details)
            }
            EventKind::MapIterationAborted { name, index } => {
                let details = iteration(name, *index);
                Self::with("MapIterationAborted", "mapIterationAbortedEventDetails", details)
            }
            EventKind::MapStateSucceeded => Self::bare("MapStateSucceeded"),
            EventKind::MapStateFailed => Self::bare("MapStateFailed"),
            EventKind::CallbackArrived { .. }
            | EventKind::HeartbeatReceived
            | EventKind::WaitStarted { .. }
            | EventKind::RetryScheduled { .. } => return None,
        };
        Some(shape)
    }

    fn with(name: &'static str, member: &'static str, details: Details<'a>) -> Self {
        Self { name, details: Some((member, details)) }
    }

    fn bare(name: &'static str) -> Self {
        Self { name, details: None }
    }
}

fn entered(kind: StateKind) -> &'static str {
    match kind {
        StateKind::Task => "TaskStateEntered",
        StateKind::Pass => "PassStateEntered",
        StateKind::Choice => "ChoiceStateEntered",
        StateKind::Wait => "WaitStateEntered",
        StateKind::Succeed => "SucceedStateEntered",
        StateKind::Fail => "FailStateEntered",
        StateKind::Parallel => "ParallelStateEntered",
        StateKind::Map => "MapStateEntered",
    }
}

/// A Fail state is never left.
fn exited(kind: StateKind) -> &'static str {
    match kind {
        StateKind::Task => "TaskStateExited",
        StateKind::Pass => "PassStateExited",
        StateKind::Choice => "ChoiceStateExited",
        StateKind::Wait => "WaitStateExited",
        StateKind::Succeed | StateKind::Fail => "SucceedStateExited",
        StateKind::Parallel => "ParallelStateExited",
        StateKind::Map => "MapStateExited",
    }
}

fn scheduled<'a>(
    resource: &'a str,
    parameters: &'a Payload,
    [timeout, heartbeat]: [Option<u64>; 2],
    credentials: Option<&'a Json>,
    view: View<'a>,
) -> Shape<'a> {
    let details = Details {
        timeout_in_seconds: timeout,
        heartbeat_in_seconds: heartbeat,
        task_credentials: credentials.map(TaskCredentials::of),
        ..named(resource)
    };
    match Family::of(resource) {
        Family::Activity(_) => {
            let details = Details { task_credentials: None, ..details };
            let details = details.input(parameters, view.with_data);
            Shape::with("ActivityScheduled", "activityScheduledEventDetails", details)
        }
        Family::Lambda(_) => {
            let details = Details { heartbeat_in_seconds: None, ..details };
            let details = details.input(parameters, view.with_data);
            Shape::with("LambdaFunctionScheduled", "lambdaFunctionScheduledEventDetails", details)
        }
        Family::Service { .. } => {
            let parameters = view.with_data.then_some(Text(parameters));
            let details = Details { region: Some(view.region), parameters, ..details };
            Shape::with("TaskScheduled", "taskScheduledEventDetails", details)
        }
    }
}

fn started<'a>(resource: &'a str, worker: Option<&'a str>) -> Shape<'a> {
    match Family::of(resource) {
        Family::Activity(_) => {
            let details = Details { worker_name: worker, ..Details::default() };
            Shape::with("ActivityStarted", "activityStartedEventDetails", details)
        }
        Family::Lambda(_) => Shape::bare("LambdaFunctionStarted"),
        Family::Service { .. } => {
            Shape::with("TaskStarted", "taskStartedEventDetails", named(resource))
        }
    }
}

fn succeeded<'a>(resource: &'a str, output: &'a Payload, data: bool) -> Shape<'a> {
    let details = Details::default().output(output, data);
    match Family::of(resource) {
        Family::Activity(_) => {
            Shape::with("ActivitySucceeded", "activitySucceededEventDetails", details)
        }
        Family::Lambda(_) => {
            Shape::with("LambdaFunctionSucceeded", "lambdaFunctionSucceededEventDetails", details)
        }
        Family::Service { .. } => {
            let details = named(resource).output(output, data);
            Shape::with("TaskSucceeded", "taskSucceededEventDetails", details)
        }
    }
}

fn failed<'a>(
    resource: &'a str,
    error: Option<&'a Arc<str>>,
    cause: Option<&'a Arc<str>>,
) -> Shape<'a> {
    let details = Details::failure(error, cause);
    match Family::of(resource) {
        Family::Activity(_) => Shape::with("ActivityFailed", "activityFailedEventDetails", details),
        Family::Lambda(_) => {
            Shape::with("LambdaFunctionFailed", "lambdaFunctionFailedEventDetails", details)
        }
        Family::Service { service, action } => {
            let details =
                Details { resource_type: Some(service), resource: Some(action), ..details };
            Shape::with("TaskFailed", "taskFailedEventDetails", details)
        }
    }
}

fn timed_out<'a>(
    resource: &'a str,
    error: Option<&'a Arc<str>>,
    cause: Option<&'a Arc<str>>,
) -> Shape<'a> {
    let details = Details::failure(error, cause);
    match Family::of(resource) {
        Family::Activity(_) => {
            Shape::with("ActivityTimedOut", "activityTimedOutEventDetails", details)
        }
        Family::Lambda(_) => {
            Shape::with("LambdaFunctionTimedOut", "lambdaFunctionTimedOutEventDetails", details)
        }
        Family::Service { service, action } => {
            let details =
                Details { resource_type: Some(service), resource: Some(action), ..details };
            Shape::with("TaskTimedOut", "taskTimedOutEventDetails", details)
        }
    }
}

/// Names what is called: the ARN, or a service and its action.
fn named(resource: &str) -> Details<'_> {
    match Family::of(resource) {
        Family::Activity(arn) | Family::Lambda(arn) => {
            Details { resource: Some(arn), ..Details::default() }
        }
        Family::Service { service, action } => {
            Details { resource_type: Some(service), resource: Some(action), ..Details::default() }
        }
    }
}

fn iteration(name: &str, index: u32) -> Details<'_> {
    Details { name: Some(name), index: Some(index), ..Details::default() }
}

fn length(items: &Json) -> usize {
    match items {
        Json::Array(items) => items.len(),
        Json::Object(members) => members.len(),
        Json::Null | Json::Bool(_) | Json::Number(_) | Json::String(_) => 0,
    }
}
