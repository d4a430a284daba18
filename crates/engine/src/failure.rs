//! What becomes of errors: they are retried, caught, or passed outwards.

use std::time::Duration;

use compasso_ir::{Dataflow, Jitter, Kind, Retrier, State};
use compasso_jsonata::Host;
use compasso_types::{Payload, Timestamp};

use crate::dataflow::Fields;
use crate::problem::Problem;
use crate::scope::Work;
use crate::turn::Turn;
use crate::{EventId, EventKind, ScopeId};

/// What a task fails with because its breaker is open.
const CIRCUIT_OPEN: &str = "CircuitOpen";
/// Bits of a random number that make a fraction a double holds exactly.
const FRACTION_BITS: u32 = 53;

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
        let problem = problem.elsewhere();
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
