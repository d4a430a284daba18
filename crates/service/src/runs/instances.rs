//! The instances of a task with `each` or `matrix`, or the iterations of a Map state, page by page:
//! what became of each.
//!
//! They are found in the order of their beginnings. A page goes on where the one before ended, so
//! that it costs the same however many instances there are.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use compasso_engine::{
    BranchFailure, BranchState, Event, EventId, EventKind, Mark, Rerun, ScopeId,
};
use compasso_store::ExecutionKey;
use compasso_types::Timestamp;
use serde::Serialize;

use super::Viewer;
use super::course::STEPS_EVENTS_MAX;
use super::moves::{Failed, Moved, failure, moved};
use super::steer::check_has;
use super::tasks::{Marked, Output};
use crate::arns::execution;
use crate::constraints::Constraints;
use crate::dates::{iso, iso_if};
use crate::{Error, Service};

/// Most instances on a page.
const INSTANCES_MAX: i64 = 1_000;
/// Instances on a page, unless it is said.
const INSTANCES: i64 = 100;
/// What an instance may have become, and what is asked for by.
const STATES: [&str; 8] =
    ["queued", "running", "retrying", "waiting", "success", "failed", "skipped", "cancelled"];
/// The error of what has nothing to do.
const SKIPPED: &str = "Skipped";

/// Which instances of a task.
#[derive(Clone, Debug, Default)]
pub struct ListInstances {
    /// The run's ARN.
    pub run: String,
    /// The task's id; that of one in a group is `group.task`. Of a state machine, the name of a Map
    /// state.
    pub task: Arc<str>,
    /// Only those in this state.
    pub state: Option<String>,
    /// Most on a page.
    pub limit: Option<i64>,
    /// Where the page begins, as the one before says.
    pub next: Option<String>,
}

/// An instance of a task.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct InstanceView {
    /// The place of its item.
    pub index: u32,
    /// The event that begins it.
    pub event: EventId,
    /// Its name.
    pub key: Arc<str>,
    /// `queued`, `running`, `retrying`, `waiting`, `success`, `failed`, `skipped` or `cancelled`.
    pub state: &'static str,
    /// How often its task was tried.
    pub attempts: u32,
    /// When it began.
    #[serde(serialize_with = "iso")]
    pub started: Timestamp,
    /// When it ended.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "iso_if")]
    pub ended: Option<Timestamp>,
    /// When it goes on, if it waits for an instant.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "iso_if")]
    pub until: Option<Timestamp>,
    /// The error it ended with, or the last one of its attempts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<Arc<str>>,
    /// What the error says about itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cause: Option<Arc<str>>,
    /// What it gave.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub output: Option<Output>,
    /// That somebody said how it ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub marked: Option<Marked>,
}

/// Some instances of a task.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct InstancePage {
    /// In the order of their beginnings. There may be fewer than asked for although more follow.
    pub items: Vec<InstanceView>,
    /// Where the next page begins, if there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

/// Where a page begins: the event that begins its first instance, and the scope of the task.
#[derive(Clone, Copy, Debug)]
struct Beginning {
    event: EventId,
    scope: ScopeId,
}

/// What a scope is at work for.
#[derive(Clone, Debug)]
enum Place {
    Task(Arc<str>),
    /// An instance of the task that is looked at, by the event that began it.
    Instance(EventId),
}

/// The instances that are found in a journal.
#[derive(Debug)]
struct Gathering {
    task: Arc<str>,
    /// Whether it is a Map state instead, and its iterations are looked for.
    is_state: bool,
    state: Option<String>,
    limit: usize,
    /// The first event that counts.
    first: EventId,
    last: EventId,
    places: BTreeMap<ScopeId, Place>,
    beginnings: BTreeMap<EventId, Place>,
    found: BTreeMap<EventId, InstanceView>,
    /// The blocks of those that ended, and the events that began them, by their places.
    scopes: BTreeMap<u32, (ScopeId, EventId)>,
    next: Option<Beginning>,
}

impl Service {
    /// Lists instances of a task of a pipeline's run, or iterations of a Map state.
    ///
    /// # Errors
    /// There is no such run, it belongs to another account, or what is asked for makes no sense.
    pub async fn task_instances(
        &self,
        viewer: &Viewer,
        wanted: ListInstances,
    ) -> Result<InstancePage, Error> {
        Constraints::default().number_if("limit", wanted.limit, 1..=INSTANCES_MAX).check()?;
        if let Some(state) = wanted.state.as_deref().filter(|state| !STATES.contains(state)) {
            let states = STATES.join(", ");
            return Err(Error::validation(format!("'{state}' is no state: {states}")));
        }
        viewer.check("DescribeExecution", &wanted.run)?;
        let arn = execution("id", &wanted.run)?;
        let description = self.description(&arn).await?;
        let is_known = |next: &String| next.parse::<Beginning>();
        let from = wanted.next.as_ref().map(is_known).transpose()?;
        let compiled = self.compiled(&description.record.definition).await?;
        if let Some(pipeline) = &compiled.pipeline {
            check_has(pipeline, &wanted.task)?;
        }
        let gathering = Gathering::new(wanted, compiled.pipeline.is_none(), from);
        let key = ExecutionKey(arn.as_str().into());
        let _place = self.inner.folds.acquire().await.expect("nobody closes it");
        let (first, runtime) = (gathering.first, &self.runtime);
        let gathering = runtime
            .fold_until(&key, first, gathering, Gathering::apply, Gathering::is_done)
            .await?;
        Ok(gathering.page(description.closed.is_some()))
    }
}

impl Gathering {
    fn new(wanted: ListInstances, is_state: bool, from: Option<Beginning>) -> Self {
        let place = |from: Beginning| (from.scope, Place::Task(wanted.task.clone()));
        Self {
            places: from.into_iter().map(place).collect(),
            state: wanted.state,
            limit: usize::try_from(wanted.limit.unwrap_or(INSTANCES)).unwrap_or(usize::MAX),
            first: from.map_or(1, |from| from.event),
            last: 0,
            beginnings: BTreeMap::new(),
            found: BTreeMap::new(),
            scopes: BTreeMap::new(),
            next: None,
            task: wanted.task,
            is_state,
        }
    }

    /// Whether all instances of the page are known to the end, or enough was read.
    fn is_done(&self) -> bool {
        let is_over = self.found.values().all(|view| view.ended.is_some());
        self.next.is_some() && (is_over || self.last > self.first + 2 * STEPS_EVENTS_MAX)
    }

    fn apply(&mut self, event: &Event) {
        self.last = self.last.max(event.id);
        // The first row may hold earlier ones.
        if self.last < self.first {
            return;
        }
        match &event.kind {
            EventKind::BranchEntered { branch, .. } => {
                let id = match self.places.get(&event.scope) {
                    Some(Place::Task(group)) => format!("{group}.{branch}").into(),
                    Some(Place::Instance(_)) => format!("{}.{branch}", self.task).into(),
                    None => branch.clone(),
                };
                self.beginnings.insert(event.id, Place::Task(id));
            }
            EventKind::MapIterationStarted { index, key, .. } => {
                self.begin(event, *index, key.as_ref());
            }
            EventKind::StateEntered { state, .. } => {
                if let Some(begun) = self.beginnings.remove(&event.previous) {
                    self.places.insert(event.scope, begun);
                }
                if self.is_state && *state == self.task {
                    self.places.insert(event.scope, Place::Task(self.task.clone()));
                }
            }
            EventKind::BranchExited { .. } => {
                self.places.remove(&event.scope);
            }
            EventKind::MapIterationSucceeded { .. }
            | EventKind::MapIterationFailed { .. }
            | EventKind::MapIterationAborted { .. }
                if matches!(self.places.get(&event.scope), Some(Place::Task(_))) =>
            {
                self.places.remove(&event.scope);
            }
            EventKind::BranchWithdrawn { .. } => self.withdraw(event),
            EventKind::BranchMarked { mark, .. } if mark.task == self.task => {
                self.give_up(event.at);
            }
            EventKind::MapIterationMarked { index, mark, .. } => self.mark(event, *index, mark),
            EventKind::ExecutionRedriven { rerun: Some(rerun), .. } => self.rerun(rerun),
            _ => {
                if let Some(Place::Instance(begun)) = self.places.get(&event.scope) {
                    self.apply_work(event, *begun);
                }
            }
        }
    }

    fn begin(&mut self, event: &Event, index: u32, key: Option<&Arc<str>>) {
        let Some(Place::Task(task)) = self.places.get(&event.scope) else { return };
        if *task != self.task {
            // What is in it has the same path in all its instances.
            self.beginnings.insert(event.id, Place::Task(task.clone()));
            return;
        }
        if self.next.is_some() {
            return;
        }
        if self.found.len() >= self.limit || event.id > self.first + STEPS_EVENTS_MAX {
            self.next = Some(Beginning { event: event.id, scope: event.scope });
            return;
        }
        self.beginnings.insert(event.id, Place::Instance(event.id));
        let view = InstanceView {
            index,
            event: event.id,
            key: key.cloned().unwrap_or_else(|| index.to_string().into()),
            state: "running",
            attempts: 0,
            started: event.at,
            ended: None,
            until: None,
            error: None,
            cause: None,
            output: None,
            marked: None,
        };
        self.found.insert(event.id, view);
    }

    /// Folds an event of an instance's own block.
    fn apply_work(&mut self, event: &Event, begun: EventId) {
        let Some(view) = self.found.get_mut(&begun) else { return };
        match &event.kind {
            EventKind::TaskScheduled { .. } => view.attempts += 1,
            EventKind::StateExited { output, next: None, .. } => {
                view.output = Some(Output::new(event.id, output));
            }
            EventKind::MapIterationSucceeded { .. } => return self.end(event, begun, "success"),
            EventKind::MapIterationFailed { failure, .. } => {
                let is_skipped = failure.as_ref().is_some_and(|failure| &*failure.name == SKIPPED);
                if let Some(BranchFailure { name, cause }) = failure {
                    (view.error, view.cause) = (Some(name.clone()), Some(cause.clone()));
                }
                let state = if is_skipped { "skipped" } else { "failed" };
                return self.end(event, begun, state);
            }
            EventKind::MapIterationAborted { .. } => return self.end(event, begun, "cancelled"),
            _ => {}
        }
        if let Some(Failed { error, cause }) = failure(&event.kind) {
            (view.error, view.cause) = (error, cause);
        }
        if let Some(Moved { state, until }) = moved(&event.kind) {
            (view.state, view.until) = (state, until);
        }
    }

    /// Ends an instance; one that is not asked for makes room for another.
    fn end(&mut self, event: &Event, begun: EventId, state: &'static str) {
        self.places.remove(&event.scope);
        if self.state.as_deref().is_some_and(|wanted| wanted != state) {
            self.found.remove(&begun);
        } else if let Some(view) = self.found.get_mut(&begun) {
            (view.state, view.until, view.ended) = (state, None, Some(event.at));
            self.scopes.insert(view.index, (event.scope, begun));
        }
    }

    /// Forgets the instances of a task that waits as if it had not begun.
    fn withdraw(&mut self, event: &Event) {
        let Some(Place::Task(task)) = self.places.remove(&event.scope) else { return };
        if task == self.task {
            self.found.retain(|_, view| view.ended.is_some());
        }
    }

    /// Ends an instance as somebody says.
    fn mark(&mut self, event: &Event, index: u32, mark: &Mark) {
        let is_ours = |place: &Place| matches!(place, Place::Task(task) if *task == self.task);
        if !self.places.get(&event.scope).is_some_and(is_ours) {
            return;
        }
        let views = self.found.values_mut().rev();
        let Some(view) = views.into_iter().find(|view| view.index == index) else { return };
        let (by, reason) = (mark.by.clone(), mark.reason.clone());
        let failure = mark.failure();
        view.marked = Some(Marked { by, reason, at: event.at });
        view.output = mark.output.as_ref().map(|output| Output::new(event.id, output));
        view.error = failure.as_ref().map(|failure| failure.name.clone());
        view.cause = failure.map(|failure| failure.cause);
        view.state = BranchState::from(mark.state).name();
        (view.until, view.ended) = (None, Some(event.at));
    }

    /// Lets instances go on that had ended.
    fn rerun(&mut self, rerun: &Rerun) {
        let ours = rerun.instances.iter().filter(|inside| inside.task == self.task);
        for inside in ours {
            if let Some((scope, begun)) = self.scopes.remove(&inside.index)
                && let Some(view) = self.found.get_mut(&begun)
            {
                (view.state, view.ended, view.output) = ("running", None, None);
                (view.error, view.cause) = (None, None);
                self.places.insert(scope, Place::Instance(begun));
            }
        }
    }

    /// Ends all instances, because somebody said how the task ended.
    fn give_up(&mut self, at: Timestamp) {
        for view in self.found.values_mut().filter(|view| view.ended.is_none()) {
            (view.state, view.until, view.ended) = ("cancelled", None, Some(at));
        }
    }

    fn page(self, is_closed: bool) -> InstancePage {
        let Self { mut found, state, next, .. } = self;
        for view in found.values_mut().filter(|view| is_closed && view.ended.is_none()) {
            (view.state, view.until) = ("cancelled", None);
        }
        let is_wanted =
            |view: &InstanceView| state.as_deref().is_none_or(|wanted| wanted == view.state);
        let items = found.into_values().filter(is_wanted).collect();
        InstancePage { items, next: next.map(|next| next.to_string()) }
    }
}

impl fmt::Display for Beginning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.event, self.scope.0)
    }
}

impl FromStr for Beginning {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let read = || {
            let (event, scope) = text.split_once('.')?;
            Some(Self { event: event.parse().ok()?, scope: ScopeId(scope.parse().ok()?) })
        };
        read().ok_or_else(|| Error::validation(format!("'{text}' is no place of a page")))
    }
}
