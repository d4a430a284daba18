//! Workers and what tasks wait for.

use compasso_dispatch::{BlockedTask, Dispatcher, Standing, removed};
use compasso_store::ExecutionKey;

use crate::records::Paused;
use crate::runs::Viewer;
use crate::{Error, Service};

impl Service {
    /// Returns what brings tasks and workers together.
    pub fn dispatcher(&self) -> &Dispatcher {
        &self.inner.dispatcher
    }

    /// Opens a file that a task left, for who may see a run that holds it; returns also its size, and
    /// `None` if there is none for this viewer, or no run that left it is there any more.
    ///
    /// # Errors
    /// It was removed before its run, or cannot be opened now.
    pub async fn artifact(
        &self,
        viewer: &Viewer,
        sha256: &str,
    ) -> Result<Option<(tokio::fs::File, u64)>, Error> {
        match self.dispatcher().standing(viewer.account.as_deref(), sha256).await? {
            Standing::Removed => return Err(Error::ArtifactRemoved(removed(sha256))),
            // Who may not see the runs that hold a file is not told that it is there.
            Standing::Left => return Ok(None),
            Standing::Unknown if viewer.account.is_some() => return Ok(None),
            Standing::Held | Standing::Unknown => {}
        }
        let found = self.dispatcher().artifact(sha256).await;
        found.map_err(|error| Error::Unavailable(error.to_string()))
    }

    /// Holds the tasks of pipelines back that are paused so; to be done before anything runs.
    ///
    /// # Errors
    /// The store does not answer.
    pub async fn hold_paused_pipelines(&self) -> Result<(), Error> {
        for id in self.pipeline_ids().await? {
            if let Some(machine) = self.inner.machines.get(&self.runtime, &id).await? {
                self.hold_tasks(&id, machine.value.paused.as_ref());
            }
        }
        Ok(())
    }

    /// Holds the tasks of a pipeline back, by its ARN, if it is paused so, or lets them go.
    pub(crate) fn hold_tasks(&self, pipeline: &str, paused: Option<&Paused>) {
        self.dispatcher().hold(Some(pipeline), paused.is_some_and(|paused| paused.hold));
    }

    /// Lists the tasks of a run that wait, and why.
    ///
    /// # Errors
    /// There is no such run, or it is another account's.
    pub async fn blocked_tasks(
        &self,
        viewer: &Viewer,
        run: &str,
    ) -> Result<Vec<BlockedTask>, Error> {
        viewer.check("DescribeExecution", run)?;
        let key = ExecutionKey(run.into());
        let found = self.runtime.describe(&key).await?;
        if found.is_none() {
            return Err(Error::ExecutionDoesNotExist { arn: run.into() });
        }
        Ok(self.dispatcher().blocked(run))
    }
}
