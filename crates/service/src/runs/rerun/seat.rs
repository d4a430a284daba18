//! A run that ended takes a seat again before it goes on, or waits for one.

use std::sync::Arc;

use compasso_engine::RerunOrder;
use compasso_runtime::{Description, RedriveError, Runtime};
use compasso_schedule::Overlap;
use compasso_scheduler::{Candidate, RunAgain, SeatedAgain};
use compasso_store::{ExecutionKey, Redriven};
use compasso_types::{Arn, Json, Timestamp};
use futures::FutureExt as _;
use futures::future::BoxFuture;
use serde::{Deserialize, Serialize};

use super::{RerunTasks, refused};
use crate::runs::mark;
use crate::schedules::WaitingRun;
use crate::{Error, Service};

/// How a run goes on that waits for a seat.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Again {
    /// How often it had been opened again before.
    after: u32,
    /// What runs again; absent for a redrive.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    order: Option<RerunOrder>,
}

/// The member of what is stored of a run that waits which says that it goes on.
const AGAIN: &str = "again";
/// What the runs of backfills are; they need no seats.
const BACKFILL: &str = "backfill";

/// How a closed run is to go on.
pub(crate) struct Reopening {
    /// What runs again; absent for a redrive.
    pub(crate) order: Option<RerunOrder>,
    /// Tells one asking from another.
    pub(crate) token: Option<Arc<str>>,
    /// What happens instead of what the pipeline says when it has as many runs as it may.
    pub(crate) overlap: Option<Overlap>,
}

/// A run that goes on, or will.
pub(crate) struct Reopened {
    pub(crate) generation: u32,
    pub(crate) at: Timestamp,
    pub(crate) waiting: Option<WaitingRun>,
}

impl Service {
    /// Has a closed run of a pipeline go on once it has a seat.
    pub(crate) async fn reopen_run(
        &self,
        description: &Description,
        reopening: Reopening,
    ) -> Result<Reopened, Error> {
        let Reopening { order, token, overlap } = reopening;
        let id = description.record.start.id.clone();
        let after = description.redriven.map_or(0, |redriven| redriven.count);
        let again = Again { after, order };
        let open = again.clone().open(self.runtime.clone(), ExecutionKey(id.clone()), token);
        let kind = description.input().value().get("run").and_then(|run| run.get("type"));
        let is_of_backfill = kind.and_then(Json::as_str) == Some(BACKFILL);
        let seated = if is_of_backfill || description.closed.is_none() {
            SeatedAgain::Begun(open.await.map_err(|error| about(&id, error))?)
        } else {
            let candidate = self.candidate_again(description, &again, overlap).await?;
            let seated = self.inner.scheduler.seat_again(candidate, open.boxed()).await;
            seated.map_err(|error| about(&id, error))?
        };
        let conflict = |message: &str| Err(Error::Conflict(message.into()));
        match seated {
            SeatedAgain::Begun(Redriven { count, at }) => {
                Ok(Reopened { generation: count + 1, at, waiting: None })
            }
            SeatedAgain::Buffered => {
                let (generation, at) = (after + 2, self.now());
                Ok(Reopened { generation, at, waiting: self.waiting_run(&id) })
            }
            SeatedAgain::Open => Err(refused(compasso_engine::NotRedrivable::Running)),
            SeatedAgain::Waiting => conflict("It waits already for other runs to end"),
            SeatedAgain::Skipped => {
                conflict("It is skipped: as many runs are under way as there may be")
            }
            SeatedAgain::Dropped => conflict("It is dropped: as many runs wait as there may be"),
        }
    }

    async fn candidate_again(
        &self,
        description: &Description,
        again: &Again,
        overlap: Option<Overlap>,
    ) -> Result<Candidate, Error> {
        let compiled = self.compiled(&description.record.definition).await?;
        let pipeline = compiled.pipeline.clone();
        let pipeline = pipeline.ok_or_else(|| Error::Internal("it is no pipeline".into()))?;
        let start = &description.record.start;
        let arn: Arn =
            start.workflow.parse().map_err(|_| Error::InvalidArn(start.workflow.to_string()))?;
        let input = match again.order.as_ref().and_then(|order| order.input.clone()) {
            Some(changed) => changed,
            None => self.present_input(&ExecutionKey(start.id.clone()), description).await?,
        };
        let concurrency = self.concurrency(&arn, &pipeline, &input, overlap)?;
        let stored = serde_json::to_value(again).and_then(serde_json::from_value::<Json>);
        let stored = stored.map_err(|error| Error::Internal(error.to_string()))?;
        Ok(Candidate {
            run: start.id.clone(),
            pipeline: start.workflow.clone(),
            concurrency,
            order: Json::object([(AGAIN, stored)]),
            tick: None,
            deadlines: Vec::new(),
        })
    }

    /// Returns what has a run go on that waited for a seat; doing it again does nothing. `None` if what is
    /// stored is about a run that is to start.
    pub(crate) fn going_on(
        &self,
        run: &Arc<str>,
        order: &Json,
    ) -> Result<Option<BoxFuture<'static, Result<(), Error>>>, Error> {
        let Some(stored) = order.get(AGAIN) else { return Ok(None) };
        let stored = serde_json::to_value(stored).and_then(serde_json::from_value);
        let again: Again = stored.map_err(|error| Error::Internal(error.to_string()))?;
        let (service, run) = (self.clone(), run.clone());
        Ok(Some(async move { service.open_once(&run, again).await }.boxed()))
    }

    /// Has a run of a backfill run again, without a seat; asking again does nothing.
    pub(crate) async fn run_backfilled_again(
        &self,
        run: &Arc<str>,
        again: &RunAgain,
    ) -> Result<(), Error> {
        let description = self.described_run(run).await?;
        let compiled = self.compiled(&description.record.definition).await?;
        let pipeline = compiled.pipeline.as_ref();
        let pipeline = pipeline.ok_or_else(|| Error::Internal("it is no pipeline".into()))?;
        let (tasks, all) = (again.tasks.clone(), again.all && again.tasks.is_empty());
        let selection = RerunTasks { tasks, all, ..RerunTasks::default() }.selection(pipeline)?;
        let input = match &again.params {
            Some(params) => {
                let key = ExecutionKey(run.clone());
                self.changed_input(&key, &description, pipeline, params).await?
            }
            None => None,
        };
        let order = Some(RerunOrder { selection, input, by: None });
        self.open_once(run, Again { after: again.after, order }).await
    }

    async fn open_once(&self, run: &Arc<str>, again: Again) -> Result<(), Error> {
        let description = self.described_run(run).await?;
        if description.redriven.is_some_and(|redriven| redriven.count > again.after) {
            return Ok(());
        }
        self.check_room_for_execution().await?;
        let opened = again.open(self.runtime.clone(), ExecutionKey(run.clone()), None).await;
        opened.map(drop).map_err(|error| about(run, error))
    }

    pub(crate) async fn described_run(&self, run: &str) -> Result<Description, Error> {
        let arn: Arn = run.parse().map_err(|_| Error::InvalidArn(run.to_owned()))?;
        self.description(&arn).await
    }
}

/// Says if what is stored of a run that waits is about one that ended and goes on.
pub(crate) fn goes_on(order: &Json) -> bool {
    order.get(AGAIN).is_some()
}

impl Again {
    async fn open(
        self,
        runtime: Runtime,
        key: ExecutionKey,
        token: Option<Arc<str>>,
    ) -> Result<Redriven, RedriveError> {
        if let Some(order) = self.order {
            return runtime.rerun(&key, order, token).await;
        }
        let at = runtime.redrive(&key, token).await?;
        Ok(Redriven { count: self.after + 1, at })
    }
}

/// Words why a run does not go on.
pub(crate) fn about(run: &str, error: RedriveError) -> Error {
    match error {
        RedriveError::NotRedrivable(why) => refused(why),
        RedriveError::NotMarkable(why) => mark::refused(why),
        RedriveError::Runtime(error) => Error::about_execution(run, error),
        other => Error::Unavailable(other.to_string()),
    }
}
