//! Answers to readers: plain HTTP beside the Step Functions protocol.

use axum::body::Body;
use axum::http::header::{CONTENT_TYPE, RETRY_AFTER};
use axum::http::{HeaderValue, StatusCode};
use axum::response::Response;

use crate::errors::Failure;

/// When those who came at a bad time may come again, in seconds.
const RETRY_SECONDS: HeaderValue = HeaderValue::from_static("1");

/// Answers that a reader gets nothing.
pub(crate) fn refuse(failure: &Failure) -> Response {
    respond(status(failure), "application/json", Body::from(failure.body()))
}

/// Says to those who came at a bad time when to come again.
pub(crate) fn ask_again(response: &mut Response) {
    if matches!(response.status(), StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE)
    {
        response.headers_mut().insert(RETRY_AFTER, RETRY_SECONDS);
    }
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
        | "ResourceNotFound"
        | "ResourceNotFoundException" => StatusCode::NOT_FOUND,
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
