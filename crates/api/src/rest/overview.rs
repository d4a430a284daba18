//! `/api/v1/overview` and `/api/v1/pipelines/{name}/grid`: many runs in one answer.

use axum::extract::{Request, State};
use axum::http::request::Parts;
use axum::response::Response;
use serde::Deserialize;

use super::access;
use super::answer::{json, query, respond};
use super::pipelines::{named_by_reader, owner};
use crate::Edge;
use crate::errors::Failure;

/// Which runs of a pipeline.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Columns {
    runs: Option<i64>,
    next: Option<String>,
}

/// Tells how the runs of the last day went.
pub(super) async fn answer(State(edge): State<Edge>, request: Request) -> Response {
    let outcome = figures(&edge, &request.into_parts().0).await;
    respond(&edge, outcome)
}

async fn figures(edge: &Edge, parts: &Parts) -> Result<Response, Failure> {
    let viewer = access::reader(edge, parts)?;
    Ok(json(&edge.service.overview(&viewer).await?))
}

/// Shows what became of each task in the latest runs of a pipeline.
pub(super) async fn grid(State(edge): State<Edge>, request: Request) -> Response {
    let outcome = cells(&edge, request.into_parts().0).await;
    respond(&edge, outcome)
}

async fn cells(edge: &Edge, mut parts: Parts) -> Result<Response, Failure> {
    let (_, name) = named_by_reader(edge, &mut parts).await?;
    let viewer = access::reader(edge, &parts)?;
    let Columns { runs, next } = query(&mut parts).await?;
    let caller = owner(&viewer, &parts.headers);
    Ok(json(&edge.service.run_grid(&viewer, &caller, &name, runs, next).await?))
}
