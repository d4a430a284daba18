//! How an event moves what is at work: a task, or an instance of one.

use std::sync::Arc;

use compasso_engine::{BranchState, EventKind};
use compasso_types::error_names::SKIPPED;
use compasso_types::{Json, Timestamp};

/// What a task says that uses its fallback.
const DEGRADED: &str = "degraded";

/// What became of the work.
pub(super) struct Moved {
    /// `queued`, `running`, `retrying` or `waiting`.
    pub(super) state: &'static str,
    /// When it goes on, if it waits for an instant.
    pub(super) until: Option<Timestamp>,
}

/// Returns how an event moves the work of its block; `None` if it does not.
pub(super) fn moved(event: &EventKind) -> Option<Moved> {
    let (state, until) = match event {
        EventKind::TaskSubmitted { .. } if event.leaves_task_waiting() => ("waiting", None),
        EventKind::TaskScheduled { .. } => ("queued", None),
        EventKind::TaskStarted { .. }
        | EventKind::TaskSucceeded { .. }
        | EventKind::TaskFailed { .. }
        | EventKind::TaskTimedOut { .. }
        | EventKind::EvaluationFailed { .. } => ("running", None),
        EventKind::RetryScheduled { until, .. } => ("retrying", Some(*until)),
        EventKind::WaitStarted { until } => ("waiting", Some(*until)),
        _ => return None,
    };
    Some(Moved { state, until })
}

/// What an attempt ended with.
pub(super) struct Failed {
    pub(super) error: Option<Arc<str>>,
    pub(super) cause: Option<Arc<str>>,
}

/// Returns what an attempt ended with, if it failed.
pub(super) fn failure(event: &EventKind) -> Option<Failed> {
    let (error, cause) = match event {
        EventKind::TaskFailed { error, cause, .. }
        | EventKind::TaskTimedOut { error, cause, .. } => (error.clone(), cause.clone()),
        EventKind::EvaluationFailed { error, cause, .. } => {
            (Some(error.clone()), Some(cause.clone()))
        }
        _ => return None,
    };
    Some(Failed { error, cause })
}

/// Returns whether with an event the work of a block begins, if it had not.
pub(super) fn begins(event: &EventKind) -> bool {
    matches!(
        event,
        EventKind::TaskStarted { .. }
            | EventKind::TaskSucceeded { .. }
            | EventKind::WaitStarted { .. }
    )
}

/// Returns whether the task of a block waits for its placement after an event.
pub(super) fn stays_queued(event: &EventKind, was_queued: bool) -> bool {
    match event {
        EventKind::TaskScheduled { placement, .. } => placement.is_some(),
        EventKind::TaskStarted { .. } => false,
        _ => was_queued,
    }
}

pub(super) fn is_success(event: &EventKind) -> bool {
    matches!(event, EventKind::TaskSucceeded { .. })
}

/// Returns whether with an event the work of a block is given up for its fallback.
pub(super) fn falls_back(event: &EventKind) -> bool {
    let EventKind::StateExited { assigned, .. } = event else { return false };
    assigned.get(DEGRADED).and_then(Json::as_bool) == Some(true)
}

/// Returns how an instance stands that an event ends.
pub(super) fn end_of_instance(event: &EventKind) -> BranchState {
    match event {
        EventKind::MapIterationSucceeded { .. } => BranchState::Success,
        EventKind::MapIterationFailed { failure: Some(failure), .. }
            if *failure.name == *SKIPPED =>
        {
            BranchState::Skipped
        }
        EventKind::MapIterationFailed { .. } => BranchState::Failed,
        _ => BranchState::Cancelled,
    }
}
