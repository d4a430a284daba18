//! `/api/v1/calendars`.

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::Response;
use compasso_service::PutCalendar;

use super::access;
use super::answer::{admit, id, json, respond};
use super::pipelines::owner;
use crate::errors::Failure;
use crate::{Edge, request};

/// Lists the calendars.
pub(super) async fn list(State(edge): State<Edge>, request: Request) -> Response {
    let outcome = all(&edge, &request.into_parts().0).await;
    respond(&edge, outcome)
}

async fn all(edge: &Edge, parts: &Parts) -> Result<Response, Failure> {
    let viewer = access::reader(edge, parts)?;
    Ok(json(&edge.service.list_calendars(&owner(&viewer, &parts.headers)).await?))
}

/// Shows a calendar.
pub(super) async fn view(State(edge): State<Edge>, request: Request) -> Response {
    let outcome = show(&edge, request.into_parts().0).await;
    respond(&edge, outcome)
}

async fn show(edge: &Edge, mut parts: Parts) -> Result<Response, Failure> {
    let viewer = access::reader(edge, &parts)?;
    let name = id(&mut parts).await?;
    Ok(json(&edge.service.calendar(&owner(&viewer, &parts.headers), &name).await?))
}

/// Creates or changes a calendar.
pub(super) async fn put(State(edge): State<Edge>, request: Request) -> Response {
    let outcome = store(&edge, request).await;
    respond(&edge, outcome)
}

async fn store(edge: &Edge, request: Request) -> Result<Response, Failure> {
    let (mut parts, body, viewer) = admit(edge, request).await?;
    let name = id(&mut parts).await?;
    let mut put: PutCalendar = request::parse(&body)?;
    put.by = put.by.or_else(|| viewer.account.clone());
    Ok(json(&edge.service.put_calendar(&owner(&viewer, &parts.headers), &name, put).await?))
}

/// Deletes a calendar.
pub(super) async fn delete(State(edge): State<Edge>, request: Request) -> Response {
    let outcome = remove(&edge, request).await;
    respond(&edge, outcome)
}

async fn remove(edge: &Edge, request: Request) -> Result<Response, Failure> {
    let (mut parts, _, viewer) = admit(edge, request).await?;
    let name = id(&mut parts).await?;
    edge.service.delete_calendar(&owner(&viewer, &parts.headers), &name).await?;
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::NO_CONTENT;
    Ok(response)
}
