//! Why the runtime did not do what it was asked.

use compasso_store::ReadError;

/// An execution did not start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// There is one with this key already, open or closed.
    #[error("execution exists already")]
    Exists,
    /// See [`RuntimeError`].
    #[error(transparent)]
    Runtime(#[from] RuntimeError),
}

/// A report by token was refused.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReportError {
    /// The text is no token, or none of ours.
    #[error("token is not valid")]
    InvalidToken,
    /// Its execution is gone.
    #[error("task does not exist")]
    NoTask,
    /// The task is over, or its execution is.
    #[error("task is over")]
    TaskOver,
    /// See [`RuntimeError`].
    #[error(transparent)]
    Runtime(#[from] RuntimeError),
}

/// The runtime cannot do it now.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RuntimeError {
    /// The store refused the write, such as disk full; nothing changed.
    #[error("store refused the write: {0}")]
    Rejected(String),
    /// The store does not answer, or the runtime is shutting down.
    #[error("unavailable: {0}")]
    Unavailable(String),
    /// Too much is under way; try again later.
    #[error("too much is under way")]
    Overloaded,
    /// Reading failed.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// The execution does not exist.
    #[error("execution does not exist")]
    NoExecution,
    /// The execution was set aside because the engine could not carry on with it.
    #[error("execution is quarantined: {0}")]
    Quarantined(String),
}
