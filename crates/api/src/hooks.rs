//! `/hooks`: requests of others, which start runs of pipelines.
//!
//! Who may call a webhook is the pipeline's matter, not that of access keys, unless it says nothing
//! about it.

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::header::{ALLOW, CONTENT_LENGTH, CONTENT_TYPE, X_CONTENT_TYPE_OPTIONS};
use axum::http::request::Parts;
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::response::Response;
use bytes::Bytes;
use compasso_service::{HookAnswer, HookCall, HookRequest, NoHook, Role};
use compasso_types::{Json, sealed};

use crate::errors::Failure;
use crate::identity::{self, Identity};
use crate::rest::check_site;
use crate::signature::Signed;
use crate::{Edge, origin, reader, request, shown};

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
const PREFIX: &str = "/hooks";
/// What requests are signed for.
const SIGNING_NAME: &str = "states";

/// Answers a request to a webhook.
pub(crate) async fn answer(State(edge): State<Edge>, request: Request) -> Response {
    let mut response = match call(&edge, request).await {
        Ok(response) => response,
        Err(failure) => refused(failure.status, failure.name, &failure.message),
    };
    reader::ask_again(&mut response);
    let id = edge.service.new_id();
    let id = HeaderValue::from_str(&id).expect("a UUID is a header value");
    response.headers_mut().insert(REQUEST_ID, id);
    // No page of another site takes an answer for a script or a picture.
    response.headers_mut().insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
}

async fn call(edge: &Edge, request: Request) -> Result<Response, Failure> {
    edge.service.open_access().await?;
    let (parts, body) = request.into_parts();
    let path = parts.uri.path().strip_prefix(PREFIX).unwrap_or_default().to_owned();
    let length = parts.headers.get(CONTENT_LENGTH).and_then(|it| it.to_str().ok()?.parse().ok());
    let hook = match edge.service.hook(parts.method.as_str(), &path, length) {
        Ok(hook) => hook,
        Err(why) => return Ok(nobody(&path, &why)),
    };
    let body = request::read(&parts.headers, body, hook.body_bytes_max()).await?;
    let is_known = hook.is_for_known() && is_known(edge, &hook, &parts, &body);
    let headers = parts.headers.iter().filter_map(|(name, value)| {
        Some((name.as_str().to_owned(), value.to_str().ok()?.to_owned()))
    });
    let request = HookRequest {
        method: parts.method.as_str().to_owned(),
        path,
        query: parts.uri.query().unwrap_or_default().to_owned(),
        headers: headers.collect(),
        body,
        is_known,
    };
    Ok(written(edge.service.call_hook(hook, request).await?))
}

/// Whether the server itself lets the sender in.
fn is_known(edge: &Edge, hook: &HookCall, parts: &Parts, body: &Bytes) -> bool {
    if edge.is_open() {
        // A page of another site reaches it too, with a picture for example.
        let is_own = origin::check(&parts.headers).and_then(|()| origin::check_host(parts));
        return is_own.and_then(|()| check_site(&parts.headers)).is_ok();
    }
    let signed = Signed { service: SIGNING_NAME, parts, body };
    let by_key = || edge.signer(&signed).ok().map(|(who, _)| who);
    let who = identity::bearer(edge, &parts.headers).ok().flatten().or_else(by_key);
    let is_theirs = |who: &Identity| who.account.as_ref().is_some_and(|own| hook.is_of(own));
    who.is_some_and(|who| is_theirs(&who) && who.role.covers(Role::Operator))
}

fn nobody(path: &str, why: &NoHook) -> Response {
    match why {
        NoHook::Path => {
            let message = format!("no trigger listens on {PREFIX}{path}");
            refused(StatusCode::NOT_FOUND, "UnknownPath", &message)
        }
        NoHook::Method(methods) => {
            let methods = methods.join(", ");
            let message = format!("the trigger takes {methods}");
            let mut response =
                refused(StatusCode::METHOD_NOT_ALLOWED, "MethodNotAllowed", &message);
            if let Ok(value) = HeaderValue::from_str(&methods) {
                response.headers_mut().insert(ALLOW, value);
            }
            response
        }
        NoHook::Ambiguous => {
            let message = "two triggers listen there; give one of them another path";
            refused(StatusCode::CONFLICT, "AmbiguousPath", message)
        }
        NoHook::Busy => {
            let message = "too many requests are under way";
            refused(StatusCode::TOO_MANY_REQUESTS, "TooManyRequests", message)
        }
    }
}

fn refused(status: StatusCode, code: &str, message: &str) -> Response {
    let body = Json::object([("code", Json::from(code)), ("message", Json::from(message))]);
    written(HookAnswer { status: status.as_u16(), body })
}

/// Writes an answer: texts as they are, nothing as nothing, everything else as JSON.
fn written(answer: HookAnswer) -> Response {
    let (kind, body) = match answer.body {
        Json::Null => (None, Body::empty()),
        Json::String(text) => {
            (Some("text/plain; charset=utf-8"), Body::from(sealed::hide(&text).into_owned()))
        }
        body => (Some("application/json"), Body::from(shown::text(&body))),
    };
    let mut response = Response::new(body);
    *response.status_mut() = StatusCode::from_u16(answer.status).expect("statuses are checked");
    if let Some(kind) = kind {
        response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    }
    response
}
