//! `/api/v1/tokens`: made, listed and revoked; each is shown once.

use axum::extract::{Request, State};
use axum::http::request::Parts;
use axum::response::Response;
use compasso_service::CreateToken;

use super::access;
use super::answer::{admit_person, created, id, json, nothing, respond};
use super::pipelines::owner;
use crate::errors::Failure;
use crate::{Edge, request};

/// Lists tokens without their secrets.
pub(super) async fn list(State(edge): State<Edge>, request: Request) -> Response {
    let outcome = all(&edge, &request.into_parts().0);
    respond(&edge, outcome)
}

fn all(edge: &Edge, parts: &Parts) -> Result<Response, Failure> {
    let viewer = access::reader(edge, parts)?;
    let account = owner(&viewer, &parts.headers).account;
    Ok(json(&edge.service.list_tokens(&account)))
}

/// Makes a token.
pub(super) async fn create(State(edge): State<Edge>, request: Request) -> Response {
    let outcome = make(&edge, request).await;
    respond(&edge, outcome)
}

async fn make(edge: &Edge, request: Request) -> Result<Response, Failure> {
    let (parts, body, viewer, who) = admit_person(edge, request).await?;
    let create: CreateToken = request::parse(&body)?;
    let account = owner(&viewer, &parts.headers).account;
    let made = edge.service.create_token(&account, &who.name, edge.is_open(), create).await?;
    Ok(created(&made))
}

/// Revokes a token.
pub(super) async fn revoke(State(edge): State<Edge>, request: Request) -> Response {
    let outcome = forget(&edge, request).await;
    respond(&edge, outcome)
}

async fn forget(edge: &Edge, request: Request) -> Result<Response, Failure> {
    let (mut parts, _, viewer, _) = admit_person(edge, request).await?;
    let name = id(&mut parts).await?;
    let account = owner(&viewer, &parts.headers).account;
    edge.service.revoke_token(&account, &name, edge.tokenless()).await?;
    Ok(nothing())
}
