//! The files that the tasks of a run left.

use std::collections::BTreeMap;
use std::sync::Arc;

use compasso_engine::{Event, EventId, EventKind, ScopeId};
use compasso_store::ExecutionKey;
use compasso_types::Json;
use serde::Serialize;

use super::Viewer;
use super::course::STEPS_EVENTS_MAX;
use super::tasks::TaskFold;
use crate::arns::execution;
use crate::{Error, Service};

/// A file that a task left.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ArtifactView {
    /// The task's id; that of one in a group is `group.task`.
    pub task: Arc<str>,
    /// The key of the instance that left it, if the task, or its group, has instances.
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

/// What is found in a journal.
#[derive(Default)]
struct Found {
    tasks: TaskFold,
    /// The events that begin instances, with their keys.
    beginnings: BTreeMap<EventId, Arc<str>>,
    keys: BTreeMap<ScopeId, Arc<str>>,
    /// Those of the last attempt of each task and instance.
    files: BTreeMap<Place, Vec<ArtifactView>>,
}

impl Service {
    /// Lists the files that the tasks of a run left.
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
            EventKind::StateEntered { .. } => {
                if let Some(key) = self.beginnings.remove(&event.previous) {
                    self.keys.insert(event.scope, key);
                }
            }
            EventKind::MapIterationSucceeded { .. }
            | EventKind::MapIterationFailed { .. }
            | EventKind::MapIterationAborted { .. } => {
                self.keys.remove(&event.scope);
            }
            EventKind::TaskSucceeded { output, .. } => self.add(event.scope, output.value()),
            _ => {}
        }
    }

    fn add(&mut self, scope: ScopeId, output: &Json) {
        let Some(listed) = output.get("artifacts").and_then(Json::as_array) else { return };
        let Some((task, graph)) = self.tasks.place(scope) else { return };
        // That of a task in a group is the key of the instance that runs the group.
        let key = self.keys.get(&scope).or_else(|| self.keys.get(&graph)).cloned();
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
