//! The request that a call's inputs describe.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use compasso_aws::Request;
use compasso_connectors::http::{add_query, form_body, headers, json_body};
use compasso_connectors::{Caller, ConnectorsConfig, Parameters};
use compasso_engine::{CALLBACKS, TaskError};
use compasso_ir::{IntegrationPattern, ResourceKind};
use compasso_runtime::Job;
use compasso_types::{Json, Payload};
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use reqwest::{Method, Url};

use crate::inputs::duration;

/// A day: whoever waits longer wants a callback. The task's own limit is most often less.
const TIMEOUT_MAX: Duration = Duration::from_secs(86_400);
/// Where a call is told how to end the task that waits.
const CALLBACK_URL: HeaderName = HeaderName::from_static("x-callback-url");
const FORM: HeaderValue = HeaderValue::from_static("application/x-www-form-urlencoded");

/// Returns the request of a call.
pub(super) fn of(
    parameters: &Parameters<'_>,
    job: &Job,
    config: &ConnectorsConfig,
    caller: Option<&Caller>,
) -> Result<Request, TaskError> {
    let whole;
    let callback = callback(job, config)?;
    let parameters = match &callback {
        None => parameters,
        Some((path, url)) => {
            whole = Payload::from(replaced(job.offer.parameters.value(), path, url));
            &Parameters::of(&whole)?
        }
    };
    let mut headers = headers(parameters, "headers")?;
    if let Some((_, url)) = callback {
        let url = HeaderValue::from_str(&url).map_err(|_| parameters.invalid("url"))?;
        headers.entry(CALLBACK_URL).or_insert(url);
    }
    let key = parameters.text("idempotency_key")?.unwrap_or(&job.idempotency_key);
    if let Ok(key) = HeaderValue::from_str(key) {
        headers.entry("idempotency-key").or_insert(key);
    }
    if let Some(trace) = &job.trace {
        let place = HeaderValue::from_str(&trace.traceparent()).expect("digits are a header");
        headers.entry("traceparent").or_insert(place);
    }
    authorize(parameters, &mut headers)?;
    let mut url = url(parameters)?;
    add_query(&mut url, parameters, "query")?;
    let body = body(parameters, &mut url, &mut headers, caller)?;
    Ok(Request {
        method: method(parameters, body.is_some())?,
        url,
        headers,
        body,
        timeout: duration(parameters, "timeout").unwrap_or(TIMEOUT_MAX).min(TIMEOUT_MAX),
        answer_bytes_max: job.offer.result_bytes_max,
    })
}

/// Reads the method, whose letters may be small.
fn method(parameters: &Parameters<'_>, has_body: bool) -> Result<Method, TaskError> {
    let given = parameters.text("method")?.map(str::to_ascii_uppercase);
    let plain = if has_body { Method::POST } else { Method::GET };
    given.map_or(Ok(plain), |given| given.parse().map_err(|_| parameters.invalid("method")))
}

fn url(parameters: &Parameters<'_>) -> Result<Url, TaskError> {
    let url = Url::parse(parameters.required_text("url")?).ok();
    url.ok_or_else(|| parameters.invalid("url"))
}

/// Returns the body, with what the connection adds to it and to the rest of the call.
fn body(
    parameters: &Parameters<'_>,
    url: &mut Url,
    headers: &mut HeaderMap,
    caller: Option<&Caller>,
) -> Result<Option<Vec<u8>>, TaskError> {
    let (body, form) = (parameters.get("body"), parameters.object("form")?);
    let is_form = form.is_some();
    let mut body = form.map(|form| Json::from(form.clone())).or_else(|| body.cloned());
    if let Some(caller) = caller {
        caller.apply((url, headers, &mut body), parameters)?;
    }
    match &body {
        Some(Json::Object(members)) if is_form => {
            headers.entry(CONTENT_TYPE).or_insert(FORM);
            Ok(Some(form_body(members)))
        }
        body => Ok(json_body(body.as_ref(), headers)),
    }
}

/// Adds the header that `auth` asks for: `{basic: {username, password}}` or `{bearer: TOKEN}`.
fn authorize(parameters: &Parameters<'_>, headers: &mut HeaderMap) -> Result<(), TaskError> {
    let Some(auth) = parameters.object("auth")? else { return Ok(()) };
    let text = |of: &Json, name: &str| of.get(name).and_then(Json::as_str).map(str::to_owned);
    let whole = Json::from(auth.clone());
    let basic = auth.get("basic");
    let pair = basic.and_then(|basic| text(basic, "username").zip(text(basic, "password")));
    let value = match (pair, text(&whole, "bearer")) {
        (Some((username, password)), _) => {
            format!("Basic {}", STANDARD.encode(format!("{username}:{password}")))
        }
        (None, token) => format!("Bearer {}", token.unwrap_or_default()),
    };
    let mut value = HeaderValue::from_str(&value).map_err(|_| parameters.invalid("auth"))?;
    value.set_sensitive(true);
    headers.insert(AUTHORIZATION, value);
    Ok(())
}

/// Returns the path of the job's callback as expressions name it, and its address, if the task
/// ends by token.
fn callback(job: &Job, config: &ConnectorsConfig) -> Result<Option<(String, String)>, TaskError> {
    let ResourceKind::Service { pattern: IntegrationPattern::WaitForTaskToken, .. } =
        &job.offer.resource.kind
    else {
        return Ok(None);
    };
    let Some(endpoint) = &config.endpoint else {
        let cause = "there is no server that could take the callback";
        return Err(TaskError::new("Connection", cause));
    };
    let path = format!("{CALLBACKS}{}", job.token);
    let url = format!("{}{path}", endpoint.trim_end_matches('/'));
    Ok(Some((path, url)))
}

/// Returns a value in whose texts `path` is `url`: where the server is, expressions cannot know.
fn replaced(value: &Json, path: &str, url: &str) -> Json {
    match value {
        // An address that has it already is left as it is.
        Json::String(text) if text.contains(path) && !text.contains(url) => {
            Json::from(text.replace(path, url).as_str())
        }
        Json::Array(items) => Json::array(items.iter().map(|item| replaced(item, path, url))),
        Json::Object(members) => Json::object(
            members.iter().map(|(name, value)| (name.clone(), replaced(value, path, url))),
        ),
        other => other.clone(),
    }
}
