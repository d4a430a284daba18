//! `/api/v1/alerts`: rules of alerts, which are triggers of pipelines.

use axum::extract::{FromRequestParts, Path, Request, State};
use axum::http::request::Parts;
use axum::response::Response;

use super::access;
use super::answer::{admit, json, respond};
use super::pipelines::owner;
use crate::Edge;
use crate::errors::Failure;

/// Lists the rules, with what holds of them.
pub(super) async fn list(State(edge): State<Edge>, request: Request) -> Response {
    let outcome = all(&edge, &request.into_parts().0).await;
    respond(&edge, outcome)
}

async fn all(edge: &Edge, parts: &Parts) -> Result<Response, Failure> {
    let viewer = access::reader(edge, parts)?;
    Ok(json(&edge.service.list_alerts(&viewer).await?))
}

/// Tries a rule out.
pub(super) async fn test(State(edge): State<Edge>, request: Request) -> Response {
    let outcome = tested(&edge, request).await;
    respond(&edge, outcome)
}

async fn tested(edge: &Edge, request: Request) -> Result<Response, Failure> {
    let (mut parts, _, viewer) = admit(edge, request).await?;
    let path = Path::<(String, String)>::from_request_parts(&mut parts, &()).await;
    let Path((name, trigger)) = path.map_err(|error| Failure::serialization(error.body_text()))?;
    let caller = owner(&viewer, &parts.headers);
    Ok(json(&edge.service.test_alert(&caller, &name, &trigger).await?))
}
