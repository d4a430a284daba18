//! `/api/v1/connections`.

use axum::extract::{Request, State};
use axum::http::request::Parts;
use axum::response::Response;
use serde::Deserialize;

use super::access;
use super::answer::{json, query, respond};
use super::pipelines::owner;
use crate::Edge;
use crate::errors::Failure;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Page {
    limit: Option<i64>,
    next: Option<String>,
}

/// Lists connections without what is secret in them.
pub(super) async fn list(State(edge): State<Edge>, request: Request) -> Response {
    let outcome = page(&edge, request.into_parts().0).await;
    respond(&edge, outcome)
}

async fn page(edge: &Edge, mut parts: Parts) -> Result<Response, Failure> {
    let viewer = access::reader(edge, &parts)?;
    let Page { limit, next } = query(&mut parts).await?;
    let caller = owner(&viewer, &parts.headers);
    Ok(json(&edge.service.connection_views(&caller, limit, next).await?))
}
