//! `StopExecution`.

use std::sync::Arc;

use compasso_engine::StopOrder;
use compasso_store::ExecutionKey;
use compasso_types::Timestamp;
use compasso_types::limits::{CAUSE_CHARS_MAX, ERROR_CHARS_MAX};
use serde::{Deserialize, Serialize};

use crate::arns::{arn_length, execution};
use crate::constraints::Constraints;
use crate::dates::seconds;
use crate::runs::NAME_CHARS_MAX;
use crate::{Error, Service};

/// Names an execution to stop.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the members are the API's")]
pub struct StopExecution {
    pub execution_arn: String,
    pub error: Option<String>,
    pub cause: Option<String>,
    /// Who stops it; no part of AWS's request.
    #[serde(skip)]
    pub by: Option<Arc<str>>,
}

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
        let (key, order) = request.read()?;
        if self.inner.scheduler.withdraw_as(&key.0, order.clone()).await? {
            return Ok(StoppedExecution { stop_date: self.now() });
        }
        let stopped = self.runtime.stop_as(&key, order).await;
        let stop_date = stopped.map_err(|error| Error::about_execution(&key.0, error))?;
        Ok(StoppedExecution { stop_date })
    }
}

impl StopExecution {
    /// Returns what is stopped, and how.
    pub(super) fn read(self) -> Result<(ExecutionKey, StopOrder), Error> {
        let Self { execution_arn, error, cause, by } = self;
        let constraints = arn_length(Constraints::default(), "executionArn", &execution_arn);
        error_bounds(constraints, error.as_deref(), cause.as_deref())
            .chars_if("by", by.as_deref(), 0..=NAME_CHARS_MAX)
            .check()?;
        let arn = execution("executionArn", &execution_arn)?;
        let (error, cause) = (error.map(Into::into), cause.map(Into::into));
        Ok((ExecutionKey(arn.as_str().into()), StopOrder { error, cause, by }))
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
