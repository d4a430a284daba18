//! What workers are refused with.

/// A call of a worker is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum WorkerError {
    /// Register first, or again: the server was started anew.
    #[error("the worker is not registered; register it (again)")]
    UnknownWorker,
    /// Another account has a worker of that name.
    #[error("another account has a worker of that name")]
    NameTaken,
    /// Remove some.
    #[error("too many workers are registered")]
    TooManyWorkers,
    /// Stop the work: it is not this worker's any more.
    #[error("the lease is over: the task was given up, given to another worker, or has ended")]
    LeaseLost,
    /// Mend the request.
    #[error("{0}")]
    Invalid(String),
    /// Try again soon.
    #[error("the server is shutting down")]
    Ending,
    /// Try again later.
    #[error("unavailable: {0}")]
    Unavailable(String),
}
