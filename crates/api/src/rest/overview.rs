//! `/api/v1/overview`: how the runs of the last day went.

use axum::extract::{Request, State};
use axum::http::request::Parts;
use axum::response::Response;

use super::access;
use super::answer::{json, respond};
use crate::Edge;
use crate::errors::Failure;

/// Tells how the runs of the last day went.
pub(super) async fn answer(State(edge): State<Edge>, request: Request) -> Response {
    let outcome = figures(&edge, &request.into_parts().0).await;
    respond(&edge, outcome)
}

async fn figures(edge: &Edge, parts: &Parts) -> Result<Response, Failure> {
    let viewer = access::reader(edge, parts)?;
    Ok(json(&edge.service.overview(&viewer).await?))
}
