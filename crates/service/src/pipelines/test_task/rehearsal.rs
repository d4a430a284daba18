//! A pipeline that has one task to look at, run by the engine alone.

use std::collections::BTreeMap;
use std::sync::Arc;

use compasso_engine::{
    Closed, Effect, Event, EventKind, Offer, ScopeId, Start, TaskError, TaskResult,
};
use compasso_ir::Definition;
use compasso_pipeline::{HOLD, task_of};
use compasso_types::{Json, Payload, Timestamp};

use crate::virtual_run::VirtualRun;

/// Most turns of a test, so that one that never ends does.
const TURNS_MAX: usize = 10_000;

/// How far a tested task came.
pub(super) enum Stop {
    /// It asks for its work to be done.
    Offered(Box<Offer>),
    /// It is over.
    Ended(Ended),
}

/// How a tested task ended.
#[derive(Debug, Default)]
pub(super) struct Ended {
    /// `success`, `failed`, `skipped`, `upstream_failed`, `cancelled`, `retrying` or `waiting`.
    pub(super) state: &'static str,
    pub(super) output: Option<Payload>,
    pub(super) error: Option<TaskError>,
    /// When it is tried again.
    pub(super) retry_at: Option<Timestamp>,
}

/// A run in which one task is looked at.
pub(super) struct Rehearsal {
    run: VirtualRun,
    task: Arc<str>,
    /// How the tasks end that are needed.
    given: BTreeMap<Arc<str>, TaskResult>,
    /// How the work of the task ends, once that is known.
    result: Option<TaskResult>,
    /// The state that each block entered last.
    places: BTreeMap<ScopeId, Arc<str>>,
    /// What the task left, and what it failed with last.
    output: Option<Payload>,
    error: Option<TaskError>,
}

impl Rehearsal {
    pub(super) fn new(
        definition: Arc<Definition>,
        start: Start,
        now: Timestamp,
        task: Arc<str>,
        given: BTreeMap<Arc<str>, TaskResult>,
        result: Option<TaskResult>,
    ) -> Self {
        let run = VirtualRun::begin(definition, start, now);
        Self { run, task, given, result, places: BTreeMap::new(), output: None, error: None }
    }

    /// Ends what the task asked for.
    pub(super) fn answer(&mut self, offer: &Offer, result: TaskResult) {
        self.run.finish(offer, result.clone());
        self.result = Some(result);
    }

    /// Runs until the task asks for something, or is over.
    pub(super) fn go_on(&mut self) -> Stop {
        for _ in 0..TURNS_MAX {
            let Some((events, effects)) = self.run.turn() else { break };
            if let Some(ended) = events.iter().find_map(|event| self.note(event)) {
                return Stop::Ended(ended);
            }
            if let Some(closed) = self.run.closed() {
                return Stop::Ended(before(closed));
            }
            let mut asked = None;
            for effect in effects {
                match effect {
                    Effect::OfferTask(offer) if *offer.resource.arn == *HOLD => {
                        self.run.hold(&offer);
                    }
                    Effect::OfferTask(offer) => match self.result_of(&offer) {
                        Some(result) => self.run.finish(&offer, result),
                        None => asked = Some(offer),
                    },
                    Effect::Continue => self.run.go_on(),
                    Effect::StartMapRun(_) | Effect::CancelTask(_) => {}
                }
            }
            if let Some(offer) = asked {
                return Stop::Offered(offer);
            }
        }
        Stop::Ended(Ended { state: "waiting", ..Ended::default() })
    }

    /// Returns how a task ends that is offered, if that is known.
    fn result_of(&self, offer: &Offer) -> Option<TaskResult> {
        if let Some(given) = self.given.get(task_of(&offer.state)) {
            return Some(given.clone());
        }
        match &self.result {
            None => None,
            // What is done instead of work that failed gives nothing here.
            Some(_) if !self.is_work(&offer.state) => Some(Ok(Json::Null.into())),
            Some(result) => Some(result.clone()),
        }
    }

    /// Says whether a state does the work of the task.
    fn is_work(&self, state: &str) -> bool {
        state.strip_suffix("[]").unwrap_or(state) == &*self.task
    }

    /// Takes note of what happened; returns how the task ended, if it did.
    fn note(&mut self, event: &Event) -> Option<Ended> {
        match &event.kind {
            EventKind::StateEntered { state, .. } => {
                self.places.insert(event.scope, state.clone());
            }
            EventKind::BranchSkipped { branch, state, failure, .. } => {
                let group = self.places.get(&event.scope).map(|state| task_of(state));
                let group = group.filter(|group| !group.starts_with('('));
                let path = group.map_or(branch.to_string(), |group| format!("{group}.{branch}"));
                let is_around = self.task.strip_prefix(&path);
                let error = failure.as_ref().map(|why| TaskError::new(&*why.name, &*why.cause));
                if is_around.is_some_and(|rest| rest.is_empty() || rest.starts_with('.')) {
                    return Some(Ended { state: state.name(), error, ..Ended::default() });
                }
            }
            kind if self.is_here(event.scope) => return self.note_of_task(kind),
            _ => {}
        }
        None
    }

    /// Says whether a block is at the task.
    fn is_here(&self, scope: ScopeId) -> bool {
        self.places.get(&scope).is_some_and(|state| task_of(state) == &*self.task)
    }

    /// Takes note of what happened to the task itself.
    fn note_of_task(&mut self, kind: &EventKind) -> Option<Ended> {
        match kind {
            EventKind::StateExited { output, .. } => self.output = Some(output.clone()),
            EventKind::TaskFailed { error, cause, .. }
            | EventKind::TaskTimedOut { error, cause, .. } => {
                self.error = Some(TaskError::of(error.clone(), cause.clone()));
            }
            EventKind::EvaluationFailed { error, cause, .. } => {
                self.error = Some(TaskError::of(Some(error.clone()), Some(cause.clone())));
            }
            EventKind::RetryScheduled { until, .. } => {
                let error = self.error.take();
                let state = "retrying";
                return Some(Ended { state, error, retry_at: Some(*until), output: None });
            }
            EventKind::BranchExited { state, failure, .. } => {
                let error = failure.as_ref().map(|why| TaskError::new(&*why.name, &*why.cause));
                return Some(self.ended(state.name(), error));
            }
            EventKind::MapIterationSucceeded { .. } => return Some(self.ended("success", None)),
            EventKind::MapIterationFailed { failure, .. } => {
                let error = failure.as_ref().map(|why| TaskError::new(&*why.name, &*why.cause));
                let error = error.or_else(|| self.error.take());
                return Some(self.ended("failed", error));
            }
            _ => {}
        }
        None
    }

    fn ended(&mut self, state: &'static str, error: Option<TaskError>) -> Ended {
        let output = self.output.take().filter(|_| state == "success");
        Ended { state, output, error, retry_at: None }
    }
}

/// Returns how a run ended that did not come to the task.
fn before(closed: &Closed) -> Ended {
    let error = match closed {
        Closed::Failed { error, cause } | Closed::Aborted { error, cause, .. } => {
            Some(TaskError::of(error.clone(), cause.clone()))
        }
        Closed::Succeeded { .. } | Closed::TimedOut => None,
    };
    Ended { state: if error.is_some() { "failed" } else { "skipped" }, error, ..Ended::default() }
}
