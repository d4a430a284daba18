//! Redirects, for tasks that allow some.

use compasso_aws::{Answer, Request};
use reqwest::header::{AUTHORIZATION, CONTENT_LENGTH, CONTENT_TYPE, COOKIE, LOCATION};
use reqwest::{Method, StatusCode};

/// Returns the same request once more.
pub(super) fn copy(request: &Request) -> Request {
    Request {
        method: request.method.clone(),
        url: request.url.clone(),
        headers: request.headers.clone(),
        body: request.body.clone(),
        timeout: request.timeout,
        answer_bytes_max: request.answer_bytes_max,
    }
}

/// Returns the request that the answer to `request` leads to, if it is a redirect. What says who
/// asks is not sent to another server than it was meant for.
pub(super) fn target(mut request: Request, answer: &Answer) -> Option<Request> {
    let keeps_method = match answer.status {
        StatusCode::MOVED_PERMANENTLY | StatusCode::FOUND => request.method != Method::POST,
        StatusCode::SEE_OTHER => matches!(request.method, Method::GET | Method::HEAD),
        StatusCode::TEMPORARY_REDIRECT | StatusCode::PERMANENT_REDIRECT => true,
        _ => return None,
    };
    let location = answer.headers.get(LOCATION)?.to_str().ok()?;
    let url = request.url.join(location).ok()?;
    if !matches!(url.scheme(), "http" | "https") {
        return None;
    }
    if url.origin() != request.url.origin() {
        let secret: Vec<_> = (request.headers.iter())
            .filter(|(name, value)| value.is_sensitive() || [AUTHORIZATION, COOKIE].contains(name))
            .map(|(name, _)| name.clone())
            .collect();
        for name in secret {
            request.headers.remove(name);
        }
    }
    if !keeps_method {
        (request.method, request.body) = (Method::GET, None);
        request.headers.remove(CONTENT_TYPE);
        request.headers.remove(CONTENT_LENGTH);
    }
    request.url = url;
    Some(request)
}
