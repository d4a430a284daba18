//! The instances of a task with `each` or `matrix`, or the iterations of a Map state, page by page:
//! what became of each.
//!
//! They are found in the order of their beginnings. A page goes on where the one before ended, so
//! that it costs the same however many instances there are.

mod failures;
mod gathering;

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use compasso_dispatch::Block;
use compasso_engine::{Chosen, EventId, ScopeId};
use compasso_store::ExecutionKey;
use compasso_types::{Payload, Timestamp};
use serde::Serialize;

pub use self::failures::{InstanceFailure, InstanceFailures};
use self::gathering::Gathering;
use super::Viewer;
use super::failures::fingerprint;
use super::keys::{has_instances, is_in_instances};
use super::steer::check_has;
use super::tasks::{Marked, Output};
use crate::arns::execution;
use crate::constraints::Constraints;
use crate::dates::{iso, iso_if};
use crate::{Error, Service};

/// Most instances on a page.
const INSTANCES_MAX: i64 = 1_000;
/// What is asked for by that has not ended, however it stands.
const UNDER_WAY: &str = "under_way";
/// What an instance may have become, and what is asked for by.
const STATES: [&str; 9] = [
    "queued",
    "running",
    "retrying",
    "waiting",
    "success",
    "failed",
    "skipped",
    "cancelled",
    UNDER_WAY,
];

/// Which instances of a task.
#[derive(Clone, Debug, Default)]
pub struct ListInstances {
    /// The run's ARN.
    pub run: String,
    /// The task's id; that of one in a group is `group.task`, or `group[key].task` for those in one instance
    /// of the group alone. One that has no instances of its own is listed in those of the groups around it, by
    /// `group[key].task`. Of a state machine, the name of a Map state.
    pub task: Arc<str>,
    /// Only those in this state; `under_way`: those that have not ended.
    pub state: Option<String>,
    /// Only those that failed like this.
    pub alike: Alike,
    /// Most on a page.
    pub limit: Option<i64>,
    /// Where the page begins, as the one before says.
    pub next: Option<String>,
}

/// How instances failed; what is absent does not matter.
#[derive(Clone, Debug, Default)]
pub struct Alike {
    /// The state of an iteration that failed.
    pub step: Option<String>,
    /// The error.
    pub error: Option<String>,
    /// What the error says about itself, whatever numbers and ids are in it.
    pub cause: Option<String>,
}

impl Alike {
    fn asks_for_all(&self) -> bool {
        self.step.is_none() && self.error.is_none() && self.cause.is_none()
    }

    fn fits(&self, view: &InstanceView) -> bool {
        let is = |wanted: &Option<String>, found: &Option<Arc<str>>| {
            wanted.as_deref().is_none_or(|wanted| found.as_deref() == Some(wanted))
        };
        is(&self.step, &view.step)
            && is(&self.error, &view.error)
            && self.cause.as_deref().is_none_or(|cause| {
                fingerprint(cause) == fingerprint(view.cause.as_deref().unwrap_or_default())
            })
    }
}

/// An instance of a task.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct InstanceView {
    /// The place of its item.
    pub index: u32,
    /// The event that begins it.
    pub event: EventId,
    /// Its name among those of its task, or of its group's instance.
    pub key: Arc<str>,
    /// Its name in the run, as reruns and marks take it and logs have it: `task[key]`, `group[key].task[key]`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<Arc<str>>,
    /// Its item, as it was given to it, unless its JSON text has more than 256 bytes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub item: Option<Payload>,
    /// `queued`, `running`, `retrying`, `waiting`, `success`, `failed`, `skipped` or `cancelled`.
    pub state: &'static str,
    /// Of an iteration, the state that it has come to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub step: Option<Arc<str>>,
    /// How often its task was tried.
    pub attempts: u32,
    /// When it began, or came into its queue.
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
    /// Whether its `fallback` was used.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub degraded: bool,
    /// Whether its output is one that another run had kept.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub cached: bool,
    /// That somebody said how it ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub marked: Option<Marked>,
    /// What it waits for in its queue.
    #[serde(skip_serializing_if = "Vec::is_empty", rename = "blockedBy")]
    pub blocked_by: Vec<Block>,
    /// Whether its task has a placement and waits for it.
    #[serde(skip)]
    is_queued: bool,
    /// The event that entered the state it has come to.
    #[serde(skip)]
    entry: EventId,
}

/// Some instances of a task.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct InstancePage {
    /// In the order of their beginnings; one that ran again as it stands. There may be fewer than asked
    /// for, or none, although more follow: for one page 200,000 events are looked through.
    pub items: Vec<InstanceView>,
    /// Where the next page begins, if more may follow.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

/// Where a page begins: the event that begins its first instance, and the scope of the task.
#[derive(Clone, Copy, Debug)]
struct Beginning {
    event: EventId,
    scope: ScopeId,
}

impl Service {
    /// Lists instances of a task of a pipeline's run, or iterations of a Map state.
    ///
    /// # Errors
    /// There is no such run or instance, it belongs to another account, or what is asked for makes no sense.
    pub async fn task_instances(
        &self,
        viewer: &Viewer,
        wanted: ListInstances,
    ) -> Result<InstancePage, Error> {
        let (run, task) = (wanted.run.clone(), Chosen::parse(&wanted.task));
        let is_first = wanted.next.is_none();
        let page = self.instances_of(viewer, wanted).await?;
        if page.items.is_empty() && is_first && task.is_of_instance() {
            let description = self.description(&execution("id", &run)?).await?;
            if let Some(pipeline) = &self.compiled(&description.record.definition).await?.pipeline {
                self.check_keys(viewer, &run, pipeline, &[task]).await?;
            }
        }
        Ok(page)
    }

    /// Lists instances without a look whether those exist that are named.
    pub(super) async fn instances_of(
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
        let task = Chosen::parse(&wanted.task).task();
        if let Some(pipeline) = &compiled.pipeline {
            check_has(pipeline, &task)?;
        }
        let is_in_groups = compiled.pipeline.as_ref().is_some_and(|pipeline| {
            !has_instances(pipeline, &task) && is_in_instances(pipeline, &task)
        });
        let is_redriven = description.redriven.is_some();
        let gathering = Gathering::new(wanted, compiled.pipeline.is_none(), from);
        let gathering = gathering.of_redriven(is_redriven).of_groups(is_in_groups);
        let key = ExecutionKey(arn.as_str().into());
        let _place = self.inner.folds.acquire().await.expect("nobody closes it");
        let (read_from, runtime) = (gathering.read_from, &self.runtime);
        let gathering = runtime
            .fold_until(&key, read_from, gathering, Gathering::apply, Gathering::is_done)
            .await?;
        let mut page = gathering.page(description.closed.is_some());
        self.add_blocks_of_instances(arn.as_str(), &mut page.items);
        Ok(page)
    }

    /// Says of instances that queue what they wait for.
    fn add_blocks_of_instances(&self, run: &str, items: &mut [InstanceView]) {
        let queued = items.iter_mut().filter(|item| item.state == "queued");
        let mut queued: BTreeMap<_, _> = queued.map(|item| (item.entry, item)).collect();
        if queued.is_empty() {
            return;
        }
        let entries = queued.keys().copied().collect();
        for blocked in self.dispatcher().blocked_at(run, &entries) {
            if let Some(item) = queued.get_mut(&blocked.entry) {
                item.blocked_by = blocked.blocked_by;
            }
        }
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
