//! Holding, releasing and skipping tasks before they begin.

use std::sync::Arc;

use compasso_engine::{NotSteerable, Steer, SteerOrder};
use compasso_pipeline::Pipeline;
use compasso_runtime::{Description, SteerError};
use compasso_store::ExecutionKey;
use compasso_types::suggestion::nearest;

use super::{Viewer, ids};
use crate::arns::execution;
use crate::constraints::Constraints;
use crate::{Error, Service};

/// Most characters of the name of who asks.
pub(super) const NAME_CHARS_MAX: usize = 512;

/// Asks something of a task that has not begun.
#[derive(Clone, Debug)]
pub struct SteerTask {
    /// The run's ARN.
    pub run: String,
    /// The task's id; that of one in a group is `group.task`.
    pub task: Arc<str>,
    /// What is asked.
    pub order: SteerOrder,
    /// Who asks.
    pub by: Option<Arc<str>>,
}

impl Service {
    /// Holds a task of a pipeline's run back, lets it go, or has it skipped. What was asked before
    /// changes nothing.
    ///
    /// # Errors
    /// There is no such run of a pipeline, or no such task; the run waits to begin or is over; the
    /// task has begun, has ended, or is not held.
    pub async fn steer_task(&self, viewer: &Viewer, request: SteerTask) -> Result<(), Error> {
        let SteerTask { run, task, order, by } = request;
        viewer.check("StopExecution", &run)?;
        Constraints::default().chars_if("by", by.as_deref(), 0..=NAME_CHARS_MAX).check()?;
        if self.waiting_run(&run).is_some() {
            let message = format!(
                "The run has not begun: '{run}'. 'compasso pause PIPELINE --hold' holds all tasks \
                 of a pipeline back"
            );
            return Err(Error::Conflict(message));
        }
        self.run_with_task(&run, &task).await?;
        let steer = Steer { task: task.clone(), order, by };
        let steered = self.runtime.steer(&ExecutionKey(run.as_str().into()), steer).await;
        steered.map_err(|error| match error {
            SteerError::Closed => Error::Conflict(format!("The run is over: '{run}'")),
            SteerError::NotSteerable(why) => refused(&task, why),
            SteerError::Runtime(error) => Error::about_execution(&run, error),
            other => Error::Unavailable(other.to_string()),
        })
    }

    /// Returns a run, which must be one of a pipeline that has this task.
    pub(super) async fn run_with_task(&self, run: &str, task: &str) -> Result<Description, Error> {
        let description = self.description(&execution("id", run)?).await?;
        let compiled = self.compiled(&description.record.definition).await?;
        let Some(pipeline) = &compiled.pipeline else {
            return Err(Error::validation(format!(
                "'{run}' is no run of a pipeline: it has states, and no tasks"
            )));
        };
        check_has(pipeline, task)?;
        Ok(description)
    }
}

/// Refuses a task that a pipeline does not have, and names the one that was probably meant.
pub(super) fn check_has(pipeline: &Pipeline, task: &str) -> Result<(), Error> {
    let known = ids(pipeline);
    if known.iter().any(|id| **id == *task) {
        return Ok(());
    }
    let hint = nearest(task, known.iter().map(|id| &**id));
    let hint = hint.map(|hint| format!("; {hint}")).unwrap_or_default();
    Err(Error::validation(format!("the run has no task '{task}'{hint}")))
}

fn refused(task: &str, why: NotSteerable) -> Error {
    Error::Conflict(match why {
        NotSteerable::Begun => format!(
            "The task '{task}' has begun. Stop the run with --cancel to end it, or hold what needs it"
        ),
        NotSteerable::Ended => format!("The task '{task}' has ended. Run it again instead"),
        NotSteerable::Free => format!("The task '{task}' is neither held nor to be skipped"),
        NotSteerable::NoGraph => "The run has no tasks to hold or skip now".to_owned(),
        other => format!("The task '{task}' cannot be held or skipped: {other}"),
    })
}
