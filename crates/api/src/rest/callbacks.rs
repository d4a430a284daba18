//! `/api/v1/callbacks/{token}`: ends a task that waits for it.
//!
//! The token says which task and that its bearer may end it, so callers need no key.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::Response;
use compasso_service::{TaskFailure, TaskSuccess};
use serde::Deserialize;

use super::answer::{id, respond};
use crate::errors::Failure;
use crate::{Edge, request};

/// Why the task failed, if the caller says nothing else.
const FAILED: &str = "CallbackFailed";

/// What the caller may say about a failure.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Failed {
    error: Option<Arc<str>>,
    cause: Option<Arc<str>>,
}

/// Ends the task with the body as its result; without one, with `null`.
pub(super) async fn succeed(State(edge): State<Edge>, request: Request) -> Response {
    let outcome = succeeded(&edge, request).await;
    respond(&edge, outcome)
}

async fn succeeded(edge: &Edge, request: Request) -> Result<Response, Failure> {
    let (task_token, body) = read(edge, request).await?;
    let output = if body.trim().is_empty() { "null".to_owned() } else { body };
    edge.service.task_succeeded(TaskSuccess { task_token, output }).await?;
    Ok(accepted())
}

/// Ends the task with an error.
pub(super) async fn fail(State(edge): State<Edge>, request: Request) -> Response {
    let outcome = failed(&edge, request).await;
    respond(&edge, outcome)
}

async fn failed(edge: &Edge, request: Request) -> Result<Response, Failure> {
    let (task_token, body) = read(edge, request).await?;
    let Failed { error, cause } =
        if body.trim().is_empty() { Failed::default() } else { request::parse(body.as_bytes())? };
    let error = error.or_else(|| Some(FAILED.into()));
    edge.service.task_failed(TaskFailure { task_token, error, cause }).await?;
    Ok(accepted())
}

async fn read(edge: &Edge, request: Request) -> Result<(String, String), Failure> {
    let (mut parts, body) = request.into_parts();
    let token = id(&mut parts).await?;
    let body = request::read(&parts.headers, body, edge.settings.request_bytes_max).await?;
    let body = String::from_utf8(body.into())
        .map_err(|_| Failure::serialization("The request body is not UTF-8"))?;
    Ok((token, body))
}

fn accepted() -> Response {
    let mut response = Response::default();
    *response.status_mut() = StatusCode::NO_CONTENT;
    response
}
