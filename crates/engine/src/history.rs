//! What Amazon's history calls the events.

use std::borrow::Cow;

use crate::{EventKind, SteerOrder, WHOLE_RUN};

/// What a task's resource says about its events: how history names them, and what is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TaskFamily<'a> {
    /// `Activity…`; the ARN.
    Activity(&'a str),
    /// `LambdaFunction…`, for a function's ARN as resource.
    LambdaFunction(&'a str),
    /// `Task…`
    Service {
        /// `resourceType`: `sqs`, `aws-sdk:dynamodb`.
        service: &'a str,
        /// `resource`: `sendMessage.waitForTaskToken`.
        action: &'a str,
    },
}

impl<'a> TaskFamily<'a> {
    /// Reads a resource's ARN.
    pub fn of(arn: &'a str) -> Self {
        let parts: Vec<&str> = arn.splitn(6, ':').collect();
        match parts[..] {
            [_, _, "states", _, _, rest] if rest.starts_with("activity:") => Self::Activity(arn),
            [_, _, "states", _, _, rest] => Self::service(rest),
            [_, _, "lambda", ..] => Self::LambdaFunction(arn),
            _ => Self::service(arn),
        }
    }

    /// Splits `aws-sdk:dynamodb:putItem` before its last part; `.sync:2` belongs to that part.
    fn service(rest: &'a str) -> Self {
        let end = if rest.ends_with(".sync:2") { rest.len() - ":2".len() } else { rest.len() };
        match rest[..end].rfind(':') {
            Some(at) => Self::Service { service: &rest[..at], action: &rest[at + 1..] },
            None => Self::Service { service: "", action: rest },
        }
    }

    fn word(self) -> &'static str {
        match self {
            Self::Activity(_) => "Activity",
            Self::LambdaFunction(_) => "LambdaFunction",
            Self::Service { .. } => "Task",
        }
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
            Self::ExecutionRedriven { .. } => "ExecutionRedriven",
            Self::EvaluationFailed { .. } => "EvaluationFailed",
            Self::TaskStateAborted => "TaskStateAborted",
            Self::CallbackArrived { .. } => "(CallbackArrived)",
            Self::ItemsSourced { .. } => "(ItemsSourced)",
            Self::ItemsRead { .. } => "(ItemsRead)",
            Self::MockAwaited { .. } => "(MockAwaited)",
            Self::WorkflowDeleted => "(WorkflowDeleted)",
            Self::HeartbeatReceived => "(HeartbeatReceived)",
            Self::SignalReceived { .. } => "(SignalReceived)",
            Self::SignalTaken { .. } => "(SignalTaken)",
            Self::WaitStarted { .. } => "(WaitStarted)",
            Self::RetryScheduled { .. } => "(RetryScheduled)",
            Self::ParallelStateStarted { .. } => "ParallelStateStarted",
            Self::ParallelStateSucceeded => "ParallelStateSucceeded",
            Self::ParallelStateFailed => "ParallelStateFailed",
            Self::BranchSteered { task, order, .. } => match (order, **task == *WHOLE_RUN) {
                (SteerOrder::Hold, true) => "GraphHeld",
                (SteerOrder::Release, true) => "GraphReleased",
                (SteerOrder::Hold, false) => "BranchHeld",
                (SteerOrder::Release, false) => "BranchReleased",
                (SteerOrder::Skip, _) => "BranchSkipAsked",
            },
            Self::BranchMarked { .. } => "BranchMarked",
            Self::GraphCancelled { .. } => "GraphCancelled",
            Self::GraphJudged { .. } => "GraphJudged",
            Self::CompensationAsked { .. } => "CompensationAsked",
            Self::AsideEntered { .. } => "AsideEntered",
            Self::AsideExited { .. } => "AsideExited",
            Self::BranchReady { .. } => "BranchReady",
            Self::BranchSkipped { .. } => "BranchSkipped",
            Self::BranchEntered { .. } => "BranchEntered",
            Self::BranchExited { .. } => "BranchExited",
            Self::BranchWithdrawn { .. } => "BranchWithdrawn",
            Self::MapStateStarted { .. } => "MapStateStarted",
            Self::MapIterationStarted { .. } => "MapIterationStarted",
            Self::MapIterationKept { .. } => "MapIterationKept",
            Self::MapIterationSucceeded { .. } => "MapIterationSucceeded",
            Self::MapIterationFailed { .. } => "MapIterationFailed",
            Self::MapIterationAborted { .. } => "MapIterationAborted",
            Self::MapIterationMarked { .. } => "MapIterationMarked",
            Self::MapRunStarted { .. } => "MapRunStarted",
            Self::MapRunRedriven { .. } => "MapRunRedriven",
            Self::MapRunSucceeded => "MapRunSucceeded",
            Self::MapRunFailed { .. } => "MapRunFailed",
            Self::MapRunAborted => "MapRunAborted",
            Self::MapStateSucceeded => "MapStateSucceeded",
            Self::MapStateFailed => "MapStateFailed",
            Self::MapStateAborted => "MapStateAborted",
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

    fn check(arn: &str, service: &str, action: &str) {
        assert_eq!(TaskFamily::of(arn), TaskFamily::Service { service, action }, "{arn}");
    }

    #[test]
    fn service_resources_are_split_before_the_action() {
        check(
            "arn:aws:states:::sqs:sendMessage.waitForTaskToken",
            "sqs",
            "sendMessage.waitForTaskToken",
        );
        check("arn:aws:states:::aws-sdk:dynamodb:putItem", "aws-sdk:dynamodb", "putItem");
        check("arn:aws:states:::states:startExecution.sync:2", "states", "startExecution.sync:2");
        check("arn:aws:states:::lambda:invoke", "lambda", "invoke");
        check("arn:aws:states:::compasso:process", "compasso", "process");
    }

    #[test]
    fn activities_and_functions_have_families_of_their_own() {
        let activity = "arn:aws:states:eu-west-1:123456789012:activity:Work";
        assert_eq!(TaskFamily::of(activity), TaskFamily::Activity(activity));
        let function = "arn:aws:lambda:eu-west-1:123456789012:function:f:$LATEST";
        assert_eq!(TaskFamily::of(function), TaskFamily::LambdaFunction(function));
    }
}
