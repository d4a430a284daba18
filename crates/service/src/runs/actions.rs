//! What is at work beside the tasks of a run, and keeps it open once these have ended: hooks, and what undoes
//! tasks.

use std::collections::BTreeMap;
use std::sync::Arc;

use compasso_engine::{Event, EventId, EventKind, ScopeId};
use compasso_pipeline::is_of_compensation;
use compasso_types::Timestamp;
use serde::Serialize;

use super::compensation::COMPENSATION;
use super::hooks::FailedHooks;
use super::moves::{Failed, Moved, failure, moved};
use crate::dates::iso_if;

/// Most hooks that are told of, and most tasks that are being undone; those that began first.
const ACTIONS_MAX: usize = 20;

/// A hook, or what undoes a task, that was tried and has not ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ActionView {
    /// What the history calls the hook, such as `load (on_retry)`; or the task that is undone: `task`,
    /// `group/task/key`.
    pub name: Arc<str>,
    /// `queued`, `running`, `retrying` or `waiting`; `failed` where it failed for good.
    pub state: &'static str,
    /// The number of its latest attempt, from 1 on.
    pub attempt: u32,
    /// When it goes on, if it waits for an instant.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "iso_if")]
    pub until: Option<Timestamp>,
    /// The last error of its attempts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<Arc<str>>,
    /// What the error says about itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cause: Option<Arc<str>>,
}

/// The actions beside the tasks of an open run that have not ended, as its events say.
#[derive(Debug, Default)]
pub(super) struct OpenActions {
    /// The events that begin their blocks.
    beginnings: BTreeMap<EventId, Action>,
    open: BTreeMap<ScopeId, Action>,
    /// What undid tasks and failed for good.
    not_undone: Vec<ActionView>,
}

/// What is known of hooks, and of what undoes tasks.
#[derive(Debug, Default)]
pub(super) struct Beside {
    pub(super) failed: FailedHooks,
    pub(super) open: OpenActions,
}

#[derive(Debug)]
struct Action {
    undoes: bool,
    view: ActionView,
}

impl Beside {
    pub(super) fn apply(&mut self, event: &Event) {
        self.failed.apply(event);
        self.open.apply(event);
    }

    /// Forgets what had not ended when the run did.
    pub(super) fn close(&mut self) {
        self.open.open.clear();
        self.open.beginnings.clear();
    }
}

impl OpenActions {
    fn apply(&mut self, event: &Event) {
        match &event.kind {
            EventKind::ExecutionRedriven { .. } | EventKind::CompensationAsked { .. } => {
                *self = Self::default();
            }
            EventKind::AsideEntered { aside } if **aside != *COMPENSATION => {
                self.beginnings.insert(event.id, Action::new(aside, false));
            }
            EventKind::MapIterationStarted { name, key: Some(key), .. }
                if is_of_compensation(name) =>
            {
                self.beginnings.insert(event.id, Action::new(key, true));
            }
            EventKind::AsideExited { .. }
            | EventKind::MapIterationSucceeded { .. }
            | EventKind::MapIterationAborted { .. } => drop(self.open.remove(&event.scope)),
            EventKind::MapIterationFailed { .. } => {
                let failed = self.open.remove(&event.scope).filter(|action| action.undoes);
                self.not_undone.extend(failed.map(Action::failed));
            }
            EventKind::StateEntered { .. } => self.enter_state(event),
            kind => {
                if let Some(action) = self.open.get_mut(&event.scope) {
                    action.view.take_note(kind);
                }
            }
        }
    }

    /// Begins with the first state of a block; each later one is tried for itself.
    fn enter_state(&mut self, event: &Event) {
        if let Some(action) = self.beginnings.remove(&event.previous) {
            self.open.insert(event.scope, action);
        } else if let Some(action) = self.open.get_mut(&event.scope) {
            *action = Action::new(&action.view.name, action.undoes);
        }
    }

    /// Returns the hooks that were tried and have not ended.
    pub(super) fn hooks(&self) -> Vec<ActionView> {
        self.tried(false)
    }

    /// Returns which tasks are being undone.
    pub(super) fn undoing(&self) -> Vec<ActionView> {
        self.tried(true)
    }

    /// Returns which tasks could not be undone, and why.
    pub(super) fn not_undone(&self) -> Vec<ActionView> {
        self.not_undone.iter().take(ACTIONS_MAX).cloned().collect()
    }

    fn tried(&self, undoes: bool) -> Vec<ActionView> {
        let is_meant = |action: &&Action| action.undoes == undoes && action.view.attempt > 0;
        let meant = self.open.values().filter(is_meant).take(ACTIONS_MAX);
        meant.map(|action| action.view.clone()).collect()
    }
}

impl Action {
    fn new(name: &Arc<str>, undoes: bool) -> Self {
        let (name, state) = (name.clone(), "running");
        let view = ActionView { name, state, attempt: 0, until: None, error: None, cause: None };
        Self { undoes, view }
    }

    fn failed(self) -> ActionView {
        ActionView { state: "failed", until: None, ..self.view }
    }
}

impl ActionView {
    fn take_note(&mut self, event: &EventKind) {
        if matches!(event, EventKind::TaskScheduled { .. }) {
            self.attempt += 1;
        }
        if let Some(Failed { error, cause }) = failure(event) {
            (self.error, self.cause) = (error, cause);
        }
        if let Some(Moved { state, until }) = moved(event) {
            (self.state, self.until) = (state, until);
        }
    }
}
