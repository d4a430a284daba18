//! How an event moves what is at work: a task, or an instance of one.

use std::sync::Arc;

use compasso_engine::EventKind;
use compasso_types::Timestamp;

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
