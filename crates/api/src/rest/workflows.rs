//! `/api/v1/workflows`.

use axum::extract::{Request, State};
use axum::http::request::Parts;
use axum::response::Response;
use serde::Deserialize;

use super::access;
use super::answer::{PageQuery, id, json, query, respond, tagged};
use crate::Edge;
use crate::errors::Failure;

/// What a definition is compared with.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Compared {
    /// The ARN of the workflow, or of another version.
    with: String,
}

/// Lists workflows.
pub(super) async fn list(State(edge): State<Edge>, request: Request) -> Response {
    let outcome = page(&edge, request.into_parts().0).await;
    respond(&edge, outcome)
}

async fn page(edge: &Edge, mut parts: Parts) -> Result<Response, Failure> {
    let viewer = access::reader(edge, &parts)?;
    let PageQuery { limit, next } = query(&mut parts).await?;
    Ok(json(&edge.service.workflows(&viewer, limit, next.as_deref()).await?))
}

/// Shows a workflow, or one of its versions.
pub(super) async fn view(State(edge): State<Edge>, request: Request) -> Response {
    let outcome = show(&edge, request.into_parts().0).await;
    respond(&edge, outcome)
}

async fn show(edge: &Edge, mut parts: Parts) -> Result<Response, Failure> {
    let viewer = access::reader(edge, &parts)?;
    let id = id(&mut parts).await?;
    Ok(tagged(&parts.headers, &edge.service.workflow(&viewer, &id).await?))
}

/// Compares two definitions of a workflow.
pub(super) async fn diff(State(edge): State<Edge>, request: Request) -> Response {
    let outcome = compare(&edge, request.into_parts().0).await;
    respond(&edge, outcome)
}

async fn compare(edge: &Edge, mut parts: Parts) -> Result<Response, Failure> {
    let viewer = access::reader(edge, &parts)?;
    let id = id(&mut parts).await?;
    let Compared { with } = query(&mut parts).await?;
    Ok(json(&edge.service.workflow_diff(&viewer, &id, &with).await?))
}
