//! An error on its way outwards: how it is named, and what `Retry` and `Catch` see of it.

use std::sync::Arc;
use std::time::Duration;

use compasso_expr::Failure;
use compasso_ir::ErrorPattern;
use compasso_types::error_names::is_error_like;
use compasso_types::limits::{EACH_INSTANCES_MAX, RUN_VALUE_BYTES_MAX};
use compasso_types::{Json, Object, Payload};

use crate::context::Scene;
use crate::{BranchFailure, TaskError};

/// What an expression of a pipeline fails with.
const EXPRESSION: &str = "Expression";
/// What an expression of a pipeline fails with that takes too much.
const EXPRESSION_LIMIT: &str = "ExpressionLimit";

/// An error on its way outwards.
#[derive(Clone, Debug)]
pub(crate) struct Problem {
    pub(crate) error: Option<Arc<str>>,
    pub(crate) cause: Option<Arc<str>>,
    /// Whether `Retry` and `Catch` see it at all.
    catchable: bool,
    /// Whether it was silence that timed out, which has a name of its own in `ErrorEquals`.
    heartbeat: bool,
    /// The field of a JSONata state that could not be evaluated.
    pub(crate) location: Option<Arc<str>>,
    /// How long whoever reported it asks to wait before another attempt.
    pub(crate) retry_after: Option<Duration>,
}

impl Problem {
    pub(crate) fn new(error: &str, cause: impl Into<Arc<str>>) -> Self {
        Self {
            error: Some(error.into()),
            cause: Some(cause.into()),
            catchable: error != "States.Runtime",
            heartbeat: false,
            location: None,
            retry_after: None,
        }
    }

    /// Makes the error of an `each` with too many items, `count` of which are known.
    pub(crate) fn too_many_items(count: usize, has_more: bool) -> Self {
        let least = if has_more { "at least " } else { "" };
        let batch = count.div_ceil(EACH_INSTANCES_MAX);
        let cause = format!(
            "'each' has {least}{count} items; there are at most {EACH_INSTANCES_MAX} instances, so give \
             each of them several items, such as with 'batch: {batch}'."
        );
        Self::new("TooManyItems", cause)
    }

    /// Makes the error of an `each` whose outputs are too much together.
    pub(crate) fn outputs_too_large(instances: usize) -> Self {
        let most = RUN_VALUE_BYTES_MAX / (1024 * 1024);
        let cause = format!(
            "The outputs of {instances} instances of 'each' are more than {most} MiB together, so \
             no other one begins. Let each of them give less: shorten it with 'outputs', or leave \
             large data in artifacts."
        );
        Self::new("States.DataLimitExceeded", cause)
    }

    /// Makes the error of a task that ended with `error`.
    pub(crate) fn of_task(error: &TaskError) -> Self {
        Self {
            error: error.error.clone(),
            cause: error.cause.clone(),
            catchable: error.error.as_deref() != Some("States.Runtime"),
            heartbeat: false,
            location: None,
            retry_after: error.retry_after_ms.map(Duration::from_millis),
        }
    }

    /// Makes the error of a task that timed out, or whose worker fell silent.
    pub(crate) fn timeout(heartbeat: bool) -> Self {
        let error = Some("States.Timeout".into());
        Self { error, cause: None, catchable: true, heartbeat, location: None, retry_after: None }
    }

    /// Makes the error of an expression over a document that failed.
    pub(crate) fn of_expression(failure: &Failure) -> Self {
        let (name, location) = match failure {
            Failure::Limit { location, .. } => (EXPRESSION_LIMIT, Some(location.as_str().into())),
            Failure::Query { location, .. } => (EXPRESSION, Some(location.as_str().into())),
            _ => (EXPRESSION, None),
        };
        Self { location, ..Self::new(name, failure.to_string()) }
    }

    /// Makes the error of a value of `what` that is larger than the limit.
    pub(crate) fn too_large(what: &str) -> Self {
        let cause = format!(
            "The state/task '{what}' returned a result with a size exceeding the maximum number \
             of bytes service limit."
        );
        Self::new("States.DataLimitExceeded", cause)
    }

    /// Makes it one that nobody can retry or catch.
    pub(crate) fn terminal(self) -> Self {
        Self { catchable: false, ..self }
    }

    /// Makes it one of no field: that is known of the state that it began in alone.
    pub(crate) fn elsewhere(self) -> Self {
        Self { location: None, ..self }
    }

    /// Returns it as a pipeline's branch fails with it: some errors have other names there.
    pub(crate) fn branch_failure(&self) -> BranchFailure {
        let name = match self.error.as_deref() {
            Some("States.Timeout") if self.heartbeat => "Heartbeat".into(),
            Some("States.Timeout") => "Timeout".into(),
            Some("States.QueryEvaluationError") => EXPRESSION.into(),
            Some("States.DataLimitExceeded") => "OutputTooLarge".into(),
            Some(name) => name.into(),
            None => "Failed".into(),
        };
        BranchFailure { name, cause: self.cause.clone().unwrap_or_default() }
    }

    /// Returns its name and cause, as a task would report it.
    pub(crate) fn task_error(&self) -> TaskError {
        TaskError::of(self.error.clone(), self.cause.clone())
    }

    fn is_named(&self, pattern: &str) -> bool {
        let error = self.error.as_deref().unwrap_or_default();
        match pattern {
            "States.ALL" => true,
            "States.TaskFailed" => !matches!(error, "States.Timeout" | "States.DataLimitExceeded"),
            "States.HeartbeatTimeout" if self.heartbeat => true,
            _ => pattern == error,
        }
    }

    pub(crate) fn is_any_of(&self, patterns: &[ErrorPattern]) -> bool {
        let fits = |pattern: &ErrorPattern| match pattern {
            ErrorPattern::Equals(name) => self.is_named(name),
            ErrorPattern::Like(name) => self.is_like(name),
        };
        self.catchable && patterns.iter().any(fits)
    }

    /// Returns whether pipelines have such a name for it, or for a class of errors it is of.
    fn is_like(&self, pattern: &str) -> bool {
        let BranchFailure { name, .. } = self.branch_failure();
        is_error_like(&name, pattern) || self.error.as_deref() == Some(pattern)
    }

    /// Returns the Error Output that a catcher sees.
    pub(crate) fn output(&self) -> Json {
        let mut members = Object::with_capacity(2);
        for (name, text) in [("Error", &self.error), ("Cause", &self.cause)] {
            if let Some(text) = text {
                members.insert(name.into(), text.clone().into());
            }
        }
        members.into()
    }
}

impl Scene<'_> {
    /// Returns the words Amazon puts before a cause that names the state.
    fn prefix(&self) -> String {
        let active = self.active();
        let name = &self.execution.state(active.state).name;
        let entry = active.entry;
        format!(
            "An error occurred while executing the state '{name}' (entered at the event id #{entry}). "
        )
    }

    /// Makes a `States.Runtime` error.
    pub(crate) fn runtime(&self, text: &str) -> Problem {
        Problem::new("States.Runtime", self.prefix() + text)
    }

    /// Makes an error of this name.
    pub(crate) fn named(&self, error: &str, text: &str) -> Problem {
        Problem::new(error, self.prefix() + text)
    }

    /// Makes a `States.QueryEvaluationError` at a field.
    pub(crate) fn query_problem(&self, location: &str, text: &str) -> Problem {
        let problem = self.named("States.QueryEvaluationError", text);
        Problem { location: Some(location.into()), ..problem }
    }

    /// Makes the error of a failed evaluation over `data`.
    pub(crate) fn problem_over(&self, failure: &Failure, data: &Payload) -> Problem {
        match failure {
            Failure::NotInInput(text) => self.runtime(&format!("{text} '{}'", data.text())),
            other => self.problem(other),
        }
    }

    /// Makes the error of a failed evaluation.
    pub(crate) fn problem(&self, failure: &Failure) -> Problem {
        match failure {
            Failure::Runtime(text) => self.runtime(text),
            Failure::Intrinsic(text) => self.named("States.IntrinsicFailure", text),
            Failure::Named { error, cause } => self.named(error, cause),
            Failure::Query { location, cause } => self.query_problem(location, cause),
            other => self.runtime(&other.to_string()),
        }
    }
}
