//! `GET /api/v1/audit`: what was done, by whom.

use axum::extract::{Request, State};
use axum::http::request::Parts;
use axum::response::Response;

use super::access;
use super::answer::{json, query, respond};
use crate::Edge;
use crate::errors::Failure;

/// Lists the audit log, newest first.
pub(super) async fn list(State(edge): State<Edge>, request: Request) -> Response {
    let outcome = page(&edge, request.into_parts().0).await;
    respond(&edge, outcome)
}

async fn page(edge: &Edge, mut parts: Parts) -> Result<Response, Failure> {
    let viewer = access::reader(edge, &parts)?;
    let wanted = query(&mut parts).await?;
    Ok(json(&edge.service.list_audit(viewer.account, wanted).await?))
}
