//! Workers and what tasks wait for.

use compasso_dispatch::{BlockedTask, Dispatcher};
use compasso_store::ExecutionKey;

use crate::records::Paused;
use crate::runs::Viewer;
use crate::{Error, Service};

impl Service {
    /// Returns what brings tasks and workers together.
    pub fn dispatcher(&self) -> &Dispatcher {
        &self.inner.dispatcher
    }

    /// Says whether a viewer may see a run that holds a file which a task left.
    ///
    /// # Errors
    /// The store does not answer.
    pub async fn sees_artifact(&self, viewer: &Viewer, sha256: &str) -> Result<bool, Error> {
        match &viewer.account {
            None => Ok(true),
            Some(account) => Ok(self.dispatcher().is_held(account, sha256).await?),
        }
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
