//! Redirects, for tasks that allow some.

use compasso_aws::{Answer, Request};
use reqwest::header::{ACCEPT, CONTENT_LENGTH, CONTENT_TYPE, HeaderName, LOCATION, USER_AGENT};
use reqwest::{Method, StatusCode};

/// What another server than the first is told. Everything else may be a secret: an API key has a
/// header of any name.
const SENT_ELSEWHERE: [HeaderName; 3] = [ACCEPT, CONTENT_TYPE, USER_AGENT];

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

/// Returns the request that the answer to `request` leads to, if it is a redirect that may be
/// followed: a body is not sent to another server than it was meant for, and of the headers only
/// [`SENT_ELSEWHERE`].
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
    if !keeps_method {
        (request.method, request.body) = (Method::GET, None);
        request.headers.remove(CONTENT_TYPE);
        request.headers.remove(CONTENT_LENGTH);
    }
    if url.origin() != request.url.origin() {
        if request.body.is_some() {
            return None;
        }
        let all = std::mem::take(&mut request.headers);
        for name in SENT_ELSEWHERE {
            let values = all.get_all(&name).iter().cloned();
            request.headers.extend(values.map(|value| (name.clone(), value)));
        }
    }
    request.url = url;
    Some(request)
}
