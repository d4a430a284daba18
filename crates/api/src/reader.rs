//! Answers to readers: plain HTTP beside the Step Functions protocol.

use axum::body::Body;
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::Response;

use crate::errors::Failure;

/// Answers that a reader gets nothing.
pub(crate) fn refuse(failure: &Failure) -> Response {
    respond(status(failure), "application/json", Body::from(failure.body()))
}

/// Returns the status of an answer to a reader: unlike the Step Functions protocol, it says what is
/// wrong.
pub(crate) fn status(failure: &Failure) -> StatusCode {
    match failure.name {
        "ExecutionDoesNotExist"
        | "StateMachineDoesNotExist"
        | "PipelineDoesNotExist"
        | "SecretDoesNotExist"
        | "ArtifactRemoved"
        | "ResourceNotFound" => StatusCode::NOT_FOUND,
        "ExecutionAlreadyExists" | "ExecutionNotRedrivable" => StatusCode::CONFLICT,
        "ThrottlingException" => StatusCode::TOO_MANY_REQUESTS,
        "MissingAuthenticationTokenException"
        | "IncompleteSignatureException"
        | "InvalidSignatureException"
        | "UnrecognizedClientException" => StatusCode::UNAUTHORIZED,
        "AccessDeniedException" => StatusCode::FORBIDDEN,
        _ => failure.status,
    }
}

/// Makes an answer.
pub(crate) fn respond(status: StatusCode, content: &'static str, body: Body) -> Response {
    Response::builder()
        .status(status)
        .header(CONTENT_TYPE, content)
        .body(body)
        .expect("status and header are valid")
}
