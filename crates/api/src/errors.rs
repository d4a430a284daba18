//! Errors and their names on the wire: the one place where they meet.

use std::time::Duration;

use axum::http::{Method, StatusCode};
use compasso_service::Error;
use compasso_service::dispatch::{PoolError, WorkerError};
use serde::Serialize;
use serde_json::Value;

/// An error as an edge answers it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Failure {
    #[serde(skip)]
    pub(crate) status: StatusCode,
    #[serde(rename = "__type")]
    pub(crate) name: &'static str,
    pub(crate) message: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) reason: Option<&'static str>,
    #[serde(rename = "resourceName", skip_serializing_if = "Option::is_none")]
    pub(crate) resource: Option<String>,
    /// All that is wrong, as JSON, for interfaces that have room for it.
    #[serde(skip)]
    pub(crate) problems: Option<Box<Value>>,
}

impl Failure {
    /// Makes an error that is the caller's fault.
    pub(crate) fn new(name: &'static str, message: impl Into<String>) -> Self {
        Self {
            status: StatusCode::BAD_REQUEST,
            name,
            message: message.into(),
            reason: None,
            resource: None,
            problems: None,
        }
    }

    /// Answers a request that is no JSON, or not of the right shape.
    pub(crate) fn serialization(message: impl Into<String>) -> Self {
        Self::new("SerializationException", message)
    }

    /// Answers an unknown action.
    pub(crate) fn unknown_operation(message: impl Into<String>) -> Self {
        Self::new("UnknownOperationException", message)
    }

    /// Answers a request that is too large.
    pub(crate) fn too_large(limit: usize) -> Self {
        Self {
            status: StatusCode::PAYLOAD_TOO_LARGE,
            ..Self::new(
                "RequestEntityTooLargeException",
                format!("Request size exceeded {limit} bytes"),
            )
        }
    }

    /// Answers a request that did not come within `limit`.
    pub(crate) fn too_slow(limit: Duration) -> Self {
        let message = format!("The request body took longer than {} seconds", limit.as_secs());
        let status = StatusCode::REQUEST_TIMEOUT;
        Self { status, ..Self::new("RequestTimeoutException", message) }
    }

    /// Answers a request about something that does not exist.
    pub(crate) fn not_found(name: &'static str, message: impl Into<String>) -> Self {
        Self { status: StatusCode::NOT_FOUND, ..Self::new(name, message) }
    }

    /// Answers a method or path that means nothing here.
    pub(crate) fn unknown_path(status: StatusCode, method: &Method, path: &str) -> Self {
        Self { status, ..Self::unknown_operation(format!("Unknown operation: {method} {path}")) }
    }

    /// Answers somebody who may not do this.
    pub(crate) fn access_denied(message: impl Into<String>) -> Self {
        Self::new("AccessDeniedException", message)
    }

    /// Answers a request without a signature.
    pub(crate) fn missing_signature() -> Self {
        Self::new("MissingAuthenticationTokenException", "Missing Authentication Token")
    }

    /// Answers a signature that lacks a part.
    pub(crate) fn incomplete_signature(message: impl Into<String>) -> Self {
        Self::new("IncompleteSignatureException", message)
    }

    /// Answers a signature that is not right.
    pub(crate) fn invalid_signature(message: impl Into<String>) -> Self {
        Self::new("InvalidSignatureException", message)
    }

    /// Answers a token that lets nobody in.
    pub(crate) fn unknown_token() -> Self {
        let message = "The token is unknown, revoked or expired: ask an admin for another one \
                       (compasso tokens create)";
        Self::new("UnrecognizedClientException", message)
    }

    /// Answers a signature by a key that nobody knows.
    pub(crate) fn unrecognized_client() -> Self {
        Self::new(
            "UnrecognizedClientException",
            "The security token included in the request is invalid.",
        )
    }
}

/// Returns the name and the HTTP status by which the Step Functions protocol answers `error`.
pub fn error_code(error: &Error) -> (&'static str, u16) {
    (name(error), status(error).as_u16())
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        let mut failure =
            Self { status: status(&error), ..Self::new(name(&error), error.to_string()) };
        match error {
            Error::Validation { reason, .. } => {
                failure.reason = reason.map(compasso_service::Reason::code);
            }
            Error::ResourceNotFound { arn }
            | Error::AliasNotFound { arn }
            | Error::TooManyTags { arn } => {
                failure.resource = Some(arn);
            }
            Error::InvalidPipeline(problems) => {
                failure.problems = Some(Box::new(as_json(&problems)));
            }
            Error::InvalidParams(faults) => failure.problems = Some(Box::new(as_json(&faults))),
            Error::Internal(message) => tracing::error!(message, "request failed"),
            _ => {}
        }
        failure
    }
}

impl From<WorkerError> for Failure {
    fn from(error: WorkerError) -> Self {
        let (status, name) = match error {
            WorkerError::UnknownWorker => (StatusCode::NOT_FOUND, "WorkerUnknown"),
            WorkerError::NameTaken | WorkerError::NameInUse { .. } => {
                (StatusCode::CONFLICT, "WorkerNameTaken")
            }
            WorkerError::TooManyWorkers => (StatusCode::TOO_MANY_REQUESTS, "TooManyWorkers"),
            WorkerError::LeaseLost => (StatusCode::CONFLICT, "LeaseLost"),
            WorkerError::Invalid(_) => (StatusCode::BAD_REQUEST, "ValidationException"),
            _ => (StatusCode::SERVICE_UNAVAILABLE, "ServiceUnavailable"),
        };
        Self { status, ..Self::new(name, error.to_string()) }
    }
}

impl From<PoolError> for Failure {
    fn from(error: PoolError) -> Self {
        let (status, name) = match error {
            PoolError::Fixed(_) | PoolError::Used { .. } => {
                (StatusCode::CONFLICT, "ConflictException")
            }
            PoolError::Name => (StatusCode::BAD_REQUEST, "ValidationException"),
            PoolError::TooMany => (StatusCode::PAYMENT_REQUIRED, "ServiceQuotaExceededException"),
            _ => (StatusCode::SERVICE_UNAVAILABLE, "ServiceUnavailable"),
        };
        Self { status, ..Self::new(name, error.to_string()) }
    }
}

fn as_json<T: Serialize>(found: &T) -> Value {
    serde_json::to_value(found).expect("problems are plain data")
}

fn status(error: &Error) -> StatusCode {
    match error {
        Error::Unavailable(_) => StatusCode::SERVICE_UNAVAILABLE,
        Error::Internal(_) => StatusCode::INTERNAL_SERVER_ERROR,
        Error::Conflict(_) | Error::Overtaken { .. } => StatusCode::CONFLICT,
        Error::ServiceQuotaExceeded(_) => StatusCode::PAYMENT_REQUIRED,
        Error::DraftDoesNotExist { .. } | Error::TokenDoesNotExist { .. } => StatusCode::NOT_FOUND,
        _ => StatusCode::BAD_REQUEST,
    }
}

/// Returns AWS's name of an error.
fn name(error: &Error) -> &'static str {
    match error {
        Error::InvalidArn(_) => "InvalidArn",
        Error::InvalidName(_) | Error::InvalidExecutionName(_) => "InvalidName",
        Error::InvalidDefinition(_) | Error::UntestableDefinition(_) => "InvalidDefinition",
        Error::InvalidExecutionInput(_) => "InvalidExecutionInput",
        Error::InvalidOutput(_) => "InvalidOutput",
        Error::InvalidToken => "InvalidToken",
        Error::InvalidLoggingConfiguration(_) => "InvalidLoggingConfiguration",
        Error::InvalidEncryptionConfiguration(_) => "InvalidEncryptionConfiguration",
        Error::AccessDenied { .. } => "AccessDeniedException",
        Error::StateMachineDoesNotExist { .. } => "StateMachineDoesNotExist",
        Error::StateMachineDeleting { .. } => "StateMachineDeleting",
        Error::StateMachineAlreadyExists { .. } => "StateMachineAlreadyExists",
        Error::PipelineDoesNotExist { .. } => "PipelineDoesNotExist",
        Error::ArtifactRemoved(_) => "ArtifactRemoved",
        Error::HeldByAncestors { .. } => "Deadlock",
        Error::SecretDoesNotExist { .. } => "SecretDoesNotExist",
        Error::TokenDoesNotExist { .. } => "TokenDoesNotExist",
        Error::DraftDoesNotExist { .. } => "DraftDoesNotExist",
        Error::InvalidPipeline(_) => "InvalidPipeline",
        Error::InvalidParams(_) => "InvalidParams",
        Error::StateMachineTypeNotSupported => "StateMachineTypeNotSupported",
        Error::ExecutionDoesNotExist { .. } => "ExecutionDoesNotExist",
        Error::ExecutionAlreadyExists { .. } => "ExecutionAlreadyExists",
        Error::ExecutionLimitExceeded(_) => "ExecutionLimitExceeded",
        Error::StateMachineLimitExceeded(_) => "StateMachineLimitExceeded",
        Error::ActivityLimitExceeded(_) => "ActivityLimitExceeded",
        Error::ActivityAlreadyExists { .. } => "ActivityAlreadyExists",
        Error::ExecutionNotRedrivable(_) => "ExecutionNotRedrivable",
        Error::ActivityDoesNotExist { .. } => "ActivityDoesNotExist",
        Error::ActivityWorkerLimitExceeded { .. } => "ActivityWorkerLimitExceeded",
        Error::TaskDoesNotExist => "TaskDoesNotExist",
        Error::TaskTimedOut => "TaskTimedOut",
        Error::ConnectionAlreadyExists { .. } => "ResourceAlreadyExistsException",
        Error::ConnectionDoesNotExist { .. } => "ResourceNotFoundException",
        Error::ResourceNotFound { .. } | Error::AliasNotFound { .. } | Error::NoSuchPart(_) => {
            "ResourceNotFound"
        }
        Error::TooManyTags { .. } => "TooManyTags",
        Error::MissingRequiredParameter(_) => "MissingRequiredParameter",
        Error::Validation { .. } => "ValidationException",
        Error::Conflict(_) | Error::Overtaken { .. } => "ConflictException",
        Error::ServiceQuotaExceeded(_) => "ServiceQuotaExceededException",
        Error::Throttled => "ThrottlingException",
        Error::Unavailable(_) => "ServiceUnavailable",
        // What a later service reports is not the caller's to sort out.
        _ => "InternalFailure",
    }
}
