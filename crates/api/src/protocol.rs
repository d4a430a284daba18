//! AWS JSON 1.0: `POST /` with the action in a header.

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::header::CONTENT_TYPE;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::Response;
use bytes::Bytes;
use compasso_service::Caller;

use crate::errors::Failure;
use crate::{Edge, access, actions, caller, origin, request, signature};

const CONTENT: HeaderValue = HeaderValue::from_static("application/x-amz-json-1.0");
const REQUEST_ID: HeaderName = HeaderName::from_static("x-amzn-requestid");
const TARGET: &str = "x-amz-target";
const TARGET_PREFIX: &str = "AWSStepFunctions.";

/// Answers one request.
pub(crate) async fn answer(State(edge): State<Edge>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    respond(&edge, act(&edge, &parts, body).await)
}

/// Answers a path that nothing is at.
pub(crate) async fn unknown_path(State(edge): State<Edge>, request: Request) -> Response {
    let (method, path) = (request.method(), request.uri().path());
    respond(&edge, Err(Failure::unknown_path(StatusCode::NOT_FOUND, method, path)))
}

/// Answers a method that a path does not have.
pub(crate) async fn unknown_method(State(edge): State<Edge>, request: Request) -> Response {
    let (method, path) = (request.method(), request.uri().path());
    respond(&edge, Err(Failure::unknown_path(StatusCode::METHOD_NOT_ALLOWED, method, path)))
}

fn respond(edge: &Edge, outcome: Result<Bytes, Failure>) -> Response {
    let id = edge.service.new_id();
    let (status, body) = match outcome {
        Ok(body) => (StatusCode::OK, body),
        Err(failure) => {
            tracing::debug!(id, name = failure.name, message = failure.message, "request refused");
            (failure.status, failure.body())
        }
    };
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = status;
    let id = HeaderValue::from_str(&id).expect("a UUID is a header value");
    response.headers_mut().extend([(CONTENT_TYPE, CONTENT), (REQUEST_ID, id)]);
    response
}

/// A request whose sender is known.
pub(crate) struct Call<'a> {
    headers: &'a HeaderMap,
    proven: Option<Caller>,
    /// Its body.
    pub(crate) body: &'a [u8],
}

impl Call<'_> {
    /// Returns who asks.
    pub(crate) fn caller(&self) -> Caller {
        self.proven.clone().unwrap_or_else(|| caller::claimed(self.headers))
    }

    /// Returns the trace the caller works in.
    pub(crate) fn trace_header(&self) -> Option<String> {
        self.headers.get("x-amzn-trace-id")?.to_str().ok().map(ToOwned::to_owned)
    }
}

async fn act(edge: &Edge, parts: &Parts, body: Body) -> Result<Bytes, Failure> {
    let body = request::read(&parts.headers, body).await?;
    let proven = if let Some(keys) = &edge.settings.credentials {
        Some(signature::verify(keys, parts, &body, edge.service.now())?)
    } else {
        origin::check(&parts.headers)?;
        None
    };
    let target = target(&parts.headers);
    let Some(action) = target.strip_prefix(TARGET_PREFIX) else {
        return Err(Failure::unknown_operation(format!("Unknown target: '{target}'")));
    };
    match &proven {
        Some(caller) => access::check_body(caller, action, &body)?,
        None => access::check_claim(&parts.headers, action, &body)?,
    }
    let call = Call { headers: &parts.headers, proven, body: &body };
    actions::act(&edge.service, action, &call).await
}

/// Returns what is asked for. Two targets are none: a proxy might have let the other one through.
fn target(headers: &HeaderMap) -> &str {
    let mut targets = headers.get_all(TARGET).iter();
    match (targets.next(), targets.next()) {
        (Some(target), None) => target.to_str().unwrap_or(""),
        _ => "",
    }
}

impl Failure {
    /// Writes the error as both protocols do.
    pub(crate) fn body(&self) -> Bytes {
        serde_json::to_vec(self).expect("an error is plain data").into()
    }
}
