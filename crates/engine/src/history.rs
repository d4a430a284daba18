//! What Amazon's history calls the events.

use std::borrow::Cow;

use crate::EventKind;

/// How history names the events of a task; it follows from what the resource is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TaskFamily {
    /// `Activity…`
    Activity,
    /// `LambdaFunction…`, for a function's ARN as resource.
    LambdaFunction,
    /// `Task…`
    Service,
}

impl TaskFamily {
    /// Returns the family of a resource's ARN.
    pub fn of(resource: &str) -> Self {
        let mut parts = resource.splitn(7, ':').skip(2);
        match (parts.next(), parts.nth(2)) {
            (Some("lambda"), _) => Self::LambdaFunction,
            (Some("states"), Some("activity")) => Self::Activity,
            _ => Self::Service,
        }
    }

    fn word(self) -> &'static str {
        match self {
            Self::Activity => "Activity",
            Self::LambdaFunction => "LambdaFunction",
            Self::Service => "Task",
        }
    }
}

/// Splits a service resource's ARN into `resourceType` and `resource`:
/// `…:::aws-sdk:sqs:sendMessage.waitForTaskToken` into `aws-sdk:sqs` and
/// `sendMessage.waitForTaskToken`.
pub fn resource_parts(arn: &str) -> (&str, &str) {
    let tail = arn.splitn(6, ':').nth(5).unwrap_or(arn);
    // `.sync:2` holds a colon of its own.
    let end = tail.strip_suffix(":2").map_or(tail.len(), str::len);
    match tail[..end].rfind(':') {
        Some(at) => (&tail[..at], &tail[at + 1..]),
        None => ("", tail),
    }
}

impl EventKind {
    /// Returns the event's type as history shows it; of events it does not show, a name of ours.
    pub fn type_name(&self) -> Cow<'static, str> {
        let fixed = match self {
            Self::StateEntered { kind, .. } => {
                return format!("{}StateEntered", kind.name()).into();
            }
            Self::StateExited { kind, .. } => return format!("{}StateExited", kind.name()).into(),
            Self::TaskScheduled { resource, .. } => return task(resource, "Scheduled"),
            Self::TaskStarted { resource, .. } => return task(resource, "Started"),
            Self::TaskSubmitted { resource, .. } => return task(resource, "Submitted"),
            Self::TaskSucceeded { resource, .. } => return task(resource, "Succeeded"),
            Self::TaskFailed { resource, .. } => return task(resource, "Failed"),
            Self::TaskTimedOut { resource, .. } => return task(resource, "TimedOut"),
            Self::ExecutionStarted { .. } => "ExecutionStarted",
            Self::ExecutionSucceeded { .. } => "ExecutionSucceeded",
            Self::ExecutionFailed { .. } => "ExecutionFailed",
            Self::ExecutionAborted { .. } => "ExecutionAborted",
            Self::ExecutionTimedOut { .. } => "ExecutionTimedOut",
            Self::EvaluationFailed { .. } => "EvaluationFailed",
            Self::TaskStateAborted => "TaskStateAborted",
            Self::CallbackArrived { .. } => "(CallbackArrived)",
            Self::HeartbeatReceived => "(HeartbeatReceived)",
            Self::WaitStarted { .. } => "(WaitStarted)",
            Self::RetryScheduled { .. } => "(RetryScheduled)",
            Self::ParallelStateStarted { .. } => "ParallelStateStarted",
            Self::ParallelStateSucceeded => "ParallelStateSucceeded",
            Self::ParallelStateFailed => "ParallelStateFailed",
            Self::MapStateStarted { .. } => "MapStateStarted",
            Self::MapIterationStarted { .. } => "MapIterationStarted",
            Self::MapIterationSucceeded { .. } => "MapIterationSucceeded",
            Self::MapIterationFailed { .. } => "MapIterationFailed",
            Self::MapIterationAborted { .. } => "MapIterationAborted",
            Self::MapStateSucceeded => "MapStateSucceeded",
            Self::MapStateFailed => "MapStateFailed",
        };
        fixed.into()
    }
}

fn task(resource: &str, what: &str) -> Cow<'static, str> {
    format!("{}{what}", TaskFamily::of(resource).word()).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn resources_split_as_history_shows_them() {
        for (arn, expected) in [
            ("arn:aws:states:::lambda:invoke", ("lambda", "invoke")),
            (
                "arn:aws:states:::sqs:sendMessage.waitForTaskToken",
                ("sqs", "sendMessage.waitForTaskToken"),
            ),
            ("arn:aws:states:::aws-sdk:dynamodb:putItem", ("aws-sdk:dynamodb", "putItem")),
            ("arn:aws:states:::states:startExecution.sync:2", ("states", "startExecution.sync:2")),
        ] {
            assert_eq!(resource_parts(arn), expected);
        }
    }

    #[test]
    fn families_follow_from_the_resource() {
        for (arn, family) in [
            ("arn:aws:lambda:us-east-1:123456789012:function:f", TaskFamily::LambdaFunction),
            ("arn:aws:states:us-east-1:123456789012:activity:a", TaskFamily::Activity),
            ("arn:aws:states:::lambda:invoke", TaskFamily::Service),
        ] {
            assert_eq!(TaskFamily::of(arn), family, "{arn}");
        }
    }
}
