//! The attempts of a task.

use compasso_engine::{Event, EventKind};

use super::{AttemptView, TaskView};
use crate::runs::moves::{Failed, failure};

/// Most attempts that are told of; the latest.
const TRIES_MAX: usize = 20;

/// Takes note of how an event moves the latest attempt of a task.
pub(super) fn note(task: &mut TaskView, event: &Event) {
    if matches!(event.kind, EventKind::TaskScheduled { .. }) {
        if task.tries.len() == TRIES_MAX {
            task.tries.remove(0);
        }
        return task.tries.push(AttemptView {
            event: event.id,
            queued: event.at,
            started: None,
            ended: None,
            error: None,
            cause: None,
        });
    }
    let Some(last) = task.tries.last_mut().filter(|last| last.ended.is_none()) else { return };
    match &event.kind {
        EventKind::TaskStarted { .. } => last.started = Some(event.at),
        EventKind::TaskSucceeded { .. } => last.ended = Some(event.at),
        kind => {
            let Some(Failed { error, cause }) = failure(kind) else { return };
            (last.ended, last.error, last.cause) = (Some(event.at), error, cause);
        }
    }
}
