//! `DescribeExecution`.

use std::sync::Arc;

use compasso_engine::Closed;
use compasso_runtime::Description;
use compasso_store::{ExecutionKey, Status};
use compasso_types::{Arn, Payload, Timestamp};
use serde::{Deserialize, Serialize, Serializer};

use crate::arns::{arn_length, execution_or_child};
use crate::constraints::Constraints;
use crate::dates::{seconds, seconds_if};
use crate::pipelines::QUEUED;
use crate::{Error, Service};

/// What `includedData` can be.
pub(crate) const INCLUDED_DATA: [&str; 2] = ["ALL_DATA", METADATA_ONLY];
/// Asks for no inputs, outputs and definitions.
pub(crate) const METADATA_ONLY: &str = "METADATA_ONLY";

/// Names an execution.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the members are the API's")]
pub struct DescribeExecution {
    pub execution_arn: String,
    pub included_data: Option<String>,
}

/// What `DescribeExecution` answers.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the members are the API's")]
pub struct DescribedExecution {
    pub execution_arn: Arc<str>,
    pub state_machine_arn: Arc<str>,
    pub name: Arc<str>,
    pub status: &'static str,
    #[serde(serialize_with = "seconds")]
    pub start_date: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "seconds_if")]
    pub stop_date: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "text_if")]
    pub input: Option<Payload>,
    pub input_details: DataDetails,
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "text_if")]
    pub output: Option<Payload>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub output_details: Option<DataDetails>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trace_header: Option<Arc<str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub map_run_arn: Option<Arc<str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<Arc<str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cause: Option<Arc<str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state_machine_version_arn: Option<Arc<str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state_machine_alias_arn: Option<Arc<str>>,
    pub redrive_count: u32,
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "seconds_if")]
    pub redrive_date: Option<Timestamp>,
    pub redrive_status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub redrive_status_reason: Option<&'static str>,
}

/// Whether data is part of the answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[expect(missing_docs, reason = "the members are the API's")]
pub struct DataDetails {
    pub included: bool,
}

/// What is left of an execution's end.
#[derive(Default)]
pub(super) struct Ending {
    pub(super) output: Option<Payload>,
    pub(super) error: Option<Arc<str>>,
    pub(super) cause: Option<Arc<str>>,
}

impl Ending {
    pub(super) fn of(closed: &Closed) -> Self {
        match closed {
            Closed::Succeeded { output } => {
                Self { output: Some(output.clone()), ..Self::default() }
            }
            Closed::Failed { error, cause } | Closed::Aborted { error, cause, .. } => {
                Self { error: error.clone(), cause: cause.clone(), output: None }
            }
            Closed::TimedOut => Self::default(),
        }
    }
}

impl Service {
    /// Describes an execution, or a run of a pipeline that waits for a seat.
    ///
    /// # Errors
    /// There is no such Standard execution.
    pub async fn describe_execution(
        &self,
        request: DescribeExecution,
    ) -> Result<DescribedExecution, Error> {
        let included = request.included_data.as_deref();
        arn_length(Constraints::default(), "executionArn", &request.execution_arn)
            .one_of("includedData", included, &INCLUDED_DATA)
            .check()?;
        let arn = execution_or_child("executionArn", &request.execution_arn)?;
        let with_data = included != Some(METADATA_ONLY);
        match self.description(&arn).await {
            Ok(description) => self.describe(&description, with_data).await,
            Err(missing @ Error::ExecutionDoesNotExist { .. }) => {
                match self.describe_waiting(arn.as_str(), with_data).await? {
                    Some(waiting) => Ok(waiting),
                    // It may have begun meanwhile.
                    None => match self.description(&arn).await {
                        Ok(description) => self.describe(&description, with_data).await,
                        Err(_) => Err(missing),
                    },
                }
            }
            Err(error) => Err(error),
        }
    }

    /// Returns what the runtime knows of an execution.
    pub(crate) async fn description(&self, arn: &Arn) -> Result<Description, Error> {
        let key = ExecutionKey(arn.as_str().into());
        let missing = || Error::ExecutionDoesNotExist { arn: arn.as_str().to_owned() };
        self.runtime.describe(&key).await?.ok_or_else(missing)
    }

    pub(crate) async fn describe(
        &self,
        description: &Description,
        with_data: bool,
    ) -> Result<DescribedExecution, Error> {
        let ending = description.closed.as_ref().map(Ending::of).unwrap_or_default();
        let not_redrivable = self.not_redrivable(description).await?;
        let details = DataDetails { included: with_data };
        let start = &description.record.start;
        let described = DescribedExecution {
            execution_arn: start.id.clone(),
            state_machine_arn: start.workflow.clone(),
            name: start.name.clone(),
            status: closed_name(description.closed.as_ref()),
            start_date: description.started,
            stop_date: description.stopped,
            input: with_data.then(|| start.input.clone()),
            input_details: details,
            output_details: ending.output.is_some().then_some(details),
            output: ending.output.filter(|_| with_data),
            trace_header: description.record.trace_header.clone(),
            map_run_arn: description.record.map_run.as_ref().map(|child| child.arn.clone()),
            error: ending.error,
            cause: ending.cause,
            state_machine_version_arn: start.version.clone(),
            state_machine_alias_arn: start.alias.clone(),
            redrive_count: description.redriven.map_or(0, |redriven| redriven.count),
            redrive_date: description.redriven.map(|redriven| redriven.at),
            redrive_status: match (not_redrivable, &description.record.map_run) {
                (Some(_), _) => "NOT_REDRIVABLE",
                (None, Some(_)) => "REDRIVABLE_BY_MAP_RUN",
                (None, None) => "REDRIVABLE",
            },
            redrive_status_reason: not_redrivable,
        };
        // One that has ended may wait for a seat to go on.
        let place = description.closed.as_ref().and_then(|_| self.waiting_run(&start.id));
        Ok(match place {
            None => described,
            Some(place) => DescribedExecution {
                status: QUEUED,
                stop_date: None,
                output: None,
                output_details: None,
                error: None,
                cause: Some(place.why().into()),
                redrive_status: "NOT_REDRIVABLE",
                redrive_status_reason: Some("It is about to go on"),
                ..described
            },
        })
    }
}

/// Writes JSON data as the text it is on the wire.
#[expect(clippy::ref_option, reason = "serde passes references")]
pub(crate) fn text_if<S: Serializer>(
    payload: &Option<Payload>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    match payload {
        Some(payload) => serializer.serialize_str(&payload.shown()),
        None => serializer.serialize_none(),
    }
}

/// Returns the API's word for a status; what is set aside is still open.
pub(crate) fn status_name(status: Status) -> &'static str {
    match status {
        Status::Running | Status::Quarantined => "RUNNING",
        Status::Succeeded => "SUCCEEDED",
        Status::Failed => "FAILED",
        Status::TimedOut => "TIMED_OUT",
        Status::Aborted => "ABORTED",
    }
}

fn closed_name(closed: Option<&Closed>) -> &'static str {
    status_name(match closed {
        None => Status::Running,
        Some(Closed::Succeeded { .. }) => Status::Succeeded,
        Some(Closed::Failed { .. }) => Status::Failed,
        Some(Closed::TimedOut) => Status::TimedOut,
        Some(Closed::Aborted { .. }) => Status::Aborted,
    })
}
