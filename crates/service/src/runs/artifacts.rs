//! The files that the tasks of a run left.

use std::collections::BTreeMap;
use std::sync::Arc;

use compasso_engine::{Event, EventId, EventKind, ScopeId};
use compasso_store::ExecutionKey;
use compasso_types::Json;
use serde::Serialize;

use super::Viewer;
use super::course::STEPS_EVENTS_MAX;
use super::tasks::{RUN, TaskFold};
use crate::arns::execution;
use crate::{Error, Service};

/// A file that a task left, or a handler: a hook, what is done at a deadline, or what undoes a task.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ArtifactView {
    /// The task's id; that of one in a group is `group.task`. Of a handler, what the history calls it:
    /// `(on_failure)` of the run, `load (on_retry)` or `load (compensate)` of a task.
    pub task: Arc<str>,
    /// The key of the instance that left it, if the task, or its group, has instances; of what undoes such a
    /// task, the place of what is undone: `task/key`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key: Option<Arc<str>>,
    /// Its path in the workspace.
    pub name: Arc<str>,
    /// Its size, bytes.
    pub size: i64,
    /// The SHA-256 of its bytes, in hexadecimal digits.
    pub sha256: Arc<str>,
}

/// The files of a run.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ArtifactViews {
    /// In the order of the tasks' ids.
    pub items: Vec<ArtifactView>,
    /// Whether the run has too many events to look for them.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub omitted: bool,
}

/// A task's id, and the key of its instance if it has instances.
type Place = (Arc<str>, Option<Arc<str>>);

/// What is at work beside the tasks.
struct Handler {
    /// The state that it is in.
    state: Arc<str>,
    /// The key of the instance of a task that it undoes.
    key: Option<Arc<str>>,
}

/// What is found in a journal.
#[derive(Default)]
struct Found {
    tasks: TaskFold,
    /// The events that begin instances, with their keys.
    beginnings: BTreeMap<EventId, Arc<str>>,
    keys: BTreeMap<ScopeId, Arc<str>>,
    handlers: BTreeMap<ScopeId, Handler>,
    /// Those of the last attempt of each task and instance.
    files: BTreeMap<Place, Vec<ArtifactView>>,
}

impl Service {
    /// Lists the files that the tasks of a run left, and its handlers.
    ///
    /// # Errors
    /// There is no such run, or it belongs to another account.
    pub async fn run_artifacts(&self, viewer: &Viewer, id: &str) -> Result<ArtifactViews, Error> {
        viewer.check("DescribeExecution", id)?;
        let arn = execution("id", id)?;
        self.description(&arn).await?;
        let key = ExecutionKey(arn.as_str().into());
        if self.runtime.last_event(&key).await?.unwrap_or(0) > STEPS_EVENTS_MAX {
            return Ok(ArtifactViews { items: Vec::new(), omitted: true });
        }
        let _place = self.inner.folds.acquire().await.expect("nobody closes it");
        let found = self.runtime.fold(&key, 1, Found::default(), Found::apply).await?;
        let items = found.files.into_values().flatten().collect();
        Ok(ArtifactViews { items, omitted: false })
    }
}

impl Found {
    fn apply(&mut self, event: &Event) {
        self.tasks.apply(event);
        match &event.kind {
            EventKind::MapIterationStarted { index, key, .. } => {
                let key = key.clone().unwrap_or_else(|| index.to_string().into());
                self.beginnings.insert(event.id, key);
            }
            EventKind::StateEntered { state, .. } => {
                if let Some(key) = self.beginnings.remove(&event.previous) {
                    self.keys.insert(event.scope, key);
                }
                if event.scope != RUN && self.tasks.place(event.scope).is_none() {
                    self.enter_handler(event.scope, state);
                }
            }
            EventKind::MapIterationSucceeded { .. }
            | EventKind::MapIterationFailed { .. }
            | EventKind::MapIterationAborted { .. } => {
                self.keys.remove(&event.scope);
                self.handlers.remove(&event.scope);
            }
            EventKind::AsideExited { .. } => drop(self.handlers.remove(&event.scope)),
            EventKind::TaskSucceeded { output, .. } => self.add(event.scope, output.value()),
            _ => {}
        }
    }

    fn enter_handler(&mut self, scope: ScopeId, state: &Arc<str>) {
        let key = self.keys.get(&scope).filter(|key| key.contains('/')).cloned();
        self.handlers.insert(scope, Handler { state: state.clone(), key });
    }

    fn add(&mut self, scope: ScopeId, output: &Json) {
        let Some(listed) = output.get("artifacts").and_then(Json::as_array) else { return };
        let (task, key) = match (self.tasks.place(scope), self.handlers.get(&scope)) {
            (Some((task, graph)), _) => {
                // That of a task in a group is the key of the instance that runs the group.
                (task, self.keys.get(&scope).or_else(|| self.keys.get(&graph)).cloned())
            }
            (None, Some(Handler { state, key })) => (state.clone(), key.clone()),
            (None, None) => return,
        };
        let files = listed.iter().filter_map(|file| {
            let text = |name: &str| file.get(name)?.as_str().map(Arc::from);
            Some(ArtifactView {
                task: task.clone(),
                key: key.clone(),
                name: text("name")?,
                size: file.get("size")?.as_i64()?,
                sha256: text("sha256")?,
            })
        });
        let files: Vec<_> = files.collect();
        self.files.insert((task, key), files);
    }
}
