//! Signals: named messages to a running execution.
//!
//! A Task whose resource is `compasso:signal` waits for the signal that its parameters name; the
//! payload is its result. A signal that comes before anybody waits is kept, and the first state that
//! waits for its name takes it. History shows the task alone.

use std::collections::VecDeque;
use std::sync::Arc;

use compasso_ir::ResourceKind;
use compasso_types::{Json, Payload, limits};
use serde::{Deserialize, Serialize};

use crate::context::Scene;
use crate::decide::Rejected;
use crate::problem::Problem;
use crate::scope::TaskWork;
use crate::turn::Turn;
use crate::{EventKind, Execution, ScopeId};

/// The member of the parameters that names the signal.
const NAME: &str = "Name";

/// A message to a running execution.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Signal {
    /// What states wait for.
    pub name: Arc<str>,
    /// The result of the state that takes it.
    pub payload: Payload,
    /// Tells one sending from another: a second one with the same id changes nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<Arc<str>>,
}

/// What an execution remembers of its signals.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Signals {
    /// Those nobody has taken, in the order they came.
    #[serde(default, skip_serializing_if = "VecDeque::is_empty")]
    kept: VecDeque<Signal>,
    /// The last ids, so that a repeated sending is known.
    #[serde(default, skip_serializing_if = "VecDeque::is_empty")]
    ids: VecDeque<Arc<str>>,
}

impl Signals {
    pub(crate) fn is_empty(&self) -> bool {
        self.kept.is_empty() && self.ids.is_empty()
    }

    /// Keeps a signal until a state takes it.
    pub(crate) fn keep(&mut self, signal: &Signal) {
        if let Some(id) = &signal.id {
            self.ids.push_back(id.clone());
            self.ids.drain(..self.ids.len().saturating_sub(limits::SIGNAL_IDS_MAX));
        }
        self.kept.push_back(Signal { id: None, ..signal.clone() });
    }

    /// Takes the earliest signal of this name out.
    pub(crate) fn take(&mut self, name: &str) -> Option<Signal> {
        let at = self.kept.iter().position(|signal| &*signal.name == name)?;
        self.kept.remove(at)
    }

    fn first(&self, name: &str) -> Option<&Signal> {
        self.kept.iter().find(|signal| &*signal.name == name)
    }

    fn knows(&self, id: &str) -> bool {
        self.ids.iter().any(|known| &**known == id)
    }

    fn has_room_for(&self, signal: &Signal) -> bool {
        let bytes = |signal: &Signal| signal.name.len() + signal.payload.text().len();
        let kept: usize = self.kept.iter().map(bytes).sum();
        self.kept.len() < limits::SIGNALS_KEPT_MAX
            && (self.kept.is_empty() || kept + bytes(signal) <= limits::SIGNALS_KEPT_BYTES_MAX)
    }
}

/// Says whether a task waits for a signal instead of being offered to a connector.
pub(crate) fn is_signal(kind: &ResourceKind) -> bool {
    match kind {
        ResourceKind::Service { service, action, .. } => {
            (&**service, &**action) == ("compasso", "signal")
        }
        ResourceKind::Activity | ResourceKind::LambdaFunction => false,
    }
}

impl Execution {
    /// Returns the name of the signal that `scope` waits for.
    fn awaited_signal(&self, scope: ScopeId) -> Option<&str> {
        let found = self.scope(scope);
        let (active, task) = (found.active()?, found.task()?);
        let waits = is_signal(&self.task_of(active.state).resource.kind) && task.mocked.is_none();
        waits.then(|| name_of(task)).flatten()
    }

    /// Returns the scope that has waited longest for a signal of this name.
    fn first_waiting_for(&self, name: &str) -> Option<ScopeId> {
        let scopes = self.image.scopes.iter();
        let waiting = scopes.filter(|(id, _)| self.awaited_signal(**id) == Some(name));
        waiting.min_by_key(|(_, scope)| scope.last).map(|(id, _)| *id)
    }
}

fn name_of(task: &TaskWork) -> Option<&str> {
    task.parameters.value().as_object()?.get(NAME)?.as_str()
}

impl Turn<'_> {
    /// Gives a signal to the state that has waited longest for it, or keeps it. One with an id that
    /// is known came before and changes nothing.
    pub(crate) fn signal(&mut self, signal: Signal) -> Result<(), Rejected> {
        let signals = &self.execution.image.signals;
        if signal.id.as_deref().is_some_and(|id| signals.knows(id)) {
            return Ok(());
        }
        let waiting = self.execution.first_waiting_for(&signal.name);
        if waiting.is_none() && !signals.has_room_for(&signal) {
            return Err(Rejected::TooManySignals);
        }
        self.record(ScopeId(0), 0, EventKind::SignalReceived { signal });
        if let Some(scope) = waiting {
            self.take_signal(scope);
        }
        Ok(())
    }

    /// Ends the task of `scope` with the earliest signal that was kept for it, if there is one.
    pub(crate) fn take_signal(&mut self, scope: ScopeId) {
        let Some(name) = self.execution.awaited_signal(scope) else { return };
        let Some(signal) = self.execution.image.signals.first(name) else { return };
        let Signal { name, payload, .. } = signal.clone();
        self.follow(scope, EventKind::SignalTaken { name });
        self.end_task(scope, Ok(payload));
    }
}

impl Scene<'_> {
    /// Refuses parameters of a task that waits for a signal unless they name one, and nothing else.
    pub(crate) fn check_signal(&self, parameters: &Payload) -> Result<(), Problem> {
        let name = match parameters.value().as_object() {
            Some(members) if members.len() == 1 => members.get(NAME).and_then(Json::as_str),
            _ => None,
        };
        if name.is_some_and(|name| (1..=limits::NAME_CHARS_MAX).contains(&name.chars().count())) {
            return Ok(());
        }
        Err(self.runtime(&format!(
            "The Parameters '{}' could not be used to wait for a signal: they must have the one \
             field '{NAME}', a text of 1 to {} characters",
            parameters.text(),
            limits::NAME_CHARS_MAX
        )))
    }
}
