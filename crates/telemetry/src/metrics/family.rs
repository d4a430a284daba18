//! The names of metrics, and which events they count.

use std::sync::Arc;
use std::time::Duration;

use compasso_engine::{EventKind, TaskFamily};

use super::task_times::Taken;

/// What a metric is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Subject {
    StateMachine,
    Activity,
    LambdaFunction,
    ServiceIntegration,
}

impl Subject {
    pub(super) fn label(self) -> &'static str {
        match self {
            Self::StateMachine => "state_machine_arn",
            Self::Activity => "activity_arn",
            Self::LambdaFunction => "lambda_function_arn",
            Self::ServiceIntegration => "service_integration_resource_arn",
        }
    }
}

/// How far a task is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    Scheduled,
    Started,
    Submitted,
    Succeeded,
    Failed,
    TimedOut,
}

/// Makes an enum of metrics with their names in CloudWatch and here.
macro_rules! metrics {
    ($(#[$docs:meta])* $kind:ident { $($name:ident = $cloudwatch:literal / $ours:literal,)+ }) => {
        $(#[$docs])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub(super) enum $kind { $($name,)+ }

        impl $kind {
            pub(super) const ALL: &[Self] = &[$(Self::$name,)+];

            pub(super) fn cloudwatch_name(self) -> &'static str {
                match self { $(Self::$name => $cloudwatch,)+ }
            }

            pub(super) fn name(self) -> &'static str {
                match self { $(Self::$name => $ours,)+ }
            }
        }
    };
}

metrics! {
    /// What is counted.
    Count {
        ExecutionsStarted = "ExecutionsStarted" / "executions_started",
        ExecutionsSucceeded = "ExecutionsSucceeded" / "executions_succeeded",
        ExecutionsFailed = "ExecutionsFailed" / "executions_failed",
        ExecutionsAborted = "ExecutionsAborted" / "executions_aborted",
        ExecutionsTimedOut = "ExecutionsTimedOut" / "executions_timed_out",
        ActivitiesScheduled = "ActivitiesScheduled" / "activities_scheduled",
        ActivitiesStarted = "ActivitiesStarted" / "activities_started",
        ActivitiesSucceeded = "ActivitiesSucceeded" / "activities_succeeded",
        ActivitiesFailed = "ActivitiesFailed" / "activities_failed",
        ActivitiesTimedOut = "ActivitiesTimedOut" / "activities_timed_out",
        LambdaFunctionsScheduled = "LambdaFunctionsScheduled" / "lambda_functions_scheduled",
        LambdaFunctionsStarted = "LambdaFunctionsStarted" / "lambda_functions_started",
        LambdaFunctionsSucceeded = "LambdaFunctionsSucceeded" / "lambda_functions_succeeded",
        LambdaFunctionsFailed = "LambdaFunctionsFailed" / "lambda_functions_failed",
        LambdaFunctionsTimedOut = "LambdaFunctionsTimedOut" / "lambda_functions_timed_out",
        ServiceIntegrationsScheduled =
            "ServiceIntegrationsScheduled" / "service_integrations_scheduled",
        ServiceIntegrationsStarted = "ServiceIntegrationsStarted" / "service_integrations_started",
        ServiceIntegrationsSucceeded =
            "ServiceIntegrationsSucceeded" / "service_integrations_succeeded",
        ServiceIntegrationsFailed = "ServiceIntegrationsFailed" / "service_integrations_failed",
        ServiceIntegrationsTimedOut =
            "ServiceIntegrationsTimedOut" / "service_integrations_timed_out",
    }
}

metrics! {
    /// What takes time.
    Time {
        Execution = "ExecutionTime" / "execution_time",
        ExpressExecutionBilled = "ExpressExecutionBilledDuration" / "express_execution_billed_duration",
        ActivitySchedule = "ActivityScheduleTime" / "activity_schedule_time",
        ActivityRun = "ActivityRunTime" / "activity_run_time",
        Activity = "ActivityTime" / "activity_time",
        LambdaFunctionSchedule = "LambdaFunctionScheduleTime" / "lambda_function_schedule_time",
        LambdaFunctionRun = "LambdaFunctionRunTime" / "lambda_function_run_time",
        LambdaFunction = "LambdaFunctionTime" / "lambda_function_time",
        ServiceIntegrationSchedule =
            "ServiceIntegrationScheduleTime" / "service_integration_schedule_time",
        ServiceIntegrationRun = "ServiceIntegrationRunTime" / "service_integration_run_time",
        ServiceIntegration = "ServiceIntegrationTime" / "service_integration_time",
    }
}

/// Returns what an event of a task is about, and how far the task is.
pub(super) fn step(kind: &EventKind) -> Option<(Subject, &Arc<str>, Step)> {
    let (resource, step) = match kind {
        EventKind::TaskScheduled { resource, .. } => (resource, Step::Scheduled),
        EventKind::TaskStarted { resource, .. } => (resource, Step::Started),
        EventKind::TaskSubmitted { resource, .. } => (resource, Step::Submitted),
        EventKind::TaskSucceeded { resource, .. } => (resource, Step::Succeeded),
        EventKind::TaskFailed { resource, .. } => (resource, Step::Failed),
        EventKind::TaskTimedOut { resource, .. } => (resource, Step::TimedOut),
        _ => return None,
    };
    let subject = match TaskFamily::of(resource) {
        TaskFamily::Activity(_) => Subject::Activity,
        TaskFamily::LambdaFunction(_) => Subject::LambdaFunction,
        TaskFamily::Service { .. } => Subject::ServiceIntegration,
    };
    Some((subject, resource, step))
}

/// Returns what is counted of a subject; of tasks in the order of their steps.
pub(super) fn counts(subject: Subject) -> [Count; 5] {
    match subject {
        Subject::StateMachine => [
            Count::ExecutionsStarted,
            Count::ExecutionsSucceeded,
            Count::ExecutionsFailed,
            Count::ExecutionsAborted,
            Count::ExecutionsTimedOut,
        ],
        Subject::Activity => [
            Count::ActivitiesScheduled,
            Count::ActivitiesStarted,
            Count::ActivitiesSucceeded,
            Count::ActivitiesFailed,
            Count::ActivitiesTimedOut,
        ],
        Subject::LambdaFunction => [
            Count::LambdaFunctionsScheduled,
            Count::LambdaFunctionsStarted,
            Count::LambdaFunctionsSucceeded,
            Count::LambdaFunctionsFailed,
            Count::LambdaFunctionsTimedOut,
        ],
        Subject::ServiceIntegration => [
            Count::ServiceIntegrationsScheduled,
            Count::ServiceIntegrationsStarted,
            Count::ServiceIntegrationsSucceeded,
            Count::ServiceIntegrationsFailed,
            Count::ServiceIntegrationsTimedOut,
        ],
    }
}

/// Returns what counts a step of a task.
pub(super) fn count(subject: Subject, step: Step) -> Option<Count> {
    let [scheduled, started, succeeded, failed, timed_out] = counts(subject);
    match step {
        Step::Scheduled => Some(scheduled),
        Step::Started => Some(started),
        Step::Submitted => None,
        Step::Succeeded => Some(succeeded),
        Step::Failed => Some(failed),
        Step::TimedOut => Some(timed_out),
    }
}

/// Returns the times that a step ended.
pub(super) fn times(subject: Subject, taken: Taken) -> impl Iterator<Item = (Time, Duration)> {
    let [schedule, run, whole] = match subject {
        // An execution is no task.
        Subject::StateMachine => [Time::Execution; 3],
        Subject::Activity => [Time::ActivitySchedule, Time::ActivityRun, Time::Activity],
        Subject::LambdaFunction => {
            [Time::LambdaFunctionSchedule, Time::LambdaFunctionRun, Time::LambdaFunction]
        }
        Subject::ServiceIntegration => [
            Time::ServiceIntegrationSchedule,
            Time::ServiceIntegrationRun,
            Time::ServiceIntegration,
        ],
    };
    [(schedule, taken.schedule), (run, taken.run), (whole, taken.whole)]
        .into_iter()
        .filter_map(|(time, taken)| Some((time, taken?)))
}
