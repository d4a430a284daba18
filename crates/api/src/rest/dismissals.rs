//! `/api/v1/dismissals`: failures that somebody set aside.

use axum::extract::{Request, State};
use axum::http::request::Parts;
use axum::response::Response;
use compasso_service::DismissFailures;

use super::access;
use super::answer::{admit, admit_person, created, id, json, name_all, nothing, respond};
use super::pipelines::owner;
use crate::errors::Failure;
use crate::{Edge, request};

/// Lists dismissals.
pub(super) async fn list(State(edge): State<Edge>, request: Request) -> Response {
    let outcome = all(&edge, request.into_parts().0).await;
    respond(&edge, outcome)
}

async fn all(edge: &Edge, parts: Parts) -> Result<Response, Failure> {
    let viewer = access::reader(edge, &parts)?;
    Ok(json(&edge.service.dismissals(&viewer).await?))
}

/// Dismisses failures.
pub(super) async fn create(State(edge): State<Edge>, request: Request) -> Response {
    let outcome = dismiss(&edge, request).await;
    respond(&edge, outcome)
}

async fn dismiss(edge: &Edge, request: Request) -> Result<Response, Failure> {
    let (parts, body, viewer, by) = admit_person(edge, request).await?;
    let mut failures: DismissFailures = request::parse(&body)?;
    failures.check_names()?;
    let caller = owner(&viewer, &parts.headers);
    name_all(edge, &caller, &mut failures.runs, failures.matching.as_mut()).await?;
    Ok(created(&edge.service.dismiss_failures(&viewer, &by.name, failures).await?))
}

/// Takes a dismissal back.
pub(super) async fn delete(State(edge): State<Edge>, request: Request) -> Response {
    let outcome = take_back(&edge, request).await;
    respond(&edge, outcome)
}

async fn take_back(edge: &Edge, request: Request) -> Result<Response, Failure> {
    let (mut parts, _, viewer) = admit(edge, request).await?;
    let id = id(&mut parts).await?;
    edge.service.take_dismissal_back(&viewer, &id).await?;
    Ok(nothing())
}
