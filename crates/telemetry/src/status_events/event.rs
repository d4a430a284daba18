//! The form of an event: EventBridge's envelope around what `DescribeExecution` tells, with dates in
//! milliseconds and `null` for what there is not.

use std::sync::Arc;

use compasso_engine::{Event, EventKind};
use compasso_runtime::News;
use compasso_types::{Payload, Timestamp};
use serde::Serialize;
use sha2::{Digest, Sha256};

/// What the events are called.
pub(super) const DETAIL_TYPE: &str = "Step Functions Execution Status Change";
/// Data longer than this is left out, bytes: an event has no room for it.
const DATA_BYTES_MAX: usize = 248 * 1024;

/// A change of an execution's status.
#[derive(Clone, Debug, Serialize)]
pub(super) struct StatusEvent {
    version: &'static str,
    /// Follows from the execution and the event, so that who gets one twice can tell.
    pub(super) id: String,
    #[serde(rename = "detail-type")]
    detail_type: &'static str,
    pub(super) source: Arc<str>,
    account: String,
    pub(super) time: String,
    pub(super) region: String,
    pub(super) resources: [Arc<str>; 1],
    detail: Detail,
}

#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Detail {
    execution_arn: Arc<str>,
    state_machine_arn: Arc<str>,
    name: Arc<str>,
    status: &'static str,
    start_date: i64,
    stop_date: Option<i64>,
    input: Option<Arc<str>>,
    input_details: Included,
    output: Option<Arc<str>>,
    output_details: Option<Included>,
    state_machine_version_arn: Option<Arc<str>>,
    state_machine_alias_arn: Option<Arc<str>>,
    error: Option<Arc<str>>,
    cause: Option<Arc<str>>,
    redrive_count: u32,
    redrive_date: Option<i64>,
    redrive_status: &'static str,
    redrive_status_reason: Option<&'static str>,
}

#[derive(Clone, Copy, Debug, Serialize)]
struct Included {
    included: bool,
}

impl StatusEvent {
    /// Returns the change that `event` is, if it is one.
    pub(super) fn of(news: &News, event: &Event) -> Option<Self> {
        let start = &news.record.start;
        let detail = Detail::of(news, event)?;
        let mut parts = start.id.split(':').skip(3).map(str::to_owned);
        Some(Self {
            version: "0",
            id: id(&start.id, event.id),
            detail_type: DETAIL_TYPE,
            source: Arc::default(),
            region: parts.next().unwrap_or_default(),
            account: parts.next().unwrap_or_default(),
            time: whole_seconds(event.at),
            resources: [start.id.clone()],
            detail,
        })
    }

    /// Returns the event with its source named.
    pub(super) fn from(self, source: Arc<str>) -> Self {
        Self { source, ..self }
    }

    /// Returns how long the texts are that may be long.
    pub(super) fn data_bytes(&self) -> usize {
        let Detail { input, output, error, cause, .. } = &self.detail;
        [input, output, error, cause].into_iter().flatten().map(|text| text.len()).sum()
    }

    /// Returns the whole event as JSON text.
    pub(super) fn text(&self) -> String {
        serde_json::to_string(self).expect("events have text keys")
    }

    /// Returns the detail as JSON text.
    pub(super) fn detail_text(&self) -> String {
        serde_json::to_string(&self.detail).expect("details have text keys")
    }
}

impl Detail {
    fn of(news: &News, event: &Event) -> Option<Self> {
        let start = &news.record.start;
        let (status, output, failure) = match &event.kind {
            EventKind::ExecutionStarted { .. } | EventKind::ExecutionRedriven { .. } => {
                ("RUNNING", None, (None, None))
            }
            EventKind::ExecutionSucceeded { output } => ("SUCCEEDED", Some(output), (None, None)),
            EventKind::ExecutionFailed { error, cause } => {
                ("FAILED", None, (error.clone(), cause.clone()))
            }
            EventKind::ExecutionAborted { error, cause, .. } => {
                ("ABORTED", None, (error.clone(), cause.clone()))
            }
            EventKind::ExecutionTimedOut { .. } => ("TIMED_OUT", None, (None, None)),
            _ => return None,
        };
        let reason = match status {
            "RUNNING" => Some("Execution is RUNNING and cannot be redriven"),
            "SUCCEEDED" => Some("Execution is SUCCEEDED and cannot be redriven"),
            _ => None,
        };
        let (input, input_details) = data(&start.input);
        let output = output.map(data);
        Some(Self {
            execution_arn: start.id.clone(),
            state_machine_arn: start.workflow.clone(),
            name: start.name.clone(),
            status,
            start_date: news.started.0,
            stop_date: (status != "RUNNING").then_some(event.at.0),
            input,
            input_details,
            output_details: output.as_ref().map(|(_, details)| *details),
            output: output.and_then(|(text, _)| text),
            state_machine_version_arn: start.version.clone(),
            state_machine_alias_arn: start.alias.clone(),
            error: failure.0,
            cause: failure.1,
            redrive_count: news.redrive.as_ref().map_or(0, |redrive| redrive.count),
            redrive_date: news.redrive.as_ref().map(|redrive| redrive.at.0),
            redrive_status: if reason.is_some() { "NOT_REDRIVABLE" } else { "REDRIVABLE" },
            redrive_status_reason: reason,
        })
    }
}

fn data(payload: &Payload) -> (Option<Arc<str>>, Included) {
    let text = payload.shown();
    let included = text.len() <= DATA_BYTES_MAX;
    (included.then(|| (&*text).into()), Included { included })
}

fn whole_seconds(at: Timestamp) -> String {
    Timestamp(at.0 - at.0.rem_euclid(1_000)).to_string().replace(".000Z", "Z")
}

/// Makes an id of the form of a UUID.
fn id(execution: &str, event: u64) -> String {
    let digest: [u8; 32] =
        Sha256::new().chain_update(execution).chain_update(event.to_be_bytes()).finalize().into();
    let (first, _) = digest.split_first_chunk().expect("a digest has 32 bytes");
    let hex = format!("{:032x}", u128::from_be_bytes(*first));
    [&hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]].join("-")
}
