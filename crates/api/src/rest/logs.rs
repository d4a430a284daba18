//! `/api/v1/runs/{id}/logs`, and what is searched there.

use axum::extract::{Request, State};
use axum::http::request::Parts;
use axum::response::Response;

use super::access;
use super::answer::{json, query, respond, run_id};
use crate::errors::Failure;
use crate::{Edge, logs};

/// Answers with what the tasks of a run wrote.
pub(super) async fn answer(State(edge): State<Edge>, request: Request) -> Response {
    let outcome = open(&edge, request.into_parts().0).await;
    respond(&edge, outcome)
}

async fn open(edge: &Edge, mut parts: Parts) -> Result<Response, Failure> {
    let viewer = access::reader(edge, &parts)?;
    let id = run_id(edge, &viewer, &mut parts).await?;
    viewer.check("GetExecutionHistory", &id)?;
    let wanted = query(&mut parts).await?;
    logs::of_run(edge, &parts.headers, id, wanted).await
}

/// Answers with where in what the tasks of a run wrote lines are.
pub(super) async fn search(State(edge): State<Edge>, request: Request) -> Response {
    let outcome = find(&edge, request.into_parts().0).await;
    respond(&edge, outcome)
}

async fn find(edge: &Edge, mut parts: Parts) -> Result<Response, Failure> {
    let viewer = access::reader(edge, &parts)?;
    let id = run_id(edge, &viewer, &mut parts).await?;
    viewer.check("GetExecutionHistory", &id)?;
    let wanted = query(&mut parts).await?;
    Ok(json(&logs::find(edge, &id, wanted).await?))
}
