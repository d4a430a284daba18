//! Parts of a request that both HTTP tasks read the same way.

use compasso_engine::TaskError;
use compasso_types::Json;
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use reqwest::{Method, Url};

use crate::parameters::{Parameters, scalar_text};

/// Reads `Method`.
pub(crate) fn method(parameters: &Parameters<'_>, default: &str) -> Result<Method, TaskError> {
    match parameters.text("Method")?.unwrap_or(default) {
        "GET" => Ok(Method::GET),
        "POST" => Ok(Method::POST),
        "PUT" => Ok(Method::PUT),
        "DELETE" => Ok(Method::DELETE),
        "PATCH" => Ok(Method::PATCH),
        "OPTIONS" => Ok(Method::OPTIONS),
        "HEAD" => Ok(Method::HEAD),
        _ => Err(parameters.invalid("Method")),
    }
}

/// Reads `Headers`; a list sends a header several times.
pub(crate) fn headers(parameters: &Parameters<'_>) -> Result<HeaderMap, TaskError> {
    let mut headers = HeaderMap::new();
    for (name, value) in parameters.object("Headers")?.into_iter().flatten() {
        let invalid = || parameters.invalid("Headers");
        let name = HeaderName::from_bytes(name.as_bytes()).map_err(|_| invalid())?;
        for value in several(value) {
            let text = scalar_text(value).ok_or_else(invalid)?;
            headers.append(name.clone(), HeaderValue::from_str(&text).map_err(|_| invalid())?);
        }
    }
    Ok(headers)
}

/// Adds the query parameters of member `name` to those the URL has; a list adds one several times.
pub(crate) fn add_query(
    url: &mut Url,
    parameters: &Parameters<'_>,
    name: &str,
) -> Result<(), TaskError> {
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

/// Returns the bytes of a body: a text as it is, anything else as JSON, which its header then says.
pub(crate) fn json_body(body: Option<&Json>, headers: &mut HeaderMap) -> Option<Vec<u8>> {
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
