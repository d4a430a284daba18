//! How compiling and evaluating fail.

/// An evaluation failed; the texts are Amazon's.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Failure {
    /// `States.Runtime`: a path found nothing, a field got a value it cannot use.
    #[error("{0}")]
    Runtime(String),
    /// `States.Runtime`: a path leads nowhere in the data; the cause ends with the text of the
    /// data, which only the caller has.
    #[error("{0}")]
    NotInInput(String),
    /// `States.IntrinsicFailure`.
    #[error("{0}")]
    Intrinsic(String),
    /// `States.ParameterPathFailure`, `States.ResultPathMatchFailure`: `error` names it.
    #[error("{cause}")]
    Named {
        /// The error name.
        error: &'static str,
        /// The cause.
        cause: String,
    },
    /// An expression over a document took more than it may; of pipelines alone.
    #[error("{cause}")]
    Limit {
        /// As of [`Failure::Query`].
        location: String,
        /// Which limit it was, and the way out.
        cause: String,
    },
    /// `States.QueryEvaluationError`: a JSONata expression failed.
    #[error("{cause}")]
    Query {
        /// The field's path inside the state: `Output`, `Arguments/FunctionName`, `Assign/x`.
        location: String,
        /// The cause, without the prefix that names the state.
        cause: String,
    },
}

/// What is wrong with a field that does not compile.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum CompileErrorKind {
    /// A value the field cannot have.
    #[default]
    Value,
    /// A text that is no JSONata.
    InvalidJsonata,
    /// JSONata that reads what states do not have.
    AbsentContext,
}

/// A field of a definition does not compile.
#[derive(Clone, Debug, Default, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct CompileError {
    /// What is wrong with it.
    pub kind: CompileErrorKind,
    /// JSON Pointer from the field's value to the offending value; empty for the value itself.
    pub pointer: String,
    /// What is wrong.
    pub message: String,
    /// Byte offset inside the offending string, if it is known.
    pub offset: Option<usize>,
    /// Why, where `message` is one of Amazon's fixed texts.
    pub reason: Option<String>,
}
