//! Cancelling executions: graphs end what runs and clean up.

use compasso_types::Timestamp;

use crate::{Error, Service, StopExecution};

impl Service {
    /// Gives an execution up: tasks are asked to end, teardowns and compensations of a pipeline run.
    /// One without a graph stops at once. Returns when it stopped, if it has.
    ///
    /// # Errors
    /// There is no such Standard execution.
    pub async fn cancel_execution(
        &self,
        request: StopExecution,
    ) -> Result<Option<Timestamp>, Error> {
        let (key, order) = request.read()?;
        if self.inner.scheduler.withdraw_as(&key.0, order.clone()).await? {
            return Ok(Some(self.now()));
        }
        let stopped = self.runtime.cancel_as(&key, order).await;
        stopped.map_err(|error| Error::about_execution(&key.0, error))
    }
}
