//! The attempts at tasks that are out.

use std::collections::HashMap;
use std::sync::Arc;

use compasso_engine::{Event, EventId, EventKind, ScopeId, StateKind, TaskId};
use compasso_runtime::{StartRecord, Trace};
use compasso_types::Timestamp;

use super::span::{Span, failure};

/// States whose attempts are followed at most; of others no spans are sent.
const STATES_MAX: usize = 100_000;

/// Task states that were entered, by execution and scope.
#[derive(Default)]
pub(super) struct UnderWay {
    executions: HashMap<Arc<str>, HashMap<ScopeId, State>>,
    states: usize,
}

struct State {
    name: Arc<str>,
    entry: EventId,
    attempt: u32,
    /// What was scheduled, and when.
    scheduled: Option<(Arc<str>, Timestamp)>,
}

impl UnderWay {
    /// Follows an execution by one event; returns the span of an attempt that ends with it.
    pub(super) fn step(&mut self, record: &StartRecord, event: &Event) -> Option<Span> {
        let execution = &record.start.id;
        match &event.kind {
            EventKind::StateEntered { state, kind: StateKind::Task, .. } => {
                self.enter(execution, event, state);
            }
            EventKind::TaskScheduled { resource, .. } => {
                let state = self.state(execution, event.scope)?;
                state.scheduled = Some((resource.clone(), event.at));
            }
            EventKind::RetryScheduled { .. } => self.state(execution, event.scope)?.attempt += 1,
            EventKind::TaskSucceeded { .. }
            | EventKind::TaskFailed { .. }
            | EventKind::TaskTimedOut { .. } => {
                let state = self.state(execution, event.scope)?;
                let (resource, began) = state.scheduled.take()?;
                return Some(state.span(record, event, resource, began));
            }
            EventKind::StateExited { .. } => self.leave(execution, event.scope),
            EventKind::ExecutionSucceeded { .. }
            | EventKind::ExecutionFailed { .. }
            | EventKind::ExecutionAborted { .. }
            | EventKind::ExecutionTimedOut { .. } => {
                let left = self.executions.remove(execution);
                self.states -= left.map_or(0, |states| states.len());
            }
            _ => {}
        }
        None
    }

    fn enter(&mut self, execution: &Arc<str>, event: &Event, name: &Arc<str>) {
        if self.states >= STATES_MAX {
            return;
        }
        let state = State { name: name.clone(), entry: event.id, attempt: 0, scheduled: None };
        let states = self.executions.entry(execution.clone()).or_default();
        if states.insert(event.scope, state).is_none() {
            self.states += 1;
        }
    }

    fn leave(&mut self, execution: &str, scope: ScopeId) {
        if let Some(states) = self.executions.get_mut(execution)
            && states.remove(&scope).is_some()
        {
            self.states -= 1;
        }
    }

    fn state(&mut self, execution: &str, scope: ScopeId) -> Option<&mut State> {
        self.executions.get_mut(execution)?.get_mut(&scope)
    }
}

impl State {
    fn span(
        &self,
        record: &StartRecord,
        end: &Event,
        resource: Arc<str>,
        began: Timestamp,
    ) -> Span {
        let task = TaskId { entry: self.entry, attempt: self.attempt };
        Span {
            trace: Trace::of_task(record, task),
            name: self.name.clone(),
            is_call: true,
            began,
            ended: end.at,
            attributes: vec![
                ("compasso.execution", record.start.id.clone()),
                ("compasso.state", self.name.clone()),
                ("compasso.resource", resource),
                ("compasso.attempt", (self.attempt + 1).to_string().into()),
            ],
            failure: failure(&end.kind),
        }
    }
}
