//! `GET /api/v1/runs/{id}/tasks/{task}/instances`, and why some of them failed: `…/failures`.

use axum::extract::{Request, State};
use axum::http::request::Parts;
use axum::response::Response;
use compasso_service::{Alike, ListInstances};
use serde::Deserialize;

use super::access;
use super::answer::{json, query, respond, run_and_part};
use crate::Edge;
use crate::errors::Failure;

/// Which instances.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Wanted {
    /// Only those in this state.
    state: Option<String>,
    /// Only those that failed like this.
    step: Option<String>,
    error: Option<String>,
    cause: Option<String>,
    limit: Option<i64>,
    /// Where the page begins.
    next: Option<String>,
}

/// Lists instances of a task.
pub(super) async fn list(State(edge): State<Edge>, request: Request) -> Response {
    let outcome = page(&edge, request.into_parts().0).await;
    respond(&edge, outcome)
}

async fn page(edge: &Edge, mut parts: Parts) -> Result<Response, Failure> {
    let viewer = access::reader(edge, &parts)?;
    let Wanted { state, step, error, cause, limit, next } = query(&mut parts).await?;
    let (run, task) = run_and_part(edge, &viewer, &mut parts).await?;
    let alike = Alike { step, error, cause };
    let wanted = ListInstances { run, task: task.into(), state, alike, limit, next };
    Ok(json(&edge.service.task_instances(&viewer, wanted).await?))
}

/// Tells why instances of a task failed.
pub(super) async fn failures(State(edge): State<Edge>, request: Request) -> Response {
    let outcome = groups(&edge, request.into_parts().0).await;
    respond(&edge, outcome)
}

async fn groups(edge: &Edge, mut parts: Parts) -> Result<Response, Failure> {
    let viewer = access::reader(edge, &parts)?;
    let (run, task) = run_and_part(edge, &viewer, &mut parts).await?;
    Ok(json(&*edge.service.instance_failures(&viewer, &run, &task).await?))
}
