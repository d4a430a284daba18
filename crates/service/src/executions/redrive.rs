//! `RedriveExecution`, and whether an execution can be redriven.

use std::sync::Arc;

use compasso_runtime::{Description, RedriveError};
use compasso_store::ExecutionKey;
use compasso_types::{Arn, Timestamp};
use serde::{Deserialize, Serialize};

use crate::arns::{execution, split_label};
use crate::constraints::Constraints;
use crate::dates::seconds;
use crate::pipelines::is_pipeline;
use crate::runs::Reopening;
use crate::{Error, Service};

const CLIENT_TOKEN_CHARS_MAX: usize = 64;
const DELETING: &str = "State machine is in DELETING status.";
/// A child of a map run goes on with its run alone. AWS's text is not known.
const BY_MAP_RUN: &str = "Execution can only be redriven by its Map Run.";

/// Names an execution to redrive.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the members are the API's")]
pub struct RedriveExecution {
    pub execution_arn: String,
    pub client_token: Option<String>,
}

/// What `RedriveExecution` answers.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the members are the API's")]
pub struct RedrivenExecution {
    #[serde(serialize_with = "seconds")]
    pub redrive_date: Timestamp,
}

impl Service {
    /// Has an execution go on from where it failed. The same token again answers the same.
    ///
    /// # Errors
    /// There is no such Standard execution, or it cannot be redriven.
    pub async fn redrive_execution(
        &self,
        request: RedriveExecution,
    ) -> Result<RedrivenExecution, Error> {
        let token = request.client_token.as_deref();
        Constraints::default()
            .chars_if("clientToken", token, 1..=CLIENT_TOKEN_CHARS_MAX)
            .printable_if("clientToken", token)
            .check()?;
        let arn = execution("executionArn", &request.execution_arn)?;
        let description = self.description(&arn).await?;
        if self.is_deleting(&description).await? {
            return Err(Error::ExecutionNotRedrivable(DELETING));
        }
        if description.record.map_run.is_some() {
            return Err(Error::ExecutionNotRedrivable(BY_MAP_RUN));
        }
        self.check_room_for_execution().await?;
        if is_pipeline(&description.record.start.workflow) {
            let token = request.client_token.map(Into::into);
            return self.redrive_run(&description, token).await;
        }
        let key = ExecutionKey(arn.as_str().into());
        let redriven = self.runtime.redrive(&key, request.client_token.map(Into::into)).await;
        let redrive_date = redriven.map_err(|error| match error {
            RedriveError::NotRedrivable(why) => Error::ExecutionNotRedrivable(why.reason()),
            RedriveError::Runtime(error) => Error::about_execution(arn.as_str(), error),
            other => Error::Unavailable(other.to_string()),
        })?;
        Ok(RedrivenExecution { redrive_date })
    }

    /// Has a run of a pipeline go on from where it failed, once it has a seat.
    async fn redrive_run(
        &self,
        description: &Description,
        token: Option<Arc<str>>,
    ) -> Result<RedrivenExecution, Error> {
        if description.closed.is_some() {
            let refused = description.check_redrivable(self.now());
            refused.map_err(|why| Error::ExecutionNotRedrivable(why.reason()))?;
        }
        let reopening = Reopening { order: None, token, overlap: None };
        Ok(RedrivenExecution { redrive_date: self.reopen_run(description, reopening).await?.at })
    }

    /// Returns why an execution cannot be redriven; `None` if it can.
    pub(super) async fn not_redrivable(
        &self,
        description: &Description,
    ) -> Result<Option<&'static str>, Error> {
        if let Err(why) = description.check_redrivable(self.now()) {
            return Ok(Some(why.reason()));
        }
        Ok(self.is_deleting(description).await?.then_some(DELETING))
    }

    /// Says whether an execution's state machine is going, or gone.
    async fn is_deleting(&self, description: &Description) -> Result<bool, Error> {
        let workflow = &description.record.start.workflow;
        let Ok(machine) = split_label(workflow).0.parse::<Arn>() else {
            return Ok(false);
        };
        Ok(self.machine_if_any(&machine).await?.is_none_or(|machine| machine.value.deleting))
    }
}
