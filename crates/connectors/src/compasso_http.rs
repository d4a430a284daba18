//! `compasso:http`: a task that is an HTTP call, to wherever the server can reach.
//!
//! The idempotency key goes along, so that a server that keeps such keys does the work once.

use std::time::Duration;

use compasso_engine::{TaskError, TaskResult};
use compasso_runtime::Job;
use compasso_types::Payload;
use reqwest::header::HeaderValue;
use reqwest::{Client, Url};

use crate::http::{add_query, body_value, cause_of_status, headers, json_body, method};
use crate::parameters::Parameters;
use compasso_aws::{NoAnswer, Request};

const TIMEOUT_SECONDS_DEFAULT: i64 = 60;
/// A day: whoever waits longer wants a callback.
const TIMEOUT_SECONDS_MAX: i64 = 86_400;

/// Makes the call and returns `{Headers, ResponseBody, StatusCode, StatusText}`.
pub(crate) async fn run(client: &Client, job: &Job) -> TaskResult {
    let parameters = Parameters::of(&job.offer.parameters)?;
    let successes = parameters.integers("SuccessStatus")?;
    let request = request(&parameters, job)?;
    let timeout = request.timeout;
    let answer = request.send(client).await.map_err(|reason| no_answer(reason, timeout, job))?;
    let code = answer.status.as_u16();
    let success = match successes {
        Some(codes) => codes.contains(&i64::from(code)),
        None => answer.status.is_success(),
    };
    if !success {
        return Err(TaskError::new(format!("Http.StatusCode.{code}"), cause_of_status(&answer)));
    }
    Ok(Payload::from(answer.result(body_value(&answer))))
}

fn request(parameters: &Parameters<'_>, job: &Job) -> Result<Request, TaskError> {
    let seconds = match parameters.get("TimeoutSeconds") {
        None => TIMEOUT_SECONDS_DEFAULT,
        Some(value) => value
            .as_i64()
            .filter(|seconds| (1..=TIMEOUT_SECONDS_MAX).contains(seconds))
            .ok_or_else(|| parameters.invalid("TimeoutSeconds"))?,
    };
    let mut url = Url::parse(parameters.required_text("Url")?)
        .ok()
        .filter(|url| matches!(url.scheme(), "http" | "https"))
        .ok_or_else(|| parameters.invalid("Url"))?;
    add_query(&mut url, parameters, "Query")?;
    let mut headers = headers(parameters, "Headers")?;
    if let Ok(key) = HeaderValue::from_str(&job.idempotency_key) {
        headers.entry("idempotency-key").or_insert(key);
    }
    if let Some(trace) = &job.trace {
        let place = HeaderValue::from_str(&trace.traceparent()).expect("digits are a header");
        headers.entry("traceparent").or_insert(place);
    }
    let body = json_body(parameters.get("Body"), &mut headers);
    Ok(Request {
        method: method(parameters, "Method", "GET")?,
        url,
        headers,
        body,
        timeout: Duration::from_secs(seconds.unsigned_abs()),
        answer_bytes_max: job.offer.result_bytes_max,
    })
}

fn no_answer(reason: NoAnswer, timeout: Duration, job: &Job) -> TaskError {
    match reason {
        NoAnswer::Timeout => TaskError::new(
            "Http.Timeout",
            format!("There was no whole answer within {} seconds", timeout.as_secs()),
        ),
        NoAnswer::Socket(why) => TaskError::new("Http.Socket", why),
        NoAnswer::TooLarge => TaskError::new(
            "Http.AnswerTooLarge",
            format!("The answer is larger than {} bytes", job.offer.result_bytes_max),
        ),
    }
}
