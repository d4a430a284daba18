//! Cancelling executions: graphs end what runs and clean up.

use compasso_store::ExecutionKey;
use compasso_types::Timestamp;

use super::error_bounds;
use crate::arns::{arn_length, execution};
use crate::constraints::Constraints;
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
        let StopExecution { execution_arn, error, cause } = request;
        let constraints = arn_length(Constraints::default(), "executionArn", &execution_arn);
        error_bounds(constraints, error.as_deref(), cause.as_deref()).check()?;
        let arn = execution("executionArn", &execution_arn)?;
        let key = ExecutionKey(arn.as_str().into());
        if self.withdraw(&key, error.as_deref(), cause.as_deref()).await? {
            return Ok(Some(self.now()));
        }
        let stopped = self.runtime.cancel(&key, error.map(Into::into), cause.map(Into::into)).await;
        stopped.map_err(|error| Error::about_execution(arn.as_str(), error))
    }
}
