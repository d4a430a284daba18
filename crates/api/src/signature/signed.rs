//! What a signature covers: everything that gives a request its meaning must be signed.

use axum::http::header::HOST;
use axum::http::request::Parts;

use crate::errors::Failure;

/// Returns the names and values of the signed headers.
///
/// # Errors
/// A header that must be signed is not, or a signed one is not there.
pub(super) fn headers<'a>(
    request: &'a Parts,
    names: &[&'a str],
) -> Result<Vec<(&'a str, &'a str)>, Failure> {
    let present = request.headers.keys().map(axum::http::HeaderName::as_str);
    let must = present.filter(|name| name.starts_with("x-amz-")).chain([HOST.as_str()]);
    for name in must {
        if !names.contains(&name) {
            return Err(not_signed(name));
        }
    }
    let mut headers = Vec::with_capacity(names.len());
    for name in names {
        let values = request.headers.get_all(*name).iter();
        let values = values.map(|value| value.to_str().ok());
        let before = headers.len();
        for value in values {
            headers.push((*name, value.ok_or_else(|| not_signed(name))?));
        }
        if headers.len() == before {
            return Err(not_signed(name));
        }
    }
    Ok(headers)
}

fn not_signed(name: &str) -> Failure {
    Failure::invalid_signature(format!(
        "'{name}' must be a 'SignedHeader' in the AWS Authorization."
    ))
}
