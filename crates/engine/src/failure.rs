//! Errors: how they are named, retried, caught, and passed outwards.

use std::sync::Arc;
use std::time::Duration;

use compasso_expr::Failure;
use compasso_ir::{Dataflow, ErrorPattern, Jitter, Kind, Retrier, State};
use compasso_jsonata::Host;
use compasso_types::error_names::is_error_like;
use compasso_types::limits::{EACH_INSTANCES_MAX, RUN_VALUE_BYTES_MAX};
use compasso_types::{Json, Object, Payload, Timestamp};

use crate::context::Scene;
use crate::dataflow::Fields;
use crate::scope::Work;
use crate::turn::Turn;
use crate::{BranchFailure, EventId, EventKind, ScopeId, TaskError};

/// What an expression of a pipeline fails with.
const EXPRESSION: &str = "Expression";
/// What an expression of a pipeline fails with that takes too much.
const EXPRESSION_LIMIT: &str = "ExpressionLimit";
/// What a task fails with because its breaker is open.
const CIRCUIT_OPEN: &str = "CircuitOpen";
/// Bits of a random number that make a fraction a double holds exactly.
const FRACTION_BITS: u32 = 53;

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
    location: Option<Arc<str>>,
    /// How long whoever reported it asks to wait before another attempt.
    retry_after: Option<Duration>,
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

    fn is_any_of(&self, patterns: &[ErrorPattern]) -> bool {
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
    fn output(&self) -> Json {
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

impl Turn<'_> {
    /// Raises `problem` in the state that `scope` is in; it follows from the scope's last event.
    pub(crate) fn raise(&mut self, scope: ScopeId, problem: Problem) {
        let origin = self.note_evaluation_failure(scope, &problem);
        self.fail_state(scope, origin, problem);
    }

    /// Records that a JSONata field failed, and returns the event the failure follows from.
    ///
    /// The event carries the previous id of the state's own entry, except for a Wait's
    /// `Timestamp`, where it points to the entry: so it was seen on AWS.
    pub(crate) fn note_evaluation_failure(&mut self, scope: ScopeId, problem: &Problem) -> EventId {
        let Some(location) = &problem.location else { return self.execution.scope(scope).last };
        let active = self.execution.active(scope);
        let state = self.execution.state(active.state);
        let at_wait = matches!(state.kind, Kind::Wait(_)) && &**location == "Timestamp";
        let previous = if at_wait { active.entry } else { active.before };
        let failed = EventKind::EvaluationFailed {
            state: state.name.clone(),
            error: problem.error.clone().unwrap_or_default(),
            cause: problem.cause.clone().unwrap_or_default(),
            location: Some(location.clone()),
        };
        self.record(scope, previous, failed)
    }

    /// Retries, catches, or passes outwards an error of the state that `scope` is in. `origin` is
    /// the event that failed it.
    pub(crate) fn fail_state(&mut self, scope: ScopeId, origin: EventId, problem: Problem) {
        let definition = self.execution.definition.clone();
        let state = definition.state(self.execution.active(scope).state);
        self.note(|seen| seen.problem = Some(problem.task_error()));
        if self.retry(scope, origin, state, &problem) {
            return;
        }
        let origin = match (&state.kind, &self.execution.active(scope).work) {
            (Kind::Fork(_), Work::Fork { .. } | Work::Graph(_)) => {
                self.record(scope, origin, EventKind::ParallelStateFailed)
            }
            // A Map that has not started says so only of a JSONata failure: so it was seen on AWS.
            (Kind::Map(_), work)
                if matches!(work, Work::Map(_) | Work::MapRun(_)) || problem.location.is_some() =>
            {
                self.record(scope, origin, EventKind::MapStateFailed)
            }
            _ => origin,
        };
        match state.catch.iter().position(|catcher| problem.is_any_of(&catcher.errors)) {
            Some(index) => {
                self.note(|seen| seen.catch_index = Some(index));
                self.catch(scope, state, index, &problem);
            }
            None => self.fail_scope(scope, origin, problem),
        }
    }

    /// Schedules a retry if a retrier takes the error and has attempts left.
    fn retry(&mut self, scope: ScopeId, origin: EventId, state: &State, problem: &Problem) -> bool {
        let Some(at) = state.retry.iter().position(|r| problem.is_any_of(&r.errors)) else {
            return false;
        };
        let used = self.execution.active(scope).retries.get(at).copied().unwrap_or(0);
        let retrier = &state.retry[at];
        if used >= retrier.max_attempts || problem.is_any_of(&retrier.except) {
            return false;
        }
        let until = self.retry_at(scope, retrier, used, problem);
        let entered = self.execution.active(scope).entered;
        let last = retrier.window.map(|window| entered.after(window));
        if last.into_iter().chain(self.total_end(scope, state)).any(|last| until > last) {
            return false;
        }
        let retrier = u32::try_from(at).expect("a definition has few retriers");
        let failure = self.execution.is_retry_told(scope).then(|| problem.branch_failure());
        self.record(scope, origin, EventKind::RetryScheduled { retrier, until, failure });
        true
    }

    /// Returns when all attempts of a task must have ended, if its placement says so.
    fn total_end(&self, scope: ScopeId, state: &State) -> Option<Timestamp> {
        let Kind::Task(task) = &state.kind else { return None };
        let scene = self.scene(scope);
        // What it cannot be told is told when the next attempt asks for it.
        scene.total_end(task.placement.as_deref()?, &self.execution.active(scope).input).ok()?
    }

    fn retry_at(
        &self,
        scope: ScopeId,
        retrier: &Retrier,
        used: u32,
        problem: &Problem,
    ) -> Timestamp {
        let power = i32::try_from(used).unwrap_or(i32::MAX);
        let seconds = retrier.interval.as_secs_f64() * retrier.backoff_rate.powi(power);
        let longest = retrier.max_delay.unwrap_or(Duration::MAX).as_secs_f64();
        let mut seconds = seconds.min(longest).min(i64::MAX as f64 / 1000.0);
        if retrier.jitter == Jitter::Full {
            let bits = self.scene(scope).random() >> (u64::BITS - FRACTION_BITS);
            seconds *= bits as f64 / (1_u64 << FRACTION_BITS) as f64;
        }
        let computed = Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX);
        self.now.after(match problem.retry_after {
            // A breaker says when it will let attempts through at the earliest.
            Some(asked) if problem.error.as_deref() == Some(CIRCUIT_OPEN) => asked.max(computed),
            Some(asked) => asked,
            None => computed,
        })
    }

    fn catch(&mut self, scope: ScopeId, state: &State, index: usize, problem: &Problem) {
        let catcher = &state.catch[index];
        let scene = self.scene(scope);
        let output = problem.output();
        let input = &self.execution.active(scope).input;
        let caught = match &state.data {
            Dataflow::JsonPath(_) => scene
                .insert(&catcher.result_path, input, &Payload::from(output.clone()))
                .and_then(|data| {
                    Ok((data, scene.assign(catcher.assign.as_ref(), &output.clone().into())?))
                }),
            Dataflow::Jsonata(_) => {
                let sight = scene.sight(input, Some(("errorOutput", &output)));
                let (output_field, assign) = (catcher.output.as_ref(), catcher.assign.as_ref());
                let prefix = format!("Catch[{index}]/");
                let fields = Fields { prefix: &prefix, output: output_field, assign };
                scene.query_fields(fields, &sight, || Payload::from(output.clone()))
            }
        };
        let next = self.execution.state(catcher.next).name.clone();
        match caught {
            Ok((output, assigned)) => self.exit(scope, output, assigned, Some(next)),
            Err(problem) => {
                let origin = self.note_evaluation_failure(scope, &problem);
                self.fail_scope(scope, origin, problem);
            }
        }
    }

    /// Ends the block that `scope` runs with an error: the execution fails, or the enclosing
    /// Parallel or Map state does.
    pub(crate) fn fail_scope(&mut self, scope: ScopeId, origin: EventId, problem: Problem) {
        let Some(parent) = self.execution.scope(scope).parent else {
            self.cancel_all_tasks();
            let Problem { error, cause, .. } = problem;
            self.record(scope, origin, EventKind::ExecutionFailed { error, cause });
            return;
        };
        let problem = Problem { location: None, ..problem };
        if self.execution.scope(scope).is_aside {
            return self.aside_ended(scope, origin, Some(&problem));
        }
        if self.execution.graph(parent).is_some() {
            return self.branch_failed(parent, scope, origin, &problem);
        }
        let around = self.execution.active(parent);
        if let Work::Map(work) = &around.work {
            if work.instances.is_some() {
                return self.instance_failed(parent, scope, origin, &problem);
            }
            self.fail_iteration(parent, scope, origin);
        } else {
            let over = self.execution.descendants(scope);
            let siblings = self.execution.descendants(parent).into_iter();
            let others: Vec<_> = siblings.filter(|id| *id != scope && !over.contains(id)).collect();
            self.abort_tasks(&others, origin);
        }
        self.fail_state(parent, origin, problem);
    }

    /// Records that the tasks and map runs in `scopes` are given up because of `origin`.
    pub(crate) fn abort_tasks(&mut self, scopes: &[ScopeId], origin: EventId) {
        for id in scopes {
            let Some(active) = self.execution.scope(*id).active() else { continue };
            if matches!(self.execution.state(active.state).kind, Kind::Task(_)) {
                self.cancel_task(*id);
                self.record(*id, origin, EventKind::TaskStateAborted);
            } else if self.execution.graph(*id).is_some() {
                self.cancel_task(*id);
            } else if self.execution.scope(*id).map_run().is_some() {
                self.cancel_task(*id);
                self.record(*id, origin, EventKind::MapRunAborted);
                self.record(*id, origin, EventKind::MapStateAborted);
            }
        }
    }
}
