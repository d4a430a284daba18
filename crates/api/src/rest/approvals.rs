//! `/api/v1/approvals`.

use axum::extract::{Request, State};
use axum::http::request::Parts;
use axum::response::Response;
use compasso_service::{Decide, ListApprovals};

use super::access;
use super::answer::{admit_person, id, json, query, respond};
use crate::errors::Failure;
use crate::{Edge, request};

/// Lists approvals.
pub(super) async fn list(State(edge): State<Edge>, request: Request) -> Response {
    let outcome = page(&edge, request.into_parts().0).await;
    respond(&edge, outcome)
}

async fn page(edge: &Edge, mut parts: Parts) -> Result<Response, Failure> {
    let viewer = access::reader(edge, &parts)?;
    let request: ListApprovals = query(&mut parts).await?;
    Ok(json(&edge.service.list_approvals(&viewer, request).await?))
}

/// Decides.
pub(super) async fn decide(State(edge): State<Edge>, request: Request) -> Response {
    let outcome = decided(&edge, request).await;
    respond(&edge, outcome)
}

async fn decided(edge: &Edge, request: Request) -> Result<Response, Failure> {
    let (mut parts, body, viewer, decider) = admit_person(edge, request).await?;
    let id = id(&mut parts).await?;
    let decision: Decide = request::parse(&body)?;
    Ok(json(&edge.service.decide_approval(&viewer, &decider, &id, &decision).await?))
}
