//! `compasso:call`: `uses: http`, an HTTP call to wherever the server can reach.
//!
//! The idempotency key goes along, so that a server that keeps such keys does the work once.

mod redirect;
mod request;

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use compasso_aws::{Answer, NoAnswer, Request};
use compasso_connectors::http::{body_value, cause_of_status};
use compasso_connectors::{Connectors, Parameters};
use compasso_engine::{TaskError, TaskResult};
use compasso_runtime::Job;
use compasso_types::{Json, Object, Payload, Timestamp};
use reqwest::header::RETRY_AFTER;

use crate::expect::Expect;
use crate::inputs::integer;

/// Makes the call and returns `{status, headers, body}`.
pub(crate) async fn run(
    connectors: &Connectors,
    parameters: &Parameters<'_>,
    job: &Job,
) -> TaskResult {
    let expect = Expect::of(parameters)?;
    let redirects = integer(parameters, "redirects").unwrap_or(0);
    let caller = match parameters.text("connection")? {
        Some(name) => Some(connectors.caller(job, name).await?),
        None => None,
    };
    let request = request::of(parameters, job, connectors.config(), caller.as_ref())?;
    let timeout = request.timeout;
    let answer = follow(connectors, request, redirects).await;
    let answer = answer.map_err(|reason| no_answer(reason, timeout, job))?;
    if let Some(caller) = &caller {
        connectors.refused(caller, answer.status).await;
    }
    let (headers, body) = (headers(&answer), body_value(&answer));
    let status = Json::from(i64::from(answer.status.as_u16()));
    let members = [("status", status), ("headers", headers), ("body", body)];
    match expect {
        None if answer.status.is_success() => {}
        None => return Err(error_of_status(&answer)),
        Some(expect) => match expect.check(now(), members.clone()).await {
            Err(_) if !answer.status.is_success() => return Err(error_of_status(&answer)),
            checked => checked?,
        },
    }
    Ok(Payload::from(Json::object(members)))
}

/// Makes the call, and those that redirects lead to, within the time of the first.
async fn follow(
    connectors: &Connectors,
    request: Request,
    redirects: i64,
) -> Result<Answer, NoAnswer> {
    let timeout = request.timeout;
    let calls = async {
        let mut next = request;
        for _ in 0..redirects {
            let this = redirect::copy(&next);
            let answer = next.send(connectors.client()).await?;
            match redirect::target(this, &answer) {
                Some(target) => next = target,
                None => return Ok(answer),
            }
        }
        next.send(connectors.client()).await
    };
    tokio::time::timeout(timeout, calls).await.unwrap_or(Err(NoAnswer::Timeout))
}

/// Returns the headers by name, several of one name joined as HTTP joins them.
fn headers(answer: &Answer) -> Json {
    let mut headers = Object::new();
    for name in answer.headers.keys() {
        let values = answer.headers.get_all(name).iter();
        let texts: Vec<_> =
            values.map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned()).collect();
        headers.insert(name.as_str().into(), Json::from(texts.join(", ").as_str()));
    }
    Json::from(headers)
}

/// Names the error of a status that is no success.
pub(crate) fn error_of_status(answer: &Answer) -> TaskError {
    let error = TaskError::new(format!("Http{}", answer.status.as_u16()), cause_of_status(answer));
    match answer.header(RETRY_AFTER.as_str()).and_then(|text| wait_of(text, now())) {
        Some(wait) => error.retried_after(wait),
        None => error,
    }
}

/// Reads `Retry-After`: seconds, or a date.
fn wait_of(text: &str, now: Timestamp) -> Option<Duration> {
    if let Ok(seconds) = text.trim().parse::<u64>() {
        return Some(Duration::from_secs(seconds));
    }
    let at = jiff::fmt::rfc2822::parse(text.trim()).ok()?.timestamp().as_millisecond();
    Some(Duration::from_millis(u64::try_from(at - now.0).unwrap_or(0)))
}

fn no_answer(reason: NoAnswer, timeout: Duration, job: &Job) -> TaskError {
    match reason {
        NoAnswer::Timeout => TaskError::new(
            "Timeout",
            format!("There was no whole answer within {} ms", timeout.as_millis()),
        ),
        NoAnswer::Socket(why) => TaskError::new("Connection", why),
        NoAnswer::TooLarge => TaskError::new(
            "OutputTooLarge",
            format!("The answer is larger than {} bytes", job.offer.result_bytes_max),
        ),
    }
}

/// Returns the present time, for expressions about an answer.
pub(crate) fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_says_how_long_to_wait_in_seconds_or_as_a_date() {
        let now = Timestamp(1_445_412_470_000);
        for (text, expected) in [
            ("7", Some(7)),
            ("Wed, 21 Oct 2015 07:28:00 GMT", Some(10)),
            ("Wed, 21 Oct 2015 07:27:00 GMT", Some(0)),
            ("soon", None),
            ("-1", None),
            ("99999999999999999999", None),
        ] {
            assert_eq!(wait_of(text, now), expected.map(Duration::from_secs), "{text}");
        }
    }
}
