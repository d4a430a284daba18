//! Holding, releasing and skipping tasks before they begin.

use std::sync::Arc;

use compasso_engine::{Chosen, NotSteerable, Steer, SteerOrder, WHOLE_RUN};
use compasso_pipeline::Pipeline;
use compasso_pipeline::tree::Mode;
use compasso_runtime::{Description, SteerError};
use compasso_store::ExecutionKey;
use compasso_types::suggestion::nearest;

use super::keys::NAMED_MAX;
use super::{Viewer, ids};
use crate::arns::execution;
use crate::constraints::Constraints;
use crate::{Error, Service};

/// Most characters of the name of who asks.
pub(crate) const NAME_CHARS_MAX: usize = 512;

/// Why nothing is asked of the tasks of an express run.
pub(crate) const IN_MEMORY: &str =
    "A run of an express pipeline is kept in memory: nothing of it can be held, skipped or marked";

/// Asks something of a task that has not begun, or of all of them.
#[derive(Clone, Debug)]
pub struct SteerTask {
    /// The run's ARN.
    pub run: String,
    /// The task's id; that of one in a group is `group.task`; absent: all tasks of the run.
    pub task: Option<Arc<str>>,
    /// What is asked.
    pub order: SteerOrder,
    /// Who asks.
    pub by: Option<Arc<str>>,
}

impl Service {
    /// Holds a task of a pipeline's run back, or all, lets it go, or has it skipped. What was asked
    /// before changes nothing.
    ///
    /// # Errors
    /// There is no such run of a pipeline, or no such task; the run is kept in memory, waits to begin
    /// or is over; the task has begun, has ended, or is not held.
    pub async fn steer_task(&self, viewer: &Viewer, request: SteerTask) -> Result<(), Error> {
        let SteerTask { run, task, order, by } = request;
        viewer.check("StopExecution", &run)?;
        Constraints::default().chars_if("by", by.as_deref(), 0..=NAME_CHARS_MAX).check()?;
        if self.waiting_run(&run).is_some() {
            let message = format!(
                "The run has not begun: '{run}'. 'compasso start PIPELINE --hold' holds the tasks of a \
                 run from its beginning on, 'compasso pause PIPELINE --hold' those of all runs"
            );
            return Err(Error::Conflict(message));
        }
        match &task {
            Some(task) => self.run_with_steered(&run, task).await?,
            None => drop(self.run_of_pipeline(&run).await?),
        }
        let about = task.clone().unwrap_or_else(|| WHOLE_RUN.into());
        let steer = Steer { task: about, order, by };
        let steered = self.runtime.steer(&ExecutionKey(run.as_str().into()), steer).await;
        steered.map_err(|error| match error {
            SteerError::Closed => Error::Conflict(format!("The run is over: '{run}'")),
            SteerError::NotSteerable(why) => refused(task.as_deref(), why),
            SteerError::Runtime(error) => Error::about_execution(&run, error),
            other => Error::Unavailable(other.to_string()),
        })
    }

    /// Refuses a task that cannot be held or skipped on its own.
    async fn run_with_steered(&self, run: &str, task: &str) -> Result<(), Error> {
        let chosen = Chosen::parse(task);
        let whole = chosen.task();
        self.run_with_task(run, &whole).await?;
        if chosen.is_of_instance() {
            let message = format!(
                "A task is held or skipped in all instances together: name it '{whole}'; 'compasso mark' \
                 ends '{task}' alone"
            );
            return Err(Error::validation(message));
        }
        Ok(())
    }

    /// Returns a run, which must be one of a pipeline that has this task, with that.
    pub(super) async fn run_with_task(
        &self,
        run: &str,
        task: &str,
    ) -> Result<(Description, Arc<Pipeline>), Error> {
        let (description, pipeline) = self.run_of_pipeline(run).await?;
        check_has(&pipeline, task)?;
        Ok((description, pipeline))
    }

    async fn run_of_pipeline(&self, run: &str) -> Result<(Description, Arc<Pipeline>), Error> {
        let description = self.description(&execution("id", run)?).await?;
        let compiled = self.compiled(&description.record.definition).await?;
        let Some(pipeline) = &compiled.pipeline else {
            let message = format!("'{run}' is no run of a pipeline: it has states, and no tasks");
            return Err(Error::validation(message));
        };
        let key = ExecutionKey(run.into());
        if pipeline.mode == Mode::Express && self.runtime.last_event(&key).await?.is_none() {
            return Err(Error::validation(IN_MEMORY));
        }
        Ok((description, pipeline.clone()))
    }
}

/// Refuses a task that a pipeline does not have, and says what there is.
pub(super) fn check_has(pipeline: &Pipeline, task: &str) -> Result<(), Error> {
    unknown(&ids(pipeline), task).map_or(Ok(()), |why| Err(Error::NoSuchPart(why)))
}

/// Refuses what is asked for with a task that is none of these, and says what there is.
pub(super) fn check_known(known: &[Arc<str>], task: &str) -> Result<(), Error> {
    unknown(known, task).map_or(Ok(()), |why| Err(Error::validation(why)))
}

fn unknown(known: &[Arc<str>], task: &str) -> Option<String> {
    if known.iter().any(|id| **id == *task) {
        return None;
    }
    let hint = nearest(task, known.iter().map(|id| &**id)).unwrap_or_else(|| {
        let first: Vec<_> = known.iter().take(NAMED_MAX).map(|id| &**id).collect();
        let more = if known.len() > NAMED_MAX { ", …" } else { "" };
        format!("there is {}{more}", first.join(", "))
    });
    Some(format!("the run has no task '{task}'; {hint}"))
}

/// Words why a task, or a run, cannot be steered.
fn refused(task: Option<&str>, why: NotSteerable) -> Error {
    let of = task.map_or_else(|| "The run".to_owned(), |task| format!("The task '{task}'"));
    Error::Conflict(match why {
        NotSteerable::Begun => {
            format!("{of} has begun. Stop the run with --cancel to end it, or hold what needs it")
        }
        NotSteerable::Ended => format!("{of} has ended. Run it again instead"),
        NotSteerable::Free if task.is_none() => "Nothing of the run is held".to_owned(),
        NotSteerable::Free => format!("{of} is neither held nor to be skipped"),
        NotSteerable::NoGraph => "The run has no tasks to hold or skip now".to_owned(),
        other => format!("{of} cannot be held or skipped: {other}"),
    })
}
