//! The tasks of a pipeline's run: what became of each so far, and why it does not go on.

mod blocks;
mod fold;
mod queued;
mod skipped;
mod spread;
mod tries;
mod wait;

use std::sync::Arc;

use compasso_dispatch::Block;
use compasso_engine::EventId;
use compasso_pipeline::Pipeline;
use compasso_pipeline::tree::{Mode, Task, Tasks, Work};
use compasso_store::ExecutionKey;
use compasso_types::{Payload, Timestamp};
use serde::Serialize;

use self::fold::Fold;
pub(crate) use self::fold::{Fold as TaskFold, RUN};
use super::course::STEPS_EVENTS_MAX;
use super::{ActionView, FailedHook, Viewer, is_zero};
use crate::arns::execution;
use crate::dates::{iso, iso_if};
use crate::schedules::WaitingRun;
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
    /// When nothing that it needs kept it back any more: from then on it may have queued.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "iso_if")]
    pub ready: Option<Timestamp>,
    /// When it began: its first attempt, or the first in it.
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
    /// Whether its `fallback` was used, or that of one of its instances.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub degraded: bool,
    /// Whether its output is one that another run had kept.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub cached: bool,
    /// How its latest attempts went, unless it or its group has instances.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tries: Vec<AttemptView>,
    /// What it gave.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub output: Option<Output>,
    /// The run that it started last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub child: Option<Arc<str>>,
    /// How many of its instances there are by what became of them, if it has instances.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub instances: Option<InstanceCounts>,
    /// What somebody asked of it before it begins.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub asked: Option<Asked>,
    /// That somebody said how it ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub marked: Option<Marked>,
    /// All that it waits for.
    #[serde(skip_serializing_if = "Vec::is_empty", rename = "blockedBy")]
    pub blocked_by: Vec<Block>,
    /// The generation of the run in which it ran last; absent: the first.
    #[serde(skip_serializing_if = "is_first")]
    pub generation: u32,
    /// When its block was entered; it can queue there before it begins.
    #[serde(skip)]
    entered: Option<Timestamp>,
}

/// Why nothing is told of the tasks of an express run.
const EXPRESS: &str = "Runs of express pipelines keep no history, and tell no tasks: describe tells how \
    the run stands ('compasso describe', GET /api/v1/runs/ID)";
/// Larger outputs are not shown, bytes.
const OUTPUT_BYTES_MAX: usize = 16 * 1024;

/// What a task, or an instance of it, gave.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Output {
    /// The event that holds it.
    pub event: EventId,
    /// Bytes of its JSON text.
    pub bytes: usize,
    /// The output itself, unless it is large.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<Payload>,
}

impl Output {
    pub(super) fn new(event: EventId, output: &Payload) -> Self {
        let bytes = output.text().len();
        let value = (bytes <= OUTPUT_BYTES_MAX).then(|| output.clone());
        Self { event, bytes, value }
    }
}

/// An attempt of a task.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct AttemptView {
    /// The event that offered it; it has what the task was sent.
    pub event: EventId,
    /// When it was offered.
    #[serde(serialize_with = "iso")]
    pub queued: Timestamp,
    /// When it was taken.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "iso_if")]
    pub started: Option<Timestamp>,
    /// When it ended.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "iso_if")]
    pub ended: Option<Timestamp>,
    /// The error it ended with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<Arc<str>>,
    /// What the error says about itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cause: Option<Arc<str>>,
}

/// What somebody asked of a task that has not begun.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Asked {
    /// `hold` or `skip`.
    pub order: &'static str,
    /// Who asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub by: Option<Arc<str>>,
    /// When.
    #[serde(serialize_with = "iso")]
    pub at: Timestamp,
}

/// That somebody said how a task ended, whatever became of it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Marked {
    /// Who said so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub by: Option<Arc<str>>,
    /// When.
    #[serde(serialize_with = "iso")]
    pub at: Timestamp,
    /// Why.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<Arc<str>>,
}

/// The instances of a task.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct InstanceCounts {
    /// At work.
    pub running: u32,
    /// Ended well.
    pub succeeded: u32,
    /// Ended with an error.
    pub failed: u32,
    /// Had nothing to do.
    #[serde(skip_serializing_if = "is_zero")]
    pub skipped: u32,
    /// Given up.
    #[serde(skip_serializing_if = "is_zero")]
    pub cancelled: u32,
}

/// The tasks of a run.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct TaskViews {
    /// In the order of the file; the tasks of a group follow it.
    pub items: Vec<TaskView>,
    /// The tasks that are being undone, with what became of the attempts so far.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub undoing: Vec<ActionView>,
    /// The tasks that could not be undone, with what the last attempt failed with.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub not_undone: Vec<ActionView>,
    /// The hooks that are being tried: the end of the run waits for them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub open_hooks: Vec<ActionView>,
    /// The hooks that failed for good.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub failed_hooks: Vec<FailedHook>,
    /// What the run waits for, if it has ended and is to go on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub waiting: Option<WaitingRun>,
    /// Whether there are too many events to tell more than their names.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub omitted: bool,
    /// Which generation they are of: how often the run had begun then, reruns and redrives included.
    pub generation: u32,
    /// The number of the last event of the run.
    pub last_event: u64,
}

impl Service {
    /// Tells what became of the tasks of a pipeline's run; of an earlier generation of it, how they stood
    /// at its end.
    ///
    /// # Errors
    /// There is no such run, it is none of a pipeline, or it belongs to another account; or it has no
    /// such generation.
    pub async fn run_tasks(
        &self,
        viewer: &Viewer,
        id: &str,
        generation: Option<u32>,
    ) -> Result<TaskViews, Error> {
        viewer.check("DescribeExecution", id)?;
        let arn = execution("id", id)?;
        let description = match self.description(&arn).await {
            Err(Error::ExecutionDoesNotExist { .. }) => {
                if let Some(queued) = self.tasks_of_queued(arn.as_str()).await? {
                    return Ok(queued);
                }
                // It may have begun meanwhile.
                self.description(&arn).await?
            }
            found => found?,
        };
        let compiled = self.compiled(&description.record.definition).await?;
        let Some(pipeline) = &compiled.pipeline else {
            return Err(Error::validation(format!("'{id}' is no run of a pipeline")));
        };
        let latest = description.redriven.map_or(0, |redriven| redriven.count) + 1;
        let generation = generation_of(generation, latest)?;
        let is_present = generation == latest;
        let key = ExecutionKey(arn.as_str().into());
        let last_event = self.runtime.last_event(&key).await?;
        if pipeline.mode == Mode::Express && last_event.is_none() {
            return Err(Error::validation(EXPRESS));
        }
        let last_event = last_event.unwrap_or(0);
        let omitted = last_event > STEPS_EVENTS_MAX;
        let mut fold = Fold::until(generation);
        if !omitted {
            fold = self.folded(&key, fold).await?;
        }
        if description.closed.is_some() || !is_present {
            fold.close();
        }
        let ids = ids(pipeline).into_iter();
        let mut items: Vec<_> = ids.map(|id| fold.take(&id)).collect();
        skipped::say_why(pipeline, &mut items);
        if description.closed.is_none() && is_present && !omitted {
            self.add_blocks(&key.0, pipeline, &fold, &mut items).await?;
        }
        let beside = fold.beside();
        let (undoing, open_hooks) = (beside.open.undoing(), beside.open.hooks());
        let (not_undone, failed_hooks) = (beside.open.not_undone(), beside.failed.to_vec());
        let has_ended = description.closed.is_some();
        let waiting = if has_ended { self.waiting_run(&key.0) } else { None };
        let views = TaskViews { items, omitted, generation, last_event, ..TaskViews::default() };
        Ok(TaskViews { undoing, not_undone, open_hooks, failed_hooks, waiting, ..views })
    }
}

impl Service {
    /// Applies all events of a run, of which few are read at once.
    async fn folded(&self, key: &ExecutionKey, fold: Fold) -> Result<Fold, Error> {
        let _place = self.inner.folds.acquire().await.expect("nobody closes it");
        Ok(self.runtime.fold(key, 1, fold, Fold::apply).await?)
    }
}

impl TaskView {
    fn new(id: &Arc<str>) -> Self {
        Self { id: id.clone(), state: "none", ..Self::default() }
    }

    fn is_entered(&self) -> bool {
        self.entered.is_some()
    }

    /// Returns whether it queues, runs or ended: nobody can hold it any more.
    fn has_begun(&self) -> bool {
        self.entered.is_some() || self.ended.is_some()
    }
}

/// Returns the generation that is asked for, or the latest.
fn generation_of(asked: Option<u32>, latest: u32) -> Result<u32, Error> {
    let generation = asked.unwrap_or(latest);
    if (1..=latest).contains(&generation) {
        return Ok(generation);
    }
    let message = format!("the run has the generations 1 to {latest}, and no {generation}");
    Err(Error::validation(message))
}

/// Returns the ids of a pipeline's tasks in the order of its file; the tasks of a group follow it.
pub(crate) fn ids(pipeline: &Pipeline) -> Vec<Arc<str>> {
    fn walk(tasks: &Tasks, group: &str, ids: &mut Vec<Arc<str>>) {
        for task in tasks {
            let id = format!("{group}{}", task.id);
            ids.push(id.as_str().into());
            if let Some(Work::Group(inner)) = &task.work {
                walk(inner, &format!("{id}."), ids);
            }
        }
    }
    let mut ids = Vec::new();
    walk(&pipeline.tasks, "", &mut ids);
    ids
}

/// Returns the task of a path.
pub(super) fn find<'p>(tasks: &'p Tasks, path: &str) -> Option<&'p Task> {
    let (id, rest) = path.split_once('.').map_or((path, None), |(id, rest)| (id, Some(rest)));
    let task = tasks.iter().find(|task| *task.id == *id)?;
    match (rest, &task.work) {
        (None, _) => Some(task),
        (Some(rest), Some(Work::Group(inner))) => find(inner, rest),
        (Some(_), _) => None,
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes references")]
fn is_first(generation: &u32) -> bool {
    *generation <= 1
}
