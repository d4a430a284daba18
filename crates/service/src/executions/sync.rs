//! `StartSyncExecution`.

use std::sync::Arc;
use std::time::Duration;

use compasso_engine::Closed;
use compasso_types::billing::billed_duration;
use compasso_types::{Payload, Timestamp};
use serde::{Deserialize, Serialize};

use super::StartExecution;
use super::describe::{DataDetails, Ending, INCLUDED_DATA, METADATA_ONLY, text_if};
use super::start::{Order, parse_input};
use crate::constraints::Constraints;
use crate::dates::seconds;
use crate::records::MachineType;
use crate::search_attributes::Labels;
use crate::{Error, Service};

/// The smallest billed memory; memory of single executions is not measured.
const BILLED_MEMORY_MB: u64 = 64;

/// An Express execution to be run to its end.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the members are the API's")]
pub struct StartSyncExecution {
    pub state_machine_arn: String,
    pub name: Option<String>,
    pub input: Option<String>,
    pub trace_header: Option<String>,
    pub included_data: Option<String>,
}

/// What `StartSyncExecution` answers.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the members are the API's")]
pub struct SyncExecution {
    pub execution_arn: Arc<str>,
    pub state_machine_arn: Arc<str>,
    pub name: Arc<str>,
    #[serde(serialize_with = "seconds")]
    pub start_date: Timestamp,
    #[serde(serialize_with = "seconds")]
    pub stop_date: Timestamp,
    pub status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<Arc<str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cause: Option<Arc<str>>,
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "text_if")]
    pub input: Option<Payload>,
    pub input_details: DataDetails,
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "text_if")]
    pub output: Option<Payload>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub output_details: Option<DataDetails>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trace_header: Option<Arc<str>>,
    pub billing_details: BillingDetails,
}

/// What AWS would bill.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[expect(missing_docs, reason = "the members are the API's")]
pub struct BillingDetails {
    #[serde(rename = "billedMemoryUsedInMB")]
    pub billed_memory_used_in_mb: u64,
    #[serde(rename = "billedDurationInMilliseconds")]
    pub billed_duration_in_milliseconds: u64,
}

impl Service {
    /// Runs an Express execution and answers how it ended; a failed run is an answer too.
    ///
    /// # Errors
    /// The request is invalid, or the state machine does not exist or is a Standard one.
    pub async fn start_sync_execution(
        &self,
        request: StartSyncExecution,
    ) -> Result<SyncExecution, Error> {
        let included = request.included_data.as_deref();
        let with_data = included != Some(METADATA_ONLY);
        let start = StartExecution {
            state_machine_arn: request.state_machine_arn,
            name: request.name,
            input: request.input,
            trace_header: request.trace_header,
            labels: Labels::new(),
        };
        let constraints = Constraints::default().one_of("includedData", included, &INCLUDED_DATA);
        let name = start.check(constraints, &self.inner.quotas)?.unwrap_or_else(|| self.new_id());
        let order = Order {
            machine: &start.state_machine_arn,
            name: &name,
            input: parse_input(start.input)?,
            trace_header: start.trace_header.map(Into::into),
            parent: None,
        };
        let (kind, order) = self.prepare(order).await?;
        if kind != MachineType::Express {
            return Err(Error::StateMachineTypeNotSupported);
        }
        let (begin, trace_header) = (order.start.clone(), order.trace_header.clone());
        let end = self.runtime.run_express(order).await?;
        let ending = Ending::of(&end.closed);
        let details = DataDetails { included: with_data };
        Ok(SyncExecution {
            execution_arn: begin.id,
            state_machine_arn: begin.workflow,
            name: begin.name,
            start_date: end.started,
            stop_date: end.stopped,
            status: sync_status(&end.closed),
            error: ending.error,
            cause: ending.cause,
            input: with_data.then_some(begin.input),
            input_details: details,
            output_details: ending.output.is_some().then_some(details),
            output: ending.output.filter(|_| with_data),
            trace_header,
            billing_details: bill(end.stopped.since(end.started)),
        })
    }
}

/// An Express execution cannot be stopped, so an abort counts as a failure.
fn sync_status(closed: &Closed) -> &'static str {
    match closed {
        Closed::Succeeded { .. } => "SUCCEEDED",
        Closed::Failed { .. } | Closed::Aborted { .. } => "FAILED",
        Closed::TimedOut => "TIMED_OUT",
    }
}

fn bill(duration: Duration) -> BillingDetails {
    let milliseconds = billed_duration(duration).as_millis();
    BillingDetails {
        billed_memory_used_in_mb: BILLED_MEMORY_MB,
        billed_duration_in_milliseconds: u64::try_from(milliseconds).unwrap_or(u64::MAX),
    }
}
