//! Messages to services that take them as JSON at an address: what `slack`, `notify` and `pagerduty`
//! have in common.

use std::time::Duration;

use compasso_aws::{NoAnswer, Request};
use compasso_connectors::http::cause_of_status;
use compasso_connectors::{Connectors, Secret};
use compasso_engine::{TaskError, TaskResult};
use compasso_runtime::Job;
use compasso_types::{Json, Payload};
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderValue};
use reqwest::{Method, Url};

use crate::ActionsConfig;
use crate::call::error_of_status;

/// Longest time for one message.
const TIMEOUT: Duration = Duration::from_secs(30);
/// Largest answer to one, bytes.
const ANSWER_BYTES_MAX: usize = 64 * 1024;

/// Returns the address that a task gives, or that of `[notify.NAME]`.
pub(crate) fn address(
    config: &ActionsConfig,
    given: Option<&str>,
    name: &str,
) -> Result<Url, TaskError> {
    let text = match (given, config.notify.get(name)) {
        (Some(given), _) => given.to_owned(),
        (None, Some(found)) => {
            Secret::reveal(&found.url).map_err(|why| TaskError::new("Connection", why))?
        }
        (None, None) => {
            let cause = format!(
                "There is no address for '{name}'; set it in the configuration as \
                 [notify.{name}] url = …"
            );
            return Err(TaskError::new("Connection", cause));
        }
    };
    // An address is a secret: whoever knows it can send.
    let url = Url::parse(&text).ok().filter(|url| matches!(url.scheme(), "http" | "https"));
    let cause = || TaskError::new("Connection", format!("The address for '{name}' is no URL"));
    url.ok_or_else(cause)
}

/// Sends a message and returns `{status}`.
pub(crate) async fn send(
    connectors: &Connectors,
    url: Url,
    message: &Json,
    job: &Job,
) -> TaskResult {
    let mut headers = HeaderMap::new();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    if let Ok(key) = HeaderValue::from_str(&job.idempotency_key) {
        headers.insert("idempotency-key", key);
    }
    let request = Request {
        method: Method::POST,
        url,
        headers,
        body: Some(message.to_string().into_bytes()),
        timeout: TIMEOUT,
        answer_bytes_max: ANSWER_BYTES_MAX,
    };
    let answer = request.send(connectors.client()).await.map_err(no_answer)?;
    if !answer.status.is_success() {
        return Err(error_of_status(&answer));
    }
    let status = Json::from(i64::from(answer.status.as_u16()));
    let body = Json::from(cause_of_status(&answer));
    Ok(Payload::from(Json::object([("status", status), ("body", body)])))
}

fn no_answer(reason: NoAnswer) -> TaskError {
    match reason {
        NoAnswer::Timeout => {
            let cause = format!("There was no whole answer within {} seconds", TIMEOUT.as_secs());
            TaskError::new("Timeout", cause)
        }
        NoAnswer::Socket(why) => TaskError::new("Connection", why),
        NoAnswer::TooLarge => TaskError::new("OutputTooLarge", "The answer is too large"),
    }
}
