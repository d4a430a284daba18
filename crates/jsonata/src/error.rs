//! What can go wrong, for callers and between modules.

/// The text is not a JSONata expression.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{code}: {message}")]
pub struct SyntaxError {
    /// JSONata's error code, such as `S0201`.
    pub code: &'static str,
    /// What is wrong, as the reference implementation words it.
    pub message: String,
    /// Offset in the text, in bytes.
    pub position: usize,
}

impl SyntaxError {
    pub(crate) fn new(code: &'static str, message: impl Into<String>, position: usize) -> Self {
        Self { code, message: message.into(), position }
    }
}

/// An evaluation that gave no value.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EvaluationError {
    /// The expression failed; `code` and `message` are the reference implementation's.
    #[error("{code}: {message}")]
    Failed {
        /// JSONata's error code, such as `T1006`.
        code: &'static str,
        /// What is wrong, as the reference implementation words it.
        message: String,
    },
    /// The result is a function, which JSON cannot hold.
    #[error("unsupported result type")]
    UnsupportedResult,
    /// More steps than [`Limits::steps_max`](crate::Limits::steps_max).
    #[error("Expression evaluation timeout: Check for infinite loop")]
    Timeout,
    /// More bytes than [`Limits::bytes_max`](crate::Limits::bytes_max), or a longer list than
    /// [`Limits::items_max`](crate::Limits::items_max).
    #[error("Expression evaluation memory limit exceeded: Check for excessive memory usage")]
    Memory,
    /// Deeper than [`Limits::depth_max`](crate::Limits::depth_max).
    #[error(
        "Stack overflow error: Check for non-terminating recursive function. Consider rewriting \
         as tail-recursive."
    )]
    Depth,
}

/// The result of a part of an evaluation.
pub(crate) type Result<T> = std::result::Result<T, EvaluationError>;

/// Returns a failure with a code and message of the reference implementation.
pub(crate) fn failed(code: &'static str, message: impl Into<String>) -> EvaluationError {
    EvaluationError::Failed { code, message: message.into() }
}
