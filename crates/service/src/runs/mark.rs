//! Saying how tasks ended, whatever became of them.

use std::sync::Arc;

use compasso_engine::{Chosen, Mark, MarkState, NotMarkable, RerunOrder, Selection};
use compasso_runtime::MarkError;
use compasso_schedule::Overlap;
use compasso_store::ExecutionKey;
use compasso_types::{Json, Payload, Timestamp};
use serde::Serialize;

use super::Viewer;
use super::rerun::{Reopened, Reopening};
use super::steer::NAME_CHARS_MAX;
use crate::arns::execution;
use crate::constraints::Constraints;
use crate::dates::iso;
use crate::schedules::WaitingRun;
use crate::{Error, Service};

/// Most characters of a reason.
const REASON_CHARS_MAX: usize = 1_000;

/// Says how a task ended.
#[derive(Clone, Debug)]
pub struct MarkTask {
    /// The run's ARN.
    pub run: String,
    /// The task's id; that of one in a group is `group.task`, of an instance `task[key]` or
    /// `group[key].task`.
    pub task: Arc<str>,
    /// How it ended.
    pub state: MarkState,
    /// What it gave, if it ended well.
    pub output: Option<Json>,
    /// Why they say so.
    pub reason: Option<Arc<str>>,
    /// Who says so.
    pub by: Arc<str>,
    /// What happens instead of what the pipeline says when the run is closed and it has as many runs
    /// as it may.
    pub overlap: Option<Overlap>,
}

/// A task that was marked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct MarkedTask {
    /// Who marked it.
    pub by: Arc<str>,
    /// When.
    #[serde(serialize_with = "iso")]
    pub at: Timestamp,
    /// In which generation a closed run goes on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub generation: Option<u32>,
    /// The run's place among those that wait, if it was closed and waits to go on; the task is marked
    /// then.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub waiting: Option<WaitingRun>,
}

impl Service {
    /// Says how a task of a pipeline's run ended. What is under way for it is given up, and what did
    /// not run because of it is looked at again; a closed run goes on in another generation for that.
    ///
    /// # Errors
    /// There is no such run of a pipeline, or no such task; the run is kept in memory or waits to
    /// begin; an output is given for a task that did not end well, or is too large; the task is as it
    /// is said to be, or cannot be marked on its own.
    pub async fn mark_task(&self, viewer: &Viewer, request: MarkTask) -> Result<MarkedTask, Error> {
        let MarkTask { run, overlap, .. } = &request;
        viewer.check("MarkTask", run)?;
        if self.waiting_run(run).is_some() {
            let message = "The run waits for others to end: mark its task once it goes on";
            return Err(Error::Conflict(message.into()));
        }
        let mark = self.mark_of(&request)?;
        let chosen = [Chosen::parse(&request.task)];
        let task = chosen[0].task();
        let (_, pipeline) = self.run_with_task(run, &task).await?;
        if !self.mark_in_open(viewer, run, &mark).await? {
            self.check_keys(viewer, run, &pipeline, &chosen).await?;
            return self.mark_in_closed(run, &request.by, vec![mark], *overlap).await;
        }
        let by = request.by.clone();
        Ok(MarkedTask { by, at: self.now(), generation: None, waiting: None })
    }

    /// Says how a task of a run that is under way ended; returns whether it is under way.
    pub(super) async fn mark_in_open(
        &self,
        viewer: &Viewer,
        run: &str,
        mark: &Mark,
    ) -> Result<bool, Error> {
        match self.runtime.mark(&ExecutionKey(run.into()), mark.clone()).await {
            Ok(()) => Ok(true),
            Err(MarkError::Closed) => Ok(false),
            Err(MarkError::NotMarkable(why)) => {
                if matches!(why, NotMarkable::NoInstance | NotMarkable::Instances) {
                    let chosen = [Chosen::parse(&mark.task)];
                    let (_, pipeline) = self.run_with_task(run, &chosen[0].task()).await?;
                    self.check_keys(viewer, run, &pipeline, &chosen).await?;
                }
                Err(refused(why))
            }
            Err(MarkError::Runtime(error)) => Err(Error::about_execution(run, error)),
            Err(other) => Err(Error::Unavailable(other.to_string())),
        }
    }

    /// Says how tasks of a closed run ended: it goes on in one generation for all of them.
    pub(super) async fn mark_in_closed(
        &self,
        run: &str,
        by: &Arc<str>,
        marks: Vec<Mark>,
        overlap: Option<Overlap>,
    ) -> Result<MarkedTask, Error> {
        let description = self.description(&execution("run", run)?).await?;
        self.check_room_for_execution().await?;
        let by = by.clone();
        let selection = Selection::Marks(marks);
        let order = Some(RerunOrder { selection, input: None, by: Some(by.clone()) });
        let reopening = Reopening { order, token: None, overlap };
        let Reopened { generation, at, waiting } = self.reopen_run(&description, reopening).await?;
        Ok(MarkedTask { by, at, generation: Some(generation), waiting })
    }

    fn mark_of(&self, request: &MarkTask) -> Result<Mark, Error> {
        let MarkTask { task, state, output, reason, by, .. } = request;
        if output.is_some() && *state != MarkState::Success {
            return Err(Error::validation("only a task that is marked as success has an output"));
        }
        let output = output.clone().map(Payload::from);
        let most = self.inner.quotas.payload_bytes_max;
        let bytes = output.as_ref().map_or(0, |output| output.text().len());
        Constraints::default()
            .chars_if("by", Some(by), 0..=NAME_CHARS_MAX)
            .chars_if("reason", reason.as_deref(), 1..=REASON_CHARS_MAX)
            .sensitive("output", bytes, 0..=most)
            .check()?;
        let (task, reason, by) = (task.clone(), reason.clone(), Some(by.clone()));
        Ok(Mark { task, state: *state, output, reason, by })
    }
}

/// Words why a task cannot be marked.
pub(super) fn refused(why: NotMarkable) -> Error {
    let message = match why {
        NotMarkable::NoGraph => "The run has no tasks that could be marked",
        NotMarkable::NoGroup => {
            "The group of the task is not at work: mark the group, or wait for the end of the run"
        }
        NotMarkable::Instances => {
            "There is such a task in each instance of its group: name one, as in 'group[key].task'"
        }
        NotMarkable::NoInstance => "No instance of this key has begun, or the task has none",
        NotMarkable::Ending => {
            "The run, or the group of the task, is being given up or undone: wait for its end"
        }
        NotMarkable::Already => "The task is in this state already",
        other => return Error::Conflict(format!("The task cannot be marked: {other}")),
    };
    Error::Conflict(message.into())
}
