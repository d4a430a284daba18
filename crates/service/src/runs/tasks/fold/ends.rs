//! How tasks end.

use compasso_engine::{BranchFailure, BranchState};
use compasso_types::Timestamp;

use crate::runs::tasks::{InstanceCounts, TaskView};

/// Notes how a task stands that its graph has done with, or looks at again.
pub(super) fn settle(
    task: &mut TaskView,
    at: Timestamp,
    state: BranchState,
    failure: Option<&BranchFailure>,
) {
    (task.state, task.until) = (word(state), None);
    task.ended = state.is_final().then_some(at);
    if state.is_final() {
        // What is left of them was given up with the task.
        task.instances.iter_mut().for_each(InstanceCounts::give_up);
        // What nobody was to take queued nowhere.
        task.started = task.started.or(task.entered.filter(|_| task.attempts == 0));
    }
    if let Some(BranchFailure { name, cause }) = failure {
        (task.error, task.cause) = (Some(name.clone()), Some(cause.clone()));
    } else if state == BranchState::Success {
        // What earlier attempts failed with is in the history, and tells nothing of how it ended.
        (task.error, task.cause) = (None, None);
    }
}

fn word(state: BranchState) -> &'static str {
    match state {
        BranchState::Blocked => "blocked",
        BranchState::Ready => "queued",
        BranchState::Running => "running",
        BranchState::Success => "success",
        BranchState::Failed => "failed",
        BranchState::Skipped => "skipped",
        BranchState::UpstreamFailed => "upstream_failed",
        BranchState::Cancelled => "cancelled",
    }
}
