//! `/api/v1/map-runs`: map runs of distributed Map states, and their children.

use axum::extract::{Request, State};
use axum::http::request::Parts;
use axum::response::Response;
use compasso_service::ListMapChildren;
use serde::Deserialize;

use super::access;
use super::answer::{id, json, query, respond};
use crate::Edge;
use crate::errors::Failure;

/// Which children.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Wanted {
    status: Option<String>,
    limit: Option<i64>,
    /// Where the page begins.
    next: Option<String>,
}

/// Shows a map run.
pub(super) async fn view(State(edge): State<Edge>, request: Request) -> Response {
    let outcome = show(&edge, request.into_parts().0).await;
    respond(&edge, outcome)
}

async fn show(edge: &Edge, mut parts: Parts) -> Result<Response, Failure> {
    let viewer = access::reader(edge, &parts)?;
    let map_run = id(&mut parts).await?;
    Ok(json(&edge.service.map_run_view(&viewer, &map_run).await?))
}

/// Lists children of a map run.
pub(super) async fn children(State(edge): State<Edge>, request: Request) -> Response {
    let outcome = page(&edge, request.into_parts().0).await;
    respond(&edge, outcome)
}

async fn page(edge: &Edge, mut parts: Parts) -> Result<Response, Failure> {
    let viewer = access::reader(edge, &parts)?;
    let Wanted { status, limit, next } = query(&mut parts).await?;
    let map_run = id(&mut parts).await?;
    let wanted = ListMapChildren { map_run, status, limit, next };
    Ok(json(&edge.service.map_children(&viewer, wanted).await?))
}
