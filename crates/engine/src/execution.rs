//! The state of one execution, a fold of its events.

use std::collections::BTreeMap;
use std::sync::Arc;

use compasso_ir::{Definition, IntegrationPattern, Kind, Map, ResourceKind, State, StateId, Task};
use compasso_types::{Json, Payload, Timestamp, limits};
use serde::{Deserialize, Serialize};

use crate::graph::{Memory, Orders};
use crate::rerun::Resting;
use crate::scope::{Active, Phase, Position, Scope, TaskWork};
use crate::signal::{Signals, is_signal};
use crate::{Effect, EventId, Offer, Redrive, Restores, ScopeId, Start, TaskId};

/// The version of the image's form; a reader refuses others.
const IMAGE_FORMAT: u32 = 1;

/// One execution.
#[derive(Clone, Debug)]
pub struct Execution {
    pub(crate) definition: Arc<Definition>,
    pub(crate) start: Option<Arc<Start>>,
    pub(crate) image: Image,
    /// What only a rerun may ask for.
    pub(crate) memory: Option<Box<Memory>>,
    pub(crate) restores: Restores,
}

/// The part of an execution that changes.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Image {
    format: u32,
    pub(crate) status: Status,
    /// Shared with the copy that a turn works on, but for what the turn changes.
    pub(crate) scopes: BTreeMap<ScopeId, Arc<Scope>>,
    pub(crate) next_scope: u32,
    pub(crate) last_event: EventId,
    pub(crate) started: Timestamp,
    /// When the last event happened.
    pub(crate) last_at: Timestamp,
    /// When the whole execution times out.
    pub(crate) deadline: Option<Timestamp>,
    /// Whether the workflow was deleted.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) orphaned: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) redrive: Option<Arc<Redrive>>,
    /// What stands still while the variables of another generation are computed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) resting: Option<Box<Resting>>,
    /// How often each mocked state ran.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) invocations: BTreeMap<Arc<str>, u32>,
    #[serde(default, skip_serializing_if = "Signals::is_empty")]
    pub(crate) signals: Signals,
    /// What was asked of tasks before they began.
    #[serde(rename = "marks", default, skip_serializing_if = "Orders::is_empty")]
    pub(crate) asked: Orders<()>,
    /// Of a run that succeeded: its outermost block, if what it did can be undone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) undoable: Option<Box<Scope>>,
}

/// How far an execution is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Status {
    /// Not closed.
    Running,
    /// Closed.
    Closed(Closed),
}

/// How an execution ended.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the fields are the closing event's")]
pub enum Closed {
    Succeeded {
        output: Payload,
    },
    Failed {
        error: Option<Arc<str>>,
        cause: Option<Arc<str>>,
    },
    TimedOut,
    Aborted {
        error: Option<Arc<str>>,
        cause: Option<Arc<str>>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        by: Option<Arc<str>>,
    },
}

/// A stored image cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum ImageError {
    /// It is not JSON of the image's form.
    #[error("image cannot be read")]
    Form(#[from] serde_json::Error),
    /// It was written by another version.
    #[error("image has format {0}, this version reads {IMAGE_FORMAT}")]
    Format(u32),
    /// It names a state the definition does not have.
    #[error("image does not belong to this definition")]
    Definition,
}

impl Execution {
    /// Returns an execution that has not started.
    pub fn new(definition: Arc<Definition>) -> Self {
        let image = Image {
            format: IMAGE_FORMAT,
            status: Status::Running,
            scopes: BTreeMap::new(),
            next_scope: 0,
            last_event: 0,
            started: Timestamp::default(),
            last_at: Timestamp::default(),
            deadline: None,
            orphaned: false,
            redrive: None,
            resting: None,
            invocations: BTreeMap::new(),
            signals: Signals::default(),
            asked: Orders::default(),
            undoable: None,
        };
        Self { definition, start: None, image, memory: None, restores: Restores::default() }
    }

    /// Returns it as one of a store that was restored from backups like this.
    #[must_use]
    pub fn restored(self, restores: Restores) -> Self {
        Self { restores, ..self }
    }

    /// Returns what recovery must send again, in the order it was first sent.
    pub fn outstanding(&self) -> Vec<Effect> {
        if !self.owes() {
            return Vec::new();
        }
        let scopes = self.image.scopes.iter();
        let owed = scopes.filter_map(|(id, scope)| {
            let owed = self.owed_offer(*id, scope).or_else(|| self.owed_map_run(*id));
            let offer = owed.or_else(|| self.owed_reading(*id))?;
            Some((scope.last, offer))
        });
        let mut offers: Vec<_> = owed.collect();
        offers.sort_by_key(|(last, _)| *last);
        let mut effects: Vec<_> = offers.into_iter().map(|(_, offer)| offer).collect();
        if self.image.scopes.values().any(|scope| scope.goes_on()) {
            effects.push(Effect::Continue);
        }
        effects
    }

    /// Returns whether [`Execution::outstanding`] has anything.
    pub fn owes(&self) -> bool {
        let owes = |(id, scope): (&ScopeId, &Arc<Scope>)| {
            scope.goes_on()
                || scope.offered().is_some_and(|task| self.is_owed(scope, task))
                || scope.map_run().is_some()
                || self.reading(*id).is_some()
        };
        self.image.status == Status::Running && self.image.scopes.iter().any(owes)
    }

    /// Returns when [`crate::Input::Wake`] must be given at the latest.
    pub fn next_wake(&self) -> Option<Timestamp> {
        if self.image.status != Status::Running {
            return None;
        }
        let due = self.image.scopes.values().filter_map(|scope| scope.due());
        due.chain(self.image.deadline).min()
    }

    /// Returns the tasks that must give signs of life and gave the last one before `instant`.
    pub fn silent_since(&self, instant: Timestamp) -> Vec<TaskId> {
        let scopes = self.image.scopes.values();
        let silent = scopes.filter_map(|scope| {
            let (active, task) = (scope.active()?, scope.task()?);
            let heard = instant.after(task.heartbeat()?) <= task.silence?;
            (!heard).then_some(TaskId { entry: active.entry, attempt: active.attempt })
        });
        silent.collect()
    }

    /// Returns whether it is closed, and how.
    pub fn status(&self) -> &Status {
        &self.image.status
    }

    /// Returns what it started with, once it has.
    pub fn start(&self) -> Option<&Start> {
        self.start.as_deref()
    }

    /// Returns whether it goes by rules of graphs with this number, or later ones: see [`Start::rules`].
    pub(crate) fn goes_by(&self, rules: u32) -> bool {
        self.start.as_ref().is_some_and(|start| start.rules >= rules)
    }

    /// Returns the variables of the outermost block.
    pub fn variables(&self) -> BTreeMap<Arc<str>, Json> {
        let root = self.image.scopes.get(&ScopeId(0));
        root.map(|root| root.variables.clone()).unwrap_or_default()
    }

    /// Returns the number of the last event.
    pub fn last_event(&self) -> EventId {
        self.image.last_event
    }

    /// Returns the compact state, as JSON text; what it started with is not part of it.
    pub fn image(&self) -> Vec<u8> {
        self.image_of_about(0)
    }

    /// Returns [`Self::image`], which has about so many bytes: a large one then needs no room twice.
    pub fn image_of_about(&self, bytes: usize) -> Vec<u8> {
        let mut image = Vec::with_capacity(bytes);
        serde_json::to_writer(&mut image, &self.image)
            .expect("an image is plain data with text keys");
        image
    }

    /// Reads [`Execution::image`] back.
    ///
    /// # Errors
    /// The bytes are no image of this definition.
    pub fn from_image(
        definition: Arc<Definition>,
        start: Arc<Start>,
        image: &[u8],
    ) -> Result<Self, ImageError> {
        let image: Image = serde_json::from_slice(image)?;
        if image.format != IMAGE_FORMAT {
            return Err(ImageError::Format(image.format));
        }
        let count = definition.states().len();
        let known = |scope: &Arc<Scope>| match &scope.position {
            Position::Ready { next, .. } => (next.0 as usize) < count,
            Position::In(active) => (active.state.0 as usize) < count,
            Position::Ended { .. } => true,
        };
        if !image.scopes.values().all(known) {
            return Err(ImageError::Definition);
        }
        let mut execution = Self { image, start: Some(start), ..Self::new(definition) };
        execution.close_places();
        execution.count_graphs()?;
        execution.restore_asked();
        Ok(execution)
    }

    /// Returns the scope `id`, which the caller knows to exist.
    pub(crate) fn scope(&self, id: ScopeId) -> &Scope {
        &self.image.scopes[&id]
    }

    /// Returns the state `scope` is in, which the caller knows it is.
    pub(crate) fn active(&self, scope: ScopeId) -> &Active {
        self.scope(scope).active().expect("the scope is in a state")
    }

    /// Returns the definition of the state `scope` is in.
    pub(crate) fn state(&self, id: StateId) -> &State {
        self.definition.state(id)
    }

    /// Returns the definition of the task of a state: of a Task state, or of a graph that holds it.
    pub(crate) fn task_of(&self, id: StateId) -> &Task {
        let task = match &self.definition.state(id).kind {
            Kind::Task(task) => Some(&**task),
            Kind::Fork(fork) => fork.as_graph().and_then(|graph| graph.hold.as_deref()),
            _ => None,
        };
        task.expect("only Task states and graphs that hold something have tasks out")
    }

    /// Returns the definition of a Map state.
    pub(crate) fn map_of(&self, id: StateId) -> &Map {
        match &self.definition.state(id).kind {
            Kind::Map(map) => map,
            _ => unreachable!("only Map states have items"),
        }
    }

    /// Returns the scopes below `scope`, in order.
    pub(crate) fn descendants(&self, scope: ScopeId) -> Vec<ScopeId> {
        // A child's number is always greater than its parent's, so one pass in order finds all.
        let mut found = vec![scope];
        for (id, candidate) in self.image.scopes.range(ScopeId(scope.0 + 1)..) {
            if candidate.parent.is_some_and(|parent| found.binary_search(&parent).is_ok()) {
                found.push(*id);
            }
        }
        found.remove(0);
        found
    }

    /// Returns whether this attempt of a task has not ended and still matters.
    pub fn waits_for_task(&self, task: TaskId) -> bool {
        self.scope_of(task).is_some()
    }

    /// Returns the scope whose task `task` is, if that attempt is still open.
    pub(crate) fn scope_of(&self, task: TaskId) -> Option<ScopeId> {
        let mut scopes = self.image.scopes.iter();
        scopes.find_map(|(id, scope)| {
            let active = scope.active()?;
            scope.offered()?;
            (active.entry == task.entry && active.attempt == task.attempt).then_some(*id)
        })
    }

    /// Makes the order for the task that is out in `active`, where `scope` stands.
    pub(crate) fn offer(&self, scope: ScopeId, active: &Active, task: &TaskWork) -> Effect {
        Effect::OfferTask(Box::new(Offer {
            task: TaskId { entry: active.entry, attempt: active.attempt },
            state: self.state(active.state).name.clone(),
            instance: self.instance_name(scope, &self.state(active.state).name),
            resource: self.task_of(active.state).resource.clone(),
            parameters: task.parameters.clone(),
            credentials: task.credentials.clone(),
            placement: task.placed.as_ref().map(|placed| placed.wants.clone()),
            is_started: task.placed.is_some() && task.phase != Phase::Scheduled,
            started_by: task.worker.clone(),
            timeout: task.timeout(),
            heartbeat: task.heartbeat(),
            result_bytes_max: self
                .start()
                .map_or(limits::PAYLOAD_BYTES_MAX, |start| start.payload_bytes_max),
            submitted: (task.phase == Phase::Submitted)
                .then(|| task.submission.clone().unwrap_or_default()),
            rules: self.start().map_or(0, |start| start.rules),
        }))
    }

    fn owed_offer(&self, id: ScopeId, scope: &Scope) -> Option<Effect> {
        let task = scope.offered()?;
        let active = || scope.active().expect("it has a task");
        self.is_owed(scope, task).then(|| self.offer(id, active(), task))
    }

    /// A worker that took a task, or a service that took a callback, reports by itself; a signal
    /// comes by itself.
    fn is_owed(&self, scope: &Scope, task: &TaskWork) -> bool {
        let Some(active) = scope.active() else { return false };
        if task.mocked.is_some() {
            return false;
        }
        match (&self.task_of(active.state).resource.kind, task.phase) {
            (ResourceKind::Activity, phase) => phase == Phase::Scheduled,
            (
                ResourceKind::Service { pattern: IntegrationPattern::WaitForTaskToken, .. },
                Phase::Submitted,
            ) => false,
            (kind, _) => !is_signal(kind),
        }
    }
}
