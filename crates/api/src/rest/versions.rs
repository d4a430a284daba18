//! What belongs to the versions of a pipeline: differences and aliases.

use axum::extract::rejection::PathRejection;
use axum::extract::{FromRequestParts as _, Path, Request, State};
use axum::http::request::Parts;
use axum::response::Response;
use compasso_service::SetAlias;
use serde::Deserialize;

use super::answer::{admit, json, nothing, query, respond};
use super::pipelines::{check, named_by_reader, owner};
use crate::errors::Failure;
use crate::{Edge, request};

/// Which versions.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Compared {
    from: u64,
    to: u64,
}

/// Compares two versions.
pub(super) async fn diff(State(edge): State<Edge>, request: Request) -> Response {
    let outcome = compare(&edge, request.into_parts().0).await;
    respond(&edge, outcome)
}

async fn compare(edge: &Edge, mut parts: Parts) -> Result<Response, Failure> {
    let (caller, name) = named_by_reader(edge, &mut parts).await?;
    let Compared { from, to } = query(&mut parts).await?;
    Ok(json(&edge.service.pipeline_diff(&caller, &name, from, to).await?))
}

/// Lists aliases.
pub(super) async fn aliases(State(edge): State<Edge>, request: Request) -> Response {
    let outcome = list(&edge, request.into_parts().0).await;
    respond(&edge, outcome)
}

async fn list(edge: &Edge, mut parts: Parts) -> Result<Response, Failure> {
    let (caller, name) = named_by_reader(edge, &mut parts).await?;
    Ok(json(&edge.service.pipeline_aliases(&caller, &name).await?))
}

/// Makes or changes an alias.
pub(super) async fn set_alias(State(edge): State<Edge>, request: Request) -> Response {
    let outcome = set(&edge, request).await;
    respond(&edge, outcome)
}

async fn set(edge: &Edge, request: Request) -> Result<Response, Failure> {
    let (mut parts, body, viewer) = admit(edge, request).await?;
    let (name, alias) = with_alias(&mut parts).await?;
    check(&viewer, "UpdatePipelineAlias", &name)?;
    let alias_to_be: SetAlias = request::parse(&body)?;
    let caller = owner(&viewer, &parts.headers);
    Ok(json(&edge.service.set_pipeline_alias(&caller, &name, &alias, alias_to_be).await?))
}

/// Deletes an alias.
pub(super) async fn delete_alias(State(edge): State<Edge>, request: Request) -> Response {
    let outcome = delete(&edge, request).await;
    respond(&edge, outcome)
}

async fn delete(edge: &Edge, request: Request) -> Result<Response, Failure> {
    let (mut parts, _, viewer) = admit(edge, request).await?;
    let (name, alias) = with_alias(&mut parts).await?;
    check(&viewer, "DeletePipelineAlias", &name)?;
    let caller = owner(&viewer, &parts.headers);
    edge.service.delete_pipeline_alias(&caller, &name, &alias).await?;
    Ok(nothing())
}

/// Reads the parts of a path that name a workflow and an alias of it.
pub(super) async fn with_alias(parts: &mut Parts) -> Result<(String, String), Failure> {
    let both = Path::<(String, String)>::from_request_parts(parts, &()).await;
    let both = both.map_err(|error: PathRejection| Failure::serialization(error.body_text()))?;
    Ok(both.0)
}
