//! The texts by which a test shows an HTTP call.

use compasso_aws::{Answer, Request};
use compasso_runtime::{TracedRequest, TracedResponse};
use reqwest::header::HeaderMap;

/// Shows a request.
pub(super) fn request(request: &Request) -> TracedRequest {
    TracedRequest {
        protocol: request.url.scheme().to_owned(),
        method: request.method.to_string(),
        url: request.url.to_string(),
        headers: headers(&request.headers),
        body: request.body.as_deref().map(text),
    }
}

/// Shows the answer to a request of that protocol.
pub(super) fn response(protocol: &str, answer: &Answer) -> TracedResponse {
    TracedResponse {
        protocol: protocol.to_owned(),
        status_code: answer.status.as_u16().to_string(),
        status_message: answer.status.canonical_reason().unwrap_or_default().to_owned(),
        headers: headers(&answer.headers),
        body: text(&answer.body),
    }
}

fn headers(headers: &HeaderMap) -> String {
    let shown = headers.iter().map(|(name, value)| format!("{name}: {}", text(value.as_bytes())));
    format!("[{}]", shown.collect::<Vec<_>>().join(", "))
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
