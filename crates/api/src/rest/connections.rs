//! `/api/v1/connections`. Bodies have the words of the actions of EventBridge: `CreateConnection`,
//! `UpdateConnection`, `DescribeConnection`.

use axum::extract::{Request, State};
use axum::http::request::Parts;
use axum::response::Response;
use compasso_service::{Act, ConnectionSpecification, NamedConnection};

use super::access;
use super::answer::{PageQuery, admit, created, id, json, nothing, query, respond};
use super::pipelines::owner;
use crate::errors::Failure;
use crate::{Edge, request};

/// Lists connections without what is secret in them.
pub(super) async fn list(State(edge): State<Edge>, request: Request) -> Response {
    let outcome = page(&edge, request.into_parts().0).await;
    respond(&edge, outcome)
}

async fn page(edge: &Edge, mut parts: Parts) -> Result<Response, Failure> {
    let viewer = access::reader(edge, &parts)?;
    let PageQuery { limit, next } = query(&mut parts).await?;
    let caller = owner(&viewer, &parts.headers);
    Ok(json(&edge.service.connection_views(&caller, limit, next).await?))
}

/// Describes a connection without what is secret in it.
pub(super) async fn view(State(edge): State<Edge>, request: Request) -> Response {
    let outcome = show(&edge, request.into_parts().0).await;
    respond(&edge, outcome)
}

async fn show(edge: &Edge, mut parts: Parts) -> Result<Response, Failure> {
    let viewer = access::reader(edge, &parts)?;
    let named = NamedConnection { name: Some(id(&mut parts).await?) };
    let caller = owner(&viewer, &parts.headers);
    Ok(json(&edge.service.describe_connection(&caller, named).await?))
}

/// Lists the workflows that use a connection.
pub(super) async fn uses(State(edge): State<Edge>, request: Request) -> Response {
    let outcome = used_by(&edge, request.into_parts().0).await;
    respond(&edge, outcome)
}

async fn used_by(edge: &Edge, mut parts: Parts) -> Result<Response, Failure> {
    let viewer = access::reader(edge, &parts)?;
    let name = id(&mut parts).await?;
    let caller = owner(&viewer, &parts.headers);
    Ok(json(&edge.service.connection_uses(&caller, &name).await?))
}

/// Creates a connection.
pub(super) async fn create(State(edge): State<Edge>, request: Request) -> Response {
    let outcome = make(&edge, request).await;
    respond(&edge, outcome)
}

async fn make(edge: &Edge, request: Request) -> Result<Response, Failure> {
    let (parts, body, viewer) = admit(edge, request).await?;
    let wanted: ConnectionSpecification = request::parse(&body)?;
    if let Some(name) = &wanted.name {
        Act::concerns(format!("connection:{name}"));
    }
    let caller = owner(&viewer, &parts.headers);
    Ok(created(&edge.service.create_connection(&caller, wanted).await?))
}

/// Changes a connection; what is absent stays.
pub(super) async fn change(State(edge): State<Edge>, request: Request) -> Response {
    let outcome = update(&edge, request).await;
    respond(&edge, outcome)
}

async fn update(edge: &Edge, request: Request) -> Result<Response, Failure> {
    let (mut parts, body, viewer) = admit(edge, request).await?;
    let name = Some(id(&mut parts).await?);
    let change: ConnectionSpecification = request::parse(&body)?;
    let caller = owner(&viewer, &parts.headers);
    let change = ConnectionSpecification { name, ..change };
    Ok(json(&edge.service.update_connection(&caller, change).await?))
}

/// Deletes a connection.
pub(super) async fn delete(State(edge): State<Edge>, request: Request) -> Response {
    let outcome = remove(&edge, request).await;
    respond(&edge, outcome)
}

async fn remove(edge: &Edge, request: Request) -> Result<Response, Failure> {
    let (mut parts, _, viewer) = admit(edge, request).await?;
    let named = NamedConnection { name: Some(id(&mut parts).await?) };
    edge.service.delete_connection(&owner(&viewer, &parts.headers), named).await?;
    Ok(nothing())
}
