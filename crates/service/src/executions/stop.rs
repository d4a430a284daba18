//! `StopExecution`.

use compasso_store::ExecutionKey;
use compasso_types::Timestamp;
use compasso_types::limits::{CAUSE_CHARS_MAX, ERROR_CHARS_MAX};
use serde::{Deserialize, Serialize};

use crate::arns::{arn_length, execution};
use crate::constraints::Constraints;
use crate::dates::seconds;
use crate::{Error, Service};

/// Names an execution to stop.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the members are the API's")]
pub struct StopExecution {
    pub execution_arn: String,
    pub error: Option<String>,
    pub cause: Option<String>,
}

/// Why a run did not begin, if nobody says so.
const WITHDRAWN: &str = "it was stopped while it waited";

/// What `StopExecution` answers.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the members are the API's")]
pub struct StoppedExecution {
    #[serde(serialize_with = "seconds")]
    pub stop_date: Timestamp,
}

impl Service {
    /// Stops an execution; stopping a closed one answers when it closed.
    ///
    /// # Errors
    /// There is no such Standard execution.
    pub async fn stop_execution(&self, request: StopExecution) -> Result<StoppedExecution, Error> {
        let (error, cause) = (request.error, request.cause);
        let constraints =
            arn_length(Constraints::default(), "executionArn", &request.execution_arn);
        error_bounds(constraints, error.as_deref(), cause.as_deref()).check()?;
        let arn = execution("executionArn", &request.execution_arn)?;
        let key = ExecutionKey(arn.as_str().into());
        if self.withdraw(&key, error.as_deref(), cause.as_deref()).await? {
            return Ok(StoppedExecution { stop_date: self.now() });
        }
        let stopped = self.runtime.stop(&key, error.map(Into::into), cause.map(Into::into)).await;
        let stop_date = stopped.map_err(|error| Error::about_execution(arn.as_str(), error))?;
        Ok(StoppedExecution { stop_date })
    }

    /// Takes a run back that waits for the ends of others; returns whether it did.
    pub(super) async fn withdraw(
        &self,
        key: &ExecutionKey,
        error: Option<&str>,
        cause: Option<&str>,
    ) -> Result<bool, Error> {
        let cause = cause.unwrap_or(WITHDRAWN);
        Ok(self.inner.scheduler.withdraw(&key.0, error.map(Into::into), cause).await?)
    }
}

/// Adds the bounds of an error and a cause.
pub(crate) fn error_bounds(
    constraints: Constraints,
    error: Option<&str>,
    cause: Option<&str>,
) -> Constraints {
    let chars = |text: Option<&str>| text.map_or(0, |text| text.chars().count());
    constraints.sensitive("error", chars(error), 0..=ERROR_CHARS_MAX).sensitive(
        "cause",
        chars(cause),
        0..=CAUSE_CHARS_MAX,
    )
}
