//! The tasks of a pipeline's run: what became of each so far.

use std::collections::BTreeMap;
use std::sync::Arc;

use compasso_engine::{BranchFailure, BranchState, Event, EventId, EventKind, ScopeId};
use compasso_store::ExecutionKey;
use compasso_types::{Json, Timestamp};
use serde::Serialize;

use super::Viewer;
use super::course::STEPS_EVENTS_MAX;
use crate::arns::execution;
use crate::dates::iso_if;
use crate::{Error, Service};

/// A task of a run.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct TaskView {
    /// Its id; that of one in a group is `group.task`.
    pub id: Arc<str>,
    /// `none`, `blocked`, `queued`, `running`, `retrying`, `waiting`, `success`, `failed`,
    /// `skipped`, `upstream_failed` or `cancelled`.
    pub state: &'static str,
    /// How often it was tried; of a task with instances, how often all of them were.
    pub attempts: u32,
    /// When it began last.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "iso_if")]
    pub started: Option<Timestamp>,
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
    /// How many of its instances there are by what became of them, if it has instances.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub instances: Option<InstanceCounts>,
}

/// The instances of a task.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct InstanceCounts {
    /// At work.
    pub running: u32,
    /// Ended well.
    pub succeeded: u32,
    /// Ended with an error, or given up.
    pub failed: u32,
}

/// The tasks of a run.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct TaskViews {
    /// In the order of the file; the tasks of a group follow it.
    pub items: Vec<TaskView>,
    /// Whether there are too many events to tell more than their names.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub omitted: bool,
    /// The number of the last event they come from.
    pub last_event: u64,
}

/// What is known of the tasks after some events.
#[derive(Debug, Default)]
struct Fold {
    tasks: BTreeMap<Arc<str>, TaskView>,
    /// Which task each scope is at work for; of instances as well.
    scopes: BTreeMap<ScopeId, Scope>,
    /// The events that begin scopes, with what those are for.
    beginnings: BTreeMap<EventId, Scope>,
}

#[derive(Clone, Debug)]
struct Scope {
    task: Arc<str>,
    is_instance: bool,
}

impl Service {
    /// Tells what became of the tasks of a pipeline's run.
    ///
    /// # Errors
    /// There is no such run, it is none of a pipeline, or it belongs to another account.
    pub async fn run_tasks(&self, viewer: &Viewer, id: &str) -> Result<TaskViews, Error> {
        viewer.check("DescribeExecution", id)?;
        let arn = execution("id", id)?;
        let description = self.description(&arn).await?;
        let compiled = self.compiled(&description.record.definition).await?;
        let Some(pipeline) = &compiled.pipeline else {
            return Err(Error::validation(format!("'{id}' is no run of a pipeline")));
        };
        let key = ExecutionKey(arn.as_str().into());
        let last_event = self.runtime.last_event(&key).await?.unwrap_or(0);
        let omitted = last_event > STEPS_EVENTS_MAX;
        let mut fold = Fold::default();
        if !omitted {
            let _place = self.inner.folds.acquire().await.expect("nobody closes it");
            fold = self.runtime.fold(&key, 1, fold, Fold::apply).await?;
        }
        if description.closed.is_some() {
            fold.close();
        }
        let items = ids(&compasso_pipeline::graph(pipeline)).into_iter();
        let items = items.map(|id| fold.tasks.remove(&id).unwrap_or_else(|| TaskView::new(&id)));
        Ok(TaskViews { items: items.collect(), omitted, last_event })
    }
}

impl TaskView {
    fn new(id: &Arc<str>) -> Self {
        Self { id: id.clone(), state: "none", ..Self::default() }
    }

    fn settle(&mut self, at: Timestamp, state: BranchState, failure: Option<&BranchFailure>) {
        (self.state, self.until, self.ended) = (word(state), None, Some(at));
        if let Some(BranchFailure { name, cause }) = failure {
            (self.error, self.cause) = (Some(name.clone()), Some(cause.clone()));
        }
    }
}

impl Fold {
    fn apply(&mut self, event: &Event) {
        let Event { at, scope, .. } = *event;
        match &event.kind {
            EventKind::BranchReady { branch, .. } => self.branch(scope, branch).state = "queued",
            EventKind::BranchSkipped { branch, state, failure, .. } => {
                self.branch(scope, branch).settle(at, *state, failure.as_ref());
            }
            EventKind::BranchEntered { branch, .. } => {
                let task = self.branch(scope, branch);
                *task = TaskView { state: "running", started: Some(at), ..TaskView::new(&task.id) };
                let begun = Scope { task: task.id.clone(), is_instance: false };
                self.beginnings.insert(event.id, begun);
            }
            EventKind::BranchExited { state, failure, .. } => {
                if let Some(Scope { task, is_instance: false }) = self.scopes.remove(&scope) {
                    self.task(&task).settle(at, *state, failure.as_ref());
                }
            }
            EventKind::MapIterationStarted { .. } => {
                let Some(Scope { task, .. }) = self.scopes.get(&scope).cloned() else { return };
                self.task(&task).instances.get_or_insert_default().running += 1;
                self.beginnings.insert(event.id, Scope { task, is_instance: true });
            }
            EventKind::StateEntered { .. } => {
                if let Some(begun) = self.beginnings.remove(&event.previous) {
                    self.scopes.insert(scope, begun);
                }
            }
            _ => self.apply_work(event),
        }
    }

    /// Folds an event of the work of a task.
    fn apply_work(&mut self, event: &Event) {
        let Some(Scope { task, is_instance }) = self.scopes.get(&event.scope).cloned() else {
            return;
        };
        let task = self.task(&task);
        let state = match &event.kind {
            EventKind::TaskScheduled { .. } => {
                task.attempts += 1;
                "queued"
            }
            EventKind::TaskStarted { .. } | EventKind::TaskSucceeded { .. } => "running",
            EventKind::RetryScheduled { until, .. } => {
                task.until = Some(*until);
                "retrying"
            }
            EventKind::WaitStarted { until } => {
                task.until = Some(*until);
                "waiting"
            }
            EventKind::TaskFailed { error, cause, .. }
            | EventKind::TaskTimedOut { error, cause, .. } => {
                (task.error, task.cause) = (error.clone(), cause.clone());
                "running"
            }
            EventKind::MapIterationSucceeded { .. } => return task.count(true),
            EventKind::MapIterationFailed { .. } | EventKind::MapIterationAborted { .. } => {
                return task.count(false);
            }
            _ => return,
        };
        // Instances are counted; the task itself is at work until all have ended.
        if !is_instance {
            task.state = state;
        }
        if !matches!(state, "retrying" | "waiting") {
            task.until = None;
        }
    }

    /// Settles what the end of the run left open.
    fn close(&mut self) {
        for task in self.tasks.values_mut() {
            if task.ended.is_none() && task.state != "none" {
                (task.state, task.until) = ("cancelled", None);
            }
        }
    }

    /// Returns the task of a branch of a graph that the state in `scope` runs.
    fn branch(&mut self, scope: ScopeId, branch: &Arc<str>) -> &mut TaskView {
        let id = match self.scopes.get(&scope) {
            Some(group) => format!("{}.{branch}", group.task).into(),
            None => branch.clone(),
        };
        self.task(&id)
    }

    fn task(&mut self, id: &Arc<str>) -> &mut TaskView {
        self.tasks.entry(id.clone()).or_insert_with(|| TaskView::new(id))
    }
}

impl TaskView {
    fn count(&mut self, is_success: bool) {
        let counts = self.instances.get_or_insert_default();
        counts.running = counts.running.saturating_sub(1);
        if is_success { counts.succeeded += 1 } else { counts.failed += 1 }
    }
}

fn word(state: BranchState) -> &'static str {
    match state {
        BranchState::Blocked => "blocked",
        BranchState::Ready => "queued",
        BranchState::Running => "running",
        BranchState::Success => "success",
        BranchState::Failed => "failed",
        BranchState::Skipped => "skipped",
        BranchState::UpstreamFailed => "upstream_failed",
        BranchState::Cancelled => "cancelled",
    }
}

/// Returns the ids of a graph's groups and tasks.
pub(crate) fn ids(graph: &Json) -> Vec<Arc<str>> {
    let lists = ["nodes", "groups"].map(|kind| graph.get(kind).and_then(Json::as_array).cloned());
    let mut ids = Vec::new();
    for list in lists.into_iter().flatten() {
        ids.extend(list.iter().filter_map(|node| Some(Arc::from(node.get("id")?.as_str()?))));
    }
    ids
}
