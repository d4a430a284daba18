//! What `TestState` answers.

use std::sync::Arc;
use std::time::Duration;

use compasso_engine::{Ending, TaskError, Verdict};
use compasso_runtime::{HttpTrace, TracedRequest, TracedResponse};
use compasso_types::{Json, Object, Payload};
use serde::Serialize;

/// How a tested state ended.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the members are the API's")]
pub struct TestedState {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub output: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<Arc<str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cause: Option<Arc<str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub inspection_data: Option<InspectionData>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_state: Option<Arc<str>>,
    pub status: &'static str,
}

/// What the data of a tested state looked like on its way, as JSON texts.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the members are the API's")]
pub struct InspectionData {
    pub input: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after_arguments: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after_input_path: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after_parameters: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub result: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after_result_selector: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after_result_path: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request: Option<InspectionRequest>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub response: Option<InspectionResponse>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub variables: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error_details: Option<InspectionErrorDetails>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after_items_path: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after_item_selector: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after_item_batcher: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after_items_pointer: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tolerated_failure_count: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tolerated_failure_percentage: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_concurrency: Option<i64>,
}

/// What handled an error.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the members are the API's")]
pub struct InspectionErrorDetails {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub catch_index: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retry_index: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retry_backoff_interval_seconds: Option<u64>,
}

/// The HTTP call of a tested task.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[expect(missing_docs, reason = "the members are the API's")]
pub struct InspectionRequest {
    pub protocol: String,
    pub method: String,
    pub url: String,
    pub headers: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub body: Option<String>,
}

/// The answer to the HTTP call of a tested task.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the members are the API's")]
pub struct InspectionResponse {
    pub protocol: String,
    pub status_code: String,
    pub status_message: String,
    pub headers: String,
    pub body: String,
}

impl TestedState {
    /// Adds what was seen of an HTTP call, if data is shown at all.
    pub(super) fn with_trace(mut self, trace: Option<HttpTrace>) -> Self {
        if let (Some(data), Some(HttpTrace { request, response })) =
            (&mut self.inspection_data, trace)
        {
            data.request = Some(request.into());
            data.response = response.map(Into::into);
        }
        self
    }

    /// Shows a verdict at an inspection level.
    pub(super) fn new(verdict: Verdict, input: &Payload, level: Option<&str>) -> Self {
        let shows_data = level.is_some_and(|level| level != "INFO");
        let data = shows_data.then(|| InspectionData::new(&verdict, input));
        Self { inspection_data: data, ..Self::ended(verdict.ending) }
    }

    fn ended(ending: Ending) -> Self {
        match ending {
            Ending::Succeeded { output, next } => Self {
                output: Some(text(&output)),
                next_state: next,
                status: "SUCCEEDED",
                ..Self::default()
            },
            Ending::Caught { error, output, next, .. } => Self {
                output: Some(text(&output)),
                next_state: next,
                ..Self::failed(error, "CAUGHT_ERROR")
            },
            Ending::Retriable { error, .. } => Self::failed(error, "RETRIABLE"),
            Ending::Failed(error) => Self::failed(error, "FAILED"),
        }
    }

    fn failed(error: TaskError, status: &'static str) -> Self {
        Self { error: error.error, cause: error.cause, status, ..Self::default() }
    }
}

impl From<TracedRequest> for InspectionRequest {
    fn from(request: TracedRequest) -> Self {
        let TracedRequest { protocol, method, url, headers, body } = request;
        Self { protocol, method, url, headers, body }
    }
}

impl From<TracedResponse> for InspectionResponse {
    fn from(response: TracedResponse) -> Self {
        let TracedResponse { protocol, status_code, status_message, headers, body } = response;
        Self { protocol, status_code, status_message, headers, body }
    }
}

impl InspectionData {
    fn new(verdict: &Verdict, input: &Payload) -> Self {
        let seen = &verdict.inspection;
        let shown = |payload: &Option<Payload>| payload.as_ref().map(text);
        let variables: Object =
            verdict.variables.iter().map(|(name, value)| (name.clone(), value.clone())).collect();
        Self {
            input: text(input),
            after_arguments: shown(&seen.after_arguments),
            after_input_path: shown(&seen.after_input_path),
            after_parameters: shown(&seen.after_parameters),
            result: shown(&seen.result),
            after_result_selector: shown(&seen.after_result_selector),
            after_result_path: shown(&seen.after_result_path),
            request: None,
            response: None,
            variables: (!variables.is_empty()).then(|| Json::from(variables).to_string()),
            error_details: InspectionErrorDetails::new(&verdict.ending),
            after_items_path: seen.after_items_path.as_ref().map(Json::to_string),
            after_item_selector: shown(&seen.after_item_selector),
            after_item_batcher: shown(&seen.after_item_batcher),
            after_items_pointer: seen.after_items_pointer.as_ref().map(Json::to_string),
            tolerated_failure_count: seen.tolerated_failure_count,
            tolerated_failure_percentage: seen.tolerated_failure_percentage,
            max_concurrency: seen.max_concurrency,
        }
    }
}

impl InspectionErrorDetails {
    fn new(ending: &Ending) -> Option<Self> {
        match ending {
            Ending::Caught { catcher, .. } => {
                Some(Self { catch_index: Some(*catcher), ..Self::default() })
            }
            Ending::Retriable { retrier, delay, .. } => Some(Self {
                catch_index: None,
                retry_index: Some(*retrier),
                retry_backoff_interval_seconds: Some(whole_seconds(*delay)),
            }),
            Ending::Succeeded { .. } | Ending::Failed(_) => None,
        }
    }
}

fn text(payload: &Payload) -> String {
    payload.text().to_owned()
}

fn whole_seconds(delay: Duration) -> u64 {
    delay.as_millis().div_ceil(1000).try_into().unwrap_or(u64::MAX)
}
