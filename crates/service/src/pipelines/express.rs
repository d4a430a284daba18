//! Runs that are kept in memory, and starts that wait for the end of a run.

use std::sync::Arc;
use std::time::Duration;

use compasso_engine::Closed;
use compasso_runtime::{StartError, StartOrder};
use compasso_store::ExecutionKey;
use compasso_types::{Json, Timestamp};
use serde::Serialize;

use super::start::{StartPipeline, StartedRun};
use crate::dates::iso_if;
use crate::triggers::run_end;
use crate::{Caller, Error, Service};

/// How long a caller waits for the end of a run at most.
const PATIENCE: Duration = Duration::from_secs(300);

/// A run that was started, and how it ended.
#[derive(Clone, Debug, Serialize)]
pub struct EndedRun {
    /// The run.
    #[serde(flatten)]
    pub run: StartedRun,
    /// `success`, `failed` or `cancelled`; `running` if it goes on.
    pub state: &'static str,
    /// When it ended.
    #[serde(serialize_with = "iso_if", skip_serializing_if = "Option::is_none")]
    pub stopped: Option<Timestamp>,
    /// Its output, if it succeeded.
    #[serde(skip_serializing_if = "is_null")]
    pub output: Json,
    /// Its error, with `name` and `cause`, if it has one.
    #[serde(skip_serializing_if = "is_null")]
    pub error: Json,
}

impl Service {
    /// Starts a run of a pipeline and waits up to five minutes for its end. Of an express pipeline
    /// nothing is stored, unless the run has a name: a crash ends it.
    ///
    /// # Errors
    /// As of [`Service::start_pipeline`].
    pub async fn run_pipeline(
        &self,
        caller: &Caller,
        request: StartPipeline,
    ) -> Result<EndedRun, Error> {
        let ready = match &request.name {
            Some(_) => None,
            None => Some(Box::pin(self.ready_to_start(caller, request.clone())).await?),
        };
        match ready {
            Some(ready) if ready.is_express => {
                let (start, version) = (ready.order.start.clone(), ready.version);
                let end = self.runtime.run_express(ready.order).await?;
                let (id, name, started) = (start.id, start.name, end.started);
                let run = StartedRun { id, name, version, started, waiting: None };
                Ok(EndedRun::of(run, Some((end.stopped, &end.closed))))
            }
            Some(ready) => {
                let run = Box::pin(self.start_ready(ready, false)).await?;
                self.end_of(run).await
            }
            None => {
                let run = Box::pin(self.start_pipeline(caller, request)).await?;
                self.end_of(run).await
            }
        }
    }

    async fn end_of(&self, run: StartedRun) -> Result<EndedRun, Error> {
        let key = ExecutionKey(run.id.clone());
        let ended = async {
            self.inner.scheduler.left_waiting(&run.id).await;
            self.runtime.closed(&key).await
        };
        let found = match tokio::time::timeout(PATIENCE, ended).await {
            Ok(found) => found?,
            Err(_) => None,
        };
        let end = found.as_ref().and_then(|found| found.stopped.zip(found.closed.as_ref()));
        Ok(EndedRun::of(run, end))
    }

    /// Starts a run that is kept in memory; its start is durable when this returns.
    pub(super) async fn start_express_run(
        &self,
        order: StartOrder,
        version: u64,
    ) -> Result<StartedRun, Error> {
        let (id, name): (Arc<str>, _) = (order.start.id.clone(), order.start.name.clone());
        match self.runtime.start_express_with(order, Vec::new()).await {
            Ok(started) => Ok(StartedRun { id, name, version, started, waiting: None }),
            Err(StartError::Exists) => Err(Error::ExecutionAlreadyExists { arn: id.to_string() }),
            Err(StartError::Runtime(error)) => Err(error.into()),
            Err(other) => Err(Error::Unavailable(other.to_string())),
        }
    }
}

impl EndedRun {
    fn of(run: StartedRun, end: Option<(Timestamp, &Closed)>) -> Self {
        let Some((stopped, closed)) = end else {
            let (output, error) = (Json::Null, Json::Null);
            return Self { run, state: "running", stopped: None, output, error };
        };
        let end = run_end(closed);
        let stopped = Some(stopped);
        Self { run, state: end.state, stopped, output: end.output, error: end.error }
    }
}

fn is_null(value: &Json) -> bool {
    *value == Json::Null
}
