//! `/api/v1/secrets`: set, listed and deleted, never read.

use axum::extract::{Request, State};
use axum::http::request::Parts;
use axum::response::Response;
use serde::Deserialize;

use super::access;
use super::answer::{admit, id, json, nothing, respond};
use super::pipelines::owner;
use crate::errors::Failure;
use crate::{Edge, request};

/// A value to be kept.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Value {
    value: String,
}

/// Lists secrets without their values.
pub(super) async fn list(State(edge): State<Edge>, request: Request) -> Response {
    let outcome = all(&edge, request.into_parts().0).await;
    respond(&edge, outcome)
}

async fn all(edge: &Edge, parts: Parts) -> Result<Response, Failure> {
    let viewer = access::reader(edge, &parts)?;
    let account = owner(&viewer, &parts.headers).account;
    Ok(json(&edge.service.list_secrets(&account).await?))
}

/// Keeps a secret.
pub(super) async fn set(State(edge): State<Edge>, request: Request) -> Response {
    let outcome = keep(&edge, request).await;
    respond(&edge, outcome)
}

async fn keep(edge: &Edge, request: Request) -> Result<Response, Failure> {
    let (mut parts, body, viewer) = admit(edge, request).await?;
    let name = id(&mut parts).await?;
    let Value { value } = request::parse(&body)?;
    let account = owner(&viewer, &parts.headers).account;
    Ok(json(&edge.service.set_secret(&account, &name, &value).await?))
}

/// Forgets a secret.
pub(super) async fn delete(State(edge): State<Edge>, request: Request) -> Response {
    let outcome = forget(&edge, request).await;
    respond(&edge, outcome)
}

async fn forget(edge: &Edge, request: Request) -> Result<Response, Failure> {
    let (mut parts, _, viewer) = admit(edge, request).await?;
    let name = id(&mut parts).await?;
    let account = owner(&viewer, &parts.headers).account;
    edge.service.delete_secret(&account, &name).await?;
    Ok(nothing())
}
