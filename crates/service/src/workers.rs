//! Workers and what tasks wait for.

use compasso_dispatch::{BlockedTask, Dispatcher};
use compasso_store::ExecutionKey;

use crate::runs::Viewer;
use crate::{Error, Service};

impl Service {
    /// Returns what brings tasks and workers together.
    pub fn dispatcher(&self) -> &Dispatcher {
        &self.inner.dispatcher
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
