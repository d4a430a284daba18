//! How failed calls are named and explained to states.

use compasso_integrations::{Call, Family};

use crate::credentials::roles::NotAssumed;
use crate::protocol::ServiceError;
use crate::{NoAnswer, Role};

/// A call that failed, in the words that states see.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// The error's name and its cause.
    Error {
        /// Such as `DynamoDb.ResourceNotFoundException`.
        error: String,
        /// What happened, in the words of the SDK behind the integration.
        cause: String,
    },
    /// The answer is larger than any result may be.
    TooLarge,
}

impl Failure {
    /// Explains an error that the service answered with.
    pub(crate) fn of_service(call: &Call, error: &ServiceError) -> Self {
        let known = call.service.error(&error.kind);
        let request_id = error.request_id.as_deref().unwrap_or("null");
        let message = error.message.as_deref().unwrap_or("null");
        let status = error.status;
        match call.family {
            Family::Sdk => {
                let prefix = &call.service.prefix;
                let name = known.map_or_else(
                    || format!("{prefix}.{prefix}Exception"),
                    |known| format!("{prefix}.{}", known.exception),
                );
                let extended = error
                    .extended_request_id
                    .as_ref()
                    .map_or_else(String::new, |id| format!(", Extended Request ID: {id}"));
                let cause = format!(
                    "{message} (Service: {prefix}, Status Code: {status}, \
                     Request ID: {request_id}{extended}) (SDK Attempt Count: 1)"
                );
                Self::Error { error: name, cause }
            }
            Family::Optimized(optimized) => {
                let name = match known {
                    Some(known) => exception_name(optimized.prefix, &known.code),
                    None => format!("{}.{}", optimized.prefix, optimized.exception),
                };
                let cause = service_cause(message, optimized.tag, status, &error.code, request_id);
                Self::Error { error: name, cause }
            }
        }
    }

    /// Explains a call without a whole answer.
    pub(crate) fn of_no_answer(call: &Call, reason: NoAnswer) -> Self {
        match reason {
            NoAnswer::TooLarge => Self::TooLarge,
            NoAnswer::Timeout => {
                Self::of_client(call, "Unable to execute HTTP request: Read timed out")
            }
            NoAnswer::Socket(why) => {
                Self::of_client(call, &format!("Unable to execute HTTP request: {why}"))
            }
        }
    }

    /// Explains a role that cannot be assumed.
    pub(crate) fn of_role(role: Role<'_>, reason: NotAssumed) -> Self {
        let Role { arn, of, .. } = role;
        let cause = match reason {
            NotAssumed::Refused => {
                format!("The role {of} is not authorized to assume the task state's role, {arn}.")
            }
            NotAssumed::Unknown(why) => why,
        };
        Self::Error { error: "States.TaskFailed".to_owned(), cause }
    }

    /// Explains a call that failed on this side.
    pub(crate) fn of_client(call: &Call, why: &str) -> Self {
        let (prefix, attempts) = match call.family {
            Family::Sdk => (&*call.service.prefix, " (SDK Attempt Count: 1)"),
            Family::Optimized(optimized) => (optimized.prefix, ""),
        };
        let error = format!("{prefix}.SdkClientException");
        Self::Error { error, cause: format!("{why}{attempts}") }
    }
}

/// Writes the cause of an error that a service answered with, as the SDK for Java version 1 does.
pub fn service_cause(
    message: &str,
    service: &str,
    status: u16,
    code: &str,
    request_id: &str,
) -> String {
    format!(
        "{message} (Service: {service}; Status Code: {status}; Error Code: {code}; \
         Request ID: {request_id}; Proxy: null)"
    )
}

/// Names an error the way the SDK for Java version 1 names its class.
pub fn exception_name(prefix: &str, code: &str) -> String {
    let suffix = if code.ends_with("Exception") { "" } else { "Exception" };
    format!("{prefix}.{code}{suffix}")
}
