//! `/api/v1/workflows`.

use axum::extract::{Request, State};
use axum::http::request::Parts;
use axum::response::Response;
use compasso_service::{SetAlias, SetWorkflow};
use serde::Deserialize;

use super::access;
use super::answer::{PageQuery, admit, id, json, nothing, query, respond, tagged};
use super::versions::with_alias;
use crate::errors::Failure;
use crate::{Edge, request};

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

/// Counts the runs of each version.
pub(super) async fn version_figures(State(edge): State<Edge>, request: Request) -> Response {
    let outcome = count(&edge, request.into_parts().0).await;
    respond(&edge, outcome)
}

async fn count(edge: &Edge, mut parts: Parts) -> Result<Response, Failure> {
    let viewer = access::reader(edge, &parts)?;
    let id = id(&mut parts).await?;
    Ok(json(&edge.service.version_figures(&viewer, &id).await?))
}

/// Changes settings.
pub(super) async fn set_settings(State(edge): State<Edge>, request: Request) -> Response {
    let outcome = set_up(&edge, request).await;
    respond(&edge, outcome)
}

async fn set_up(edge: &Edge, request: Request) -> Result<Response, Failure> {
    let (mut parts, body, viewer) = admit(edge, request).await?;
    let id = id(&mut parts).await?;
    let wanted: SetWorkflow = request::parse(&body)?;
    Ok(json(&edge.service.set_workflow(&viewer, &id, wanted).await?))
}

/// Makes or changes an alias.
pub(super) async fn set_alias(State(edge): State<Edge>, request: Request) -> Response {
    let outcome = set(&edge, request).await;
    respond(&edge, outcome)
}

async fn set(edge: &Edge, request: Request) -> Result<Response, Failure> {
    let (mut parts, body, viewer) = admit(edge, request).await?;
    let (id, alias) = with_alias(&mut parts).await?;
    let wanted: SetAlias = request::parse(&body)?;
    Ok(json(&edge.service.set_workflow_alias(&viewer, &id, &alias, wanted).await?))
}

/// Deletes an alias.
pub(super) async fn delete_alias(State(edge): State<Edge>, request: Request) -> Response {
    let outcome = delete(&edge, request).await;
    respond(&edge, outcome)
}

async fn delete(edge: &Edge, request: Request) -> Result<Response, Failure> {
    let (mut parts, _, viewer) = admit(edge, request).await?;
    let (id, alias) = with_alias(&mut parts).await?;
    edge.service.delete_workflow_alias(&viewer, &id, &alias).await?;
    Ok(nothing())
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
