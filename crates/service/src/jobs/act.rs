//! What a job does with one run.
//!
//! A crash may come between the action and the note of it, so each action finds out first whether it
//! was done: a run that is over cannot be stopped again, one that was opened since it was chosen is not
//! opened again, and another run in its place has a name that follows from the job.

use std::sync::Arc;
use std::time::Duration;

use compasso_engine::{RerunOrder, Selection};
use compasso_runtime::Description;
use compasso_store::{ExecutionKey, Part};
use compasso_types::{Arn, Payload};

use super::JobAction;
use super::record::{Job, PartRun, RunEnd};
use crate::pipelines::is_pipeline;
use crate::runs::Reopening;
use crate::{Error, RedriveExecution, Service, StartExecution, StopExecution};

/// How often an action is tried while the server cannot take it.
const TRIES: usize = 30;
/// The pause between two tries.
const PAUSE: Duration = Duration::from_secs(1);
/// Why nothing else is done with a run that waits.
const WAITS: &str = "The run waits for a place and has not begun: stop it first";
/// Ends the cause of runs that a job stopped.
const BY: &str = "stopped by job";

impl Service {
    /// Does what a job does with one run, the one at `place`, and says what became of it.
    pub(super) async fn act_on(&self, job: &Job, place: usize, run: &PartRun) -> RunEnd {
        let mut tries = 1;
        loop {
            match self.try_to_act(job, place, run).await {
                Ok(end) => return end,
                Err(Error::Throttled | Error::Unavailable(_) | Error::Overtaken { .. })
                    if tries < TRIES => {}
                Err(error) => return RunEnd::Refused { why: error.to_string().into() },
            }
            tries += 1;
            self.runtime.clock().sleep_until(self.now().after(PAUSE)).await;
        }
    }

    async fn try_to_act(&self, job: &Job, place: usize, run: &PartRun) -> Result<RunEnd, Error> {
        let id = &run.run;
        let found = self.runtime.describe(&ExecutionKey(id.clone())).await?;
        let Some(described) = found else { return self.act_on_nothing(job, id).await };
        let is_over = described.closed.is_some();
        let opened = described.redriven.map_or(0, |redriven| redriven.count);
        let is_waiting = self.waiting_run(id).is_some();
        let is_opened = is_waiting || opened > run.redrives;
        match job.action {
            JobAction::Stop | JobAction::Cancel if is_over && !is_waiting => Ok(RunEnd::Already),
            JobAction::Redrive | JobAction::Rerun if is_opened => Ok(RunEnd::Already),
            JobAction::Stop | JobAction::Cancel => self.end_run(job, id).await,
            JobAction::Redrive => self.redrive_for(job, id).await,
            JobAction::Rerun => self.rerun_for(job, place, &described).await,
            JobAction::Delete if !is_over => Ok(refused("The run is under way: stop it first")),
            JobAction::Delete => {
                match self.remove_part(ExecutionKey(id.clone()), Part::Whole).await? {
                    Some(_) => Ok(RunEnd::Done { made: None }),
                    None => Ok(refused("The end of the run is still being told: try again later")),
                }
            }
        }
    }

    /// Acts on a run that is not stored: it waits for its start, or is gone.
    async fn act_on_nothing(&self, job: &Job, id: &Arc<str>) -> Result<RunEnd, Error> {
        let is_waiting = self.waiting_run(id).is_some();
        match job.action {
            JobAction::Delete if is_waiting => Ok(refused(WAITS)),
            JobAction::Redrive | JobAction::Rerun if is_waiting => Ok(refused(WAITS)),
            JobAction::Delete => Ok(RunEnd::Already),
            JobAction::Stop | JobAction::Cancel => self.end_run(job, id).await,
            JobAction::Redrive | JobAction::Rerun => {
                Err(Error::ExecutionDoesNotExist { arn: id.to_string() })
            }
        }
    }

    async fn end_run(&self, job: &Job, id: &Arc<str>) -> Result<RunEnd, Error> {
        let why = job.reason.as_ref().map(|reason| format!("{reason}: ")).unwrap_or_default();
        let cause = Some(format!("{why}{BY} {}", job.id));
        let (execution_arn, by) = (id.to_string(), job.by.clone());
        let stop = StopExecution { execution_arn, error: None, cause, by };
        if job.action == JobAction::Cancel {
            self.cancel_execution(stop).await?;
        } else {
            self.stop_execution(stop).await?;
        }
        Ok(RunEnd::Done { made: None })
    }

    async fn redrive_for(&self, job: &Job, id: &Arc<str>) -> Result<RunEnd, Error> {
        let client_token = Some(job.id.to_string());
        let redrive = RedriveExecution { execution_arn: id.to_string(), client_token };
        self.redrive_execution(redrive).await?;
        Ok(RunEnd::Done { made: None })
    }

    async fn rerun_for(
        &self,
        job: &Job,
        place: usize,
        described: &Description,
    ) -> Result<RunEnd, Error> {
        let start = &described.record.start;
        let id = &*start.id;
        if is_pipeline(&start.workflow) {
            let order =
                Some(RerunOrder { selection: Selection::All, input: None, by: job.by.clone() });
            let reopening = Reopening { order, token: Some(job.id.clone()), overlap: None };
            self.check_room_for_execution().await?;
            self.reopen_run(described, reopening).await?;
            return Ok(RunEnd::Done { made: None });
        }
        let name = format!("{}-{place}", job.id);
        let made = self.run_again(id, &start.workflow, name, described.input()).await?;
        Ok(RunEnd::Done { made: Some(made) })
    }

    /// Runs a run again with its input and its labels, unless a crash came after that.
    async fn run_again(
        &self,
        of: &str,
        workflow: &str,
        name: String,
        input: &Payload,
    ) -> Result<Arc<str>, Error> {
        let arn: Arn = workflow.parse().map_err(|_| Error::InvalidArn(workflow.to_owned()))?;
        let machine = self.machine(&arn).await?.value;
        let made = self.execution_arn(&arn, &machine, &name);
        let order = StartExecution {
            state_machine_arn: workflow.to_owned(),
            name: Some(name),
            input: Some(input.text().to_string()),
            labels: self.labels_of(of).await?,
            ..StartExecution::default()
        };
        match self.start_again(order, of).await {
            Ok(_) | Err(Error::ExecutionAlreadyExists { .. }) => Ok(made),
            Err(error) => Err(error),
        }
    }
}

fn refused(why: &str) -> RunEnd {
    RunEnd::Refused { why: why.into() }
}
