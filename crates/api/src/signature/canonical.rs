//! The canonical form of a request, of which the signature is made.

use std::fmt::Write;

use axum::http::header::HOST;
use axum::http::request::Parts;
use sha2::{Digest, Sha256};

use super::to_hex;
use crate::errors::Failure;

/// Writes the canonical form.
///
/// # Errors
/// A header that must be signed is not, or a signed one is not there.
pub(super) fn canonical_request(
    request: &Parts,
    signed: &[&str],
    body: &[u8],
) -> Result<String, Failure> {
    check_signed(request, signed)?;
    let mut text = format!("{}\n{}\n{}\n", request.method, path(request), query(request));
    for name in signed {
        let value = value(request, name).ok_or_else(|| not_signed(name))?;
        writeln!(text, "{name}:{value}").expect("a string takes every text");
    }
    let digest = to_hex(&Sha256::digest(body));
    write!(text, "\n{}\n{digest}", signed.join(";")).expect("a string takes every text");
    Ok(text)
}

/// Demands that everything that gives the request its meaning is signed.
fn check_signed(request: &Parts, signed: &[&str]) -> Result<(), Failure> {
    let names = request.headers.keys().map(axum::http::HeaderName::as_str);
    let must = names.filter(|name| name.starts_with("x-amz-")).chain(["host"]);
    for name in must {
        if !signed.contains(&name) {
            return Err(not_signed(name));
        }
    }
    Ok(())
}

fn not_signed(name: &str) -> Failure {
    Failure::invalid_signature(format!(
        "'{name}' must be a 'SignedHeader' in the AWS Authorization."
    ))
}

/// Returns all values of a header, trimmed, runs of blanks made one. In HTTP/2 the host is a part
/// of the target.
fn value(request: &Parts, name: &str) -> Option<String> {
    let mut values = Vec::new();
    for value in request.headers.get_all(name) {
        let words = value.to_str().ok()?.split(' ').filter(|word| !word.is_empty());
        values.push(words.collect::<Vec<_>>().join(" "));
    }
    if values.is_empty() && name == HOST.as_str() {
        values.push(request.uri.authority()?.as_str().to_owned());
    }
    (!values.is_empty()).then(|| values.join(","))
}

/// Encodes the path as it was sent once more, as all services but S3 want it.
fn path(request: &Parts) -> String {
    let mut text = String::new();
    for byte in request.uri.path().bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => {
                text.push(char::from(byte));
            }
            _ => write!(text, "%{byte:02X}").expect("a string takes every text"),
        }
    }
    text
}

/// Sorts the query; its parts are encoded as they were sent.
fn query(request: &Parts) -> String {
    let mut pairs: Vec<(&str, &str)> = request
        .uri
        .query()
        .unwrap_or("")
        .split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
        .collect();
    pairs.sort_unstable();
    let pairs: Vec<String> = pairs.iter().map(|(name, value)| format!("{name}={value}")).collect();
    pairs.join("&")
}
