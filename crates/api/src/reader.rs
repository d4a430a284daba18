//! Answers to readers: plain HTTP beside the Step Functions protocol.

use axum::body::Body;
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::Response;

use crate::errors::Failure;

/// Answers that a reader gets nothing.
pub(crate) fn refuse(failure: &Failure) -> Response {
    let status = match failure.name {
        "ExecutionDoesNotExist" => StatusCode::NOT_FOUND,
        "MissingAuthenticationTokenException"
        | "IncompleteSignatureException"
        | "InvalidSignatureException"
        | "UnrecognizedClientException" => StatusCode::UNAUTHORIZED,
        "AccessDeniedException" => StatusCode::FORBIDDEN,
        _ => failure.status,
    };
    respond(status, "application/json", Body::from(failure.body()))
}

/// Makes an answer.
pub(crate) fn respond(status: StatusCode, content: &'static str, body: Body) -> Response {
    Response::builder()
        .status(status)
        .header(CONTENT_TYPE, content)
        .body(body)
        .expect("status and header are valid")
}
