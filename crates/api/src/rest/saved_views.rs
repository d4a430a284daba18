//! `/api/v1/views`: views of the list of runs that people saved.

use axum::extract::{Request, State};
use axum::http::request::Parts;
use axum::response::Response;
use compasso_service::{ChangeView, Decider, Person, SaveView, Viewer};

use super::access;
use super::answer::{admit_person, created, id, json, nothing, respond};
use super::pipelines::owner;
use crate::errors::Failure;
use crate::{Edge, request};

/// Lists views.
pub(super) async fn list(State(edge): State<Edge>, request: Request) -> Response {
    let outcome = all(&edge, request.into_parts().0).await;
    respond(&edge, outcome)
}

async fn all(edge: &Edge, parts: Parts) -> Result<Response, Failure> {
    let (viewer, who) = access::reading_person(edge, &parts)?;
    Ok(json(&edge.service.saved_views(&person(&viewer, who, &parts)).await?))
}

/// Saves a view.
pub(super) async fn save(State(edge): State<Edge>, request: Request) -> Response {
    let outcome = keep(&edge, request).await;
    respond(&edge, outcome)
}

async fn keep(edge: &Edge, request: Request) -> Result<Response, Failure> {
    let (parts, body, viewer, who) = admit_person(edge, request).await?;
    let save: SaveView = request::parse(&body)?;
    Ok(created(&edge.service.save_view(&person(&viewer, who, &parts), save).await?))
}

/// Changes a view.
pub(super) async fn change(State(edge): State<Edge>, request: Request) -> Response {
    let outcome = put(&edge, request).await;
    respond(&edge, outcome)
}

async fn put(edge: &Edge, request: Request) -> Result<Response, Failure> {
    let (mut parts, body, viewer, who) = admit_person(edge, request).await?;
    let id = id(&mut parts).await?;
    let change: ChangeView = request::parse(&body)?;
    let person = person(&viewer, who, &parts);
    Ok(json(&edge.service.change_view(&person, &id, change).await?))
}

/// Deletes a view.
pub(super) async fn delete(State(edge): State<Edge>, request: Request) -> Response {
    let outcome = forget(&edge, request).await;
    respond(&edge, outcome)
}

async fn forget(edge: &Edge, request: Request) -> Result<Response, Failure> {
    let (mut parts, _, viewer, who) = admit_person(edge, request).await?;
    let id = id(&mut parts).await?;
    edge.service.delete_view(&person(&viewer, who, &parts), &id).await?;
    Ok(nothing())
}

fn person(viewer: &Viewer, who: Decider, parts: &Parts) -> Person {
    Person { account: owner(viewer, &parts.headers).account, name: who.name }
}
