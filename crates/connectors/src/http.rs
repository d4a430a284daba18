//! Parts of a request that all tasks with HTTP calls read the same way.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use compasso_aws::Answer;
use compasso_engine::TaskError;
use compasso_types::{Json, Object};
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use reqwest::{Method, Url};

use crate::form::{self, ArrayFormat};
use crate::parameters::{Parameters, quoted, scalar_text};

/// Reads the method in member `name`.
pub fn method(parameters: &Parameters<'_>, name: &str, default: &str) -> Result<Method, TaskError> {
    match parameters.text(name)?.unwrap_or(default) {
        "GET" => Ok(Method::GET),
        "POST" => Ok(Method::POST),
        "PUT" => Ok(Method::PUT),
        "DELETE" => Ok(Method::DELETE),
        "PATCH" => Ok(Method::PATCH),
        "OPTIONS" => Ok(Method::OPTIONS),
        "HEAD" => Ok(Method::HEAD),
        _ => Err(parameters.invalid(name)),
    }
}

/// Reads the headers in member `name`; a list sends a header several times.
pub fn headers(parameters: &Parameters<'_>, name: &str) -> Result<HeaderMap, TaskError> {
    let mut headers = HeaderMap::new();
    let invalid = || parameters.invalid(name);
    for (name, value) in parameters.object(name)?.into_iter().flatten() {
        let name = HeaderName::from_bytes(name.as_bytes()).map_err(|_| invalid())?;
        for value in several(value) {
            let text = scalar_text(value).ok_or_else(invalid)?;
            headers.append(name.clone(), HeaderValue::from_str(&text).map_err(|_| invalid())?);
        }
    }
    Ok(headers)
}

/// Adds the query parameters of member `name` to those the URL has; a list adds one several times.
pub fn add_query(url: &mut Url, parameters: &Parameters<'_>, name: &str) -> Result<(), TaskError> {
    let Some(members) = parameters.object(name)?.filter(|members| !members.is_empty()) else {
        return Ok(());
    };
    let mut query = url.query_pairs_mut();
    for (key, value) in members {
        for value in several(value) {
            let text = scalar_text(value).ok_or_else(|| parameters.invalid(name))?;
            query.append_pair(key, &text);
        }
    }
    Ok(())
}

/// Returns the members of a form as its body.
pub fn form_body(members: &Object) -> Vec<u8> {
    form::encode(members, ArrayFormat::Indices).into_bytes()
}

/// Returns the cause of a status that is no success: what the server says about it.
pub fn cause_of_status(answer: &Answer) -> String {
    let body = String::from_utf8_lossy(&answer.body);
    if body.trim().is_empty() {
        return answer.status.to_string();
    }
    quoted(&body).to_owned()
}

/// Returns the body of an answer: JSON if it says so and is, or text. Bytes that are no text are
/// shown in base64, so that nothing is lost.
pub fn body_value(answer: &Answer) -> Json {
    if std::str::from_utf8(&answer.body).is_ok() {
        return answer.body_value();
    }
    Json::from(STANDARD.encode(&answer.body))
}

/// Returns the bytes of a body: a text as it is, anything else as JSON, which its header then says.
pub fn json_body(body: Option<&Json>, headers: &mut HeaderMap) -> Option<Vec<u8>> {
    match body? {
        Json::String(text) => Some(text.as_bytes().to_vec()),
        value => {
            headers.entry(CONTENT_TYPE).or_insert(HeaderValue::from_static("application/json"));
            Some(value.to_string().into_bytes())
        }
    }
}

fn several(value: &Json) -> &[Json] {
    match value {
        Json::Array(items) => items,
        single => std::slice::from_ref(single),
    }
}
