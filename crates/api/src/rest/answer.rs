//! How answers are written.

use axum::body::Body;
use axum::extract::rejection::{PathRejection, QueryRejection};
use axum::extract::{FromRequestParts, Request};
use axum::http::header::{
    CACHE_CONTROL, CONTENT_TYPE, ETAG, IF_NONE_MATCH, X_CONTENT_TYPE_OPTIONS,
};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::Response;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bytes::Bytes;
use compasso_service::{Caller, ChosenRuns, Decider, Viewer};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::access;
use super::pipelines::owner;
use super::watch::Refused;
use crate::errors::Failure;
use crate::reader::{ask_again, status};
use crate::{Edge, request, shown};

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
const RESOURCE_POLICY: HeaderName = HeaderName::from_static("cross-origin-resource-policy");
/// Bytes of a digest that make an entity tag.
const TAG_BYTES: usize = 12;

/// An error on the wire.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Refusal<'a> {
    code: &'a str,
    message: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<Value>,
    request_id: &'a str,
}

/// Which page of a list is asked for.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PageQuery {
    pub(super) limit: Option<i64>,
    /// Where it begins, as the page before says.
    pub(super) next: Option<String>,
}

/// How something is created that can be planned first.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct CreateQuery {
    /// Whether it is only said what would happen.
    #[serde(default)]
    pub(super) dry_run: bool,
}

/// Makes the answer of a request out of its outcome.
pub(crate) fn respond(edge: &Edge, outcome: Result<Response, Failure>) -> Response {
    let id = edge.service.new_id();
    let mut response = outcome.unwrap_or_else(|failure| refuse(&id, &failure));
    ask_again(&mut response);
    let headers = response.headers_mut();
    headers.insert(REQUEST_ID, HeaderValue::from_str(&id).expect("a UUID is a header value"));
    // No page of another site takes an answer for a script or a picture.
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(RESOURCE_POLICY, HeaderValue::from_static("same-origin"));
    headers.entry(CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    response
}

fn refuse(id: &str, failure: &Failure) -> Response {
    tracing::debug!(id, name = failure.name, message = failure.message, "request refused");
    let refusal = Refusal {
        code: failure.name,
        message: &failure.message,
        detail: detail(failure),
        request_id: id,
    };
    let mut response = json(&refusal);
    *response.status_mut() = status(failure);
    response.extensions_mut().insert(Refused(failure.name));
    response
}

fn detail(failure: &Failure) -> Option<Value> {
    let text = failure.reason.or(failure.resource.as_deref());
    failure.problems.as_deref().cloned().or_else(|| text.map(Value::from))
}

/// Answers that something was done about which there is nothing to say.
pub(super) fn nothing() -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::NO_CONTENT;
    response
}

/// Answers with JSON.
pub(super) fn json<T: Serialize>(value: &T) -> Response {
    written(shown::text(value).into())
}

/// Answers with JSON text.
pub(super) fn written(body: Vec<u8>) -> Response {
    let mut response = Response::new(Body::from(body));
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

/// Makes an answer that shows what was created.
pub(super) fn created<T: Serialize>(value: &T) -> Response {
    let mut response = json(value);
    *response.status_mut() = StatusCode::CREATED;
    response
}

/// Answers with JSON, unless the reader has the same already.
pub(super) fn tagged<T: Serialize>(headers: &HeaderMap, value: &T) -> Response {
    let body = shown::text(value).into_bytes();
    let digest = Sha256::digest(&body);
    let tag = format!("\"{}\"", URL_SAFE_NO_PAD.encode(&digest[..TAG_BYTES]));
    let tag = HeaderValue::from_str(&tag).expect("base64 is a header value");
    let is_known = headers.get(IF_NONE_MATCH) == Some(&tag);
    let mut response = written(if is_known { Vec::new() } else { body });
    if is_known {
        *response.status_mut() = StatusCode::NOT_MODIFIED;
    }
    response.headers_mut().insert(ETAG, tag);
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    response
}

/// Reads the part of a path that names a run: by its ARN, or as `pipeline:run`, which is then the
/// viewer's own.
pub(super) async fn run_id(
    edge: &Edge,
    viewer: &Viewer,
    parts: &mut Parts,
) -> Result<String, Failure> {
    let named = id(parts).await?;
    Ok(edge.service.run_named(&owner(viewer, &parts.headers), named).await?)
}

/// Finds what a body names: runs, as [`run_id`] does, and the workflow of those that are chosen.
pub(super) async fn name_all(
    edge: &Edge,
    caller: &Caller,
    runs: &mut [String],
    chosen: Option<&mut ChosenRuns>,
) -> Result<(), Failure> {
    for run in runs {
        *run = edge.service.run_named(caller, std::mem::take(run)).await?;
    }
    if let Some(workflow) = chosen.and_then(|chosen| chosen.workflow.as_mut()) {
        *workflow = edge.service.workflow_named(caller, std::mem::take(workflow)).await?;
    }
    Ok(())
}

/// Reads the parts of a path that name a run, as [`run_id`] does, and something of it.
pub(super) async fn run_and_part(
    edge: &Edge,
    viewer: &Viewer,
    parts: &mut Parts,
) -> Result<(String, String), Failure> {
    let path = axum::extract::Path::<(String, String)>::from_request_parts(parts, &()).await;
    let axum::extract::Path((named, part)) =
        path.map_err(|error: PathRejection| Failure::serialization(error.body_text()))?;
    Ok((edge.service.run_named(&owner(viewer, &parts.headers), named).await?, part))
}

/// Reads the part of a path that names something.
pub(super) async fn id(parts: &mut Parts) -> Result<String, Failure> {
    let id = axum::extract::Path::<String>::from_request_parts(parts, &()).await;
    let id = id.map_err(|error: PathRejection| Failure::serialization(error.body_text()))?;
    Ok(id.0)
}

/// Reads the query of an address.
pub(super) async fn query<T: DeserializeOwned>(parts: &mut Parts) -> Result<T, Failure> {
    let query = axum::extract::Query::<T>::from_request_parts(parts, &()).await;
    let query = query.map_err(|error: QueryRejection| Failure::serialization(error.body_text()))?;
    Ok(query.0)
}

/// Reads a request that changes something, and lets its sender in.
pub(super) async fn admit(
    edge: &Edge,
    request: Request,
) -> Result<(Parts, Bytes, Viewer), Failure> {
    let (parts, body): (Parts, Body) = request.into_parts();
    let body = request::read(&parts.headers, body, edge.settings.request_bytes_max).await?;
    let viewer = access::writer(edge, &parts, &body)?;
    Ok((parts, body, viewer))
}

/// Reads a request that changes what all accounts share, and lets its sender in.
pub(super) async fn admit_operator(
    edge: &Edge,
    request: Request,
) -> Result<(Parts, Bytes), Failure> {
    let (parts, body): (Parts, Body) = request.into_parts();
    let body = request::read(&parts.headers, body, edge.settings.request_bytes_max).await?;
    access::operator(edge, &parts, &body)?;
    Ok((parts, body))
}

/// Does as [`admit`] does, and says who the sender is.
pub(super) async fn admit_person(
    edge: &Edge,
    request: Request,
) -> Result<(Parts, Bytes, Viewer, Decider), Failure> {
    let (parts, body): (Parts, Body) = request.into_parts();
    let body = request::read(&parts.headers, body, edge.settings.request_bytes_max).await?;
    let (viewer, person) = access::decider(edge, &parts, &body)?;
    Ok((parts, body, viewer, person))
}
