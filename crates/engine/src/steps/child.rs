//! Executions that tasks start: which one it was, by what the task said of it.

use std::sync::Arc;

use compasso_types::{Json, Payload};

use super::Steps;
use crate::Event;

/// What starts an execution, or a run of a pipeline, with the member of its answer that names it.
const STARTERS: [(&str, &str); 2] =
    [("states:startExecution", "ExecutionArn"), ("compasso:pipeline", "id")];

/// Returns the ARN of the execution that a task of this resource started, by what it said when it had.
pub fn started_by(resource: &str, output: &Payload) -> Option<Arc<str>> {
    let (_, member) = STARTERS.into_iter().find(|(starter, _)| resource.contains(starter))?;
    let named = output.value().get(member).and_then(Json::as_str)?;
    named.starts_with("arn:").then(|| named.into())
}

impl Steps {
    /// Notes which execution a task started. How the task ended may say nothing of it.
    pub(super) fn note_child(&mut self, event: &Event, resource: &str, output: &Payload) {
        if let Some(child) = started_by(resource, output) {
            self.change(event, |_, step| step.child = Some(child));
        }
    }
}
