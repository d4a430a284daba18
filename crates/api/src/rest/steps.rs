//! `GET /api/v1/steps`: states and tasks over runs, one by one, and in figures: `…/figures`.

use axum::extract::{Request, State};
use axum::http::request::Parts;
use axum::response::Response;
use compasso_service::ListSteps;
use serde::Deserialize;

use super::answer::{json, query, respond};
use super::{access, runs};
use crate::Edge;
use crate::errors::Failure;

/// Which steps of which runs.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Wanted {
    workflow: Option<String>,
    status: Option<String>,
    /// In the language of searches.
    q: Option<String>,
    started_from: Option<String>,
    /// Only of runs that failed and nobody dismissed.
    #[serde(default)]
    open: bool,
    state: Option<String>,
    /// A part of their names.
    name: Option<String>,
    error: Option<String>,
    longer_ms: Option<i64>,
    next: Option<String>,
}

/// The steps of which runs are measured, and of how many.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Measured {
    workflow: Option<String>,
    status: Option<String>,
    /// In the language of searches.
    q: Option<String>,
    started_from: Option<String>,
    runs: Option<i64>,
}

/// Lists steps.
pub(super) async fn list(State(edge): State<Edge>, request: Request) -> Response {
    let outcome = page(&edge, request.into_parts().0).await;
    respond(&edge, outcome)
}

async fn page(edge: &Edge, mut parts: Parts) -> Result<Response, Failure> {
    let viewer = access::reader(edge, &parts)?;
    let wanted: Wanted = query(&mut parts).await?;
    let Wanted { workflow, status, q, started_from, open, .. } = wanted;
    let Wanted { state, name, error, longer_ms, next, .. } = wanted;
    let none = runs::Wanted::default();
    let runs = runs::Wanted { workflow, status, q, started_from, open, next, ..none };
    let runs = runs::listing(edge, &viewer, &parts.headers, runs).await?;
    let steps = ListSteps { runs, state, name, error, longer_ms };
    Ok(json(&edge.service.list_steps(&viewer, steps).await?))
}

/// Measures steps.
pub(super) async fn figures(State(edge): State<Edge>, request: Request) -> Response {
    let outcome = measure(&edge, request.into_parts().0).await;
    respond(&edge, outcome)
}

async fn measure(edge: &Edge, mut parts: Parts) -> Result<Response, Failure> {
    let viewer = access::reader(edge, &parts)?;
    let Measured { workflow, status, q, started_from, runs } = query(&mut parts).await?;
    let none = runs::Wanted::default();
    let wanted = runs::Wanted { workflow, status, q, started_from, limit: runs, ..none };
    let wanted = runs::listing(edge, &viewer, &parts.headers, wanted).await?;
    Ok(json(&edge.service.step_figures(&viewer, wanted).await?))
}
