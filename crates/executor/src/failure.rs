//! How an attempt fails.

use std::time::Duration;

use compasso_types::limits::CAUSE_CHARS_MAX;

/// An attempt that failed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{error}: {cause}")]
pub struct Failure {
    /// The error's name: `Exit.1`, `Timeout`, `BadOutput`, or what the script called it.
    pub error: String,
    /// What happened.
    pub cause: String,
    /// How long the script asks to wait before the next attempt.
    pub retry_after: Option<Duration>,
}

impl Failure {
    /// Makes a failure with a name and a cause, which is cut if it is too long.
    pub fn new(error: impl Into<String>, cause: impl Into<String>) -> Self {
        let mut cause = cause.into();
        if let Some((end, _)) = cause.char_indices().nth(CAUSE_CHARS_MAX) {
            cause.truncate(end);
        }
        Self { error: error.into(), cause, retry_after: None }
    }

    /// The script cannot be begun.
    pub(crate) fn not_started(cause: impl Into<String>) -> Self {
        Self::new("NotStarted", cause)
    }

    /// The work order makes no sense.
    pub(crate) fn bad_order(cause: impl Into<String>) -> Self {
        Self::new("BadWorkOrder", cause)
    }

    /// The output is not what was announced.
    pub(crate) fn bad_output(cause: impl Into<String>) -> Self {
        Self::new("BadOutput", cause)
    }

    /// The output is larger than `bytes_max`.
    pub(crate) fn output_too_large(what: &str, bytes_max: usize) -> Self {
        let cause =
            format!("{what} is larger than {bytes_max} bytes; hand large data over as an artifact");
        Self::new("OutputTooLarge", cause)
    }
}
