//! A signal to a running execution: what AWS does not have.

use compasso_engine::Signal;
use compasso_runtime::SignalError;
use compasso_store::ExecutionKey;
use compasso_types::limits::NAME_CHARS_MAX;
use serde::Deserialize;

use crate::arns::{arn_length, execution};
use crate::constraints::Constraints;
use crate::{Error, Service, json_text};

/// A signal, and the execution that it is for.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the members are explained in docs/beyond-aws.md")]
pub struct SignalExecution {
    pub execution_arn: String,
    pub signal_name: String,
    pub payload: Option<String>,
    pub id: Option<String>,
}

impl Service {
    /// Gives a running execution a signal. The same id again changes nothing and answers the same.
    ///
    /// # Errors
    /// There is no such Standard execution, it is closed, or it keeps too many signals already.
    pub async fn signal_execution(&self, request: SignalExecution) -> Result<(), Error> {
        let payload_bytes = request.payload.as_ref().map_or(0, String::len);
        arn_length(Constraints::default(), "executionArn", &request.execution_arn)
            .chars("signalName", &request.signal_name, 1..=NAME_CHARS_MAX)
            .sensitive("payload", payload_bytes, 0..=self.inner.quotas.payload_bytes_max)
            .chars_if("id", request.id.as_deref(), 1..=NAME_CHARS_MAX)
            .check()?;
        let arn = execution("executionArn", &request.execution_arn)?;
        let payload = json_text::parse(request.payload.unwrap_or_else(|| "null".to_owned()));
        let payload =
            payload.map_err(|why| Error::validation(format!("Invalid payload: {why}")))?;
        let (name, id) = (request.signal_name.into(), request.id.map(Into::into));
        let key = ExecutionKey(arn.as_str().into());
        let signalled = self.runtime.signal(&key, Signal { name, payload, id }).await;
        signalled.map_err(|error| match error {
            SignalError::Closed => {
                Error::Conflict(format!("The execution is closed and takes no signals: '{arn}'"))
            }
            SignalError::TooMany => Error::ServiceQuotaExceeded(
                "The execution keeps as many signals as it can; none of its states waits for this one",
            ),
            SignalError::Runtime(error) => Error::about_execution(arn.as_str(), error),
            other => Error::Unavailable(other.to_string()),
        })
    }
}
