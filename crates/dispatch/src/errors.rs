//! What workers are refused with.

use std::sync::Arc;

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
    /// Give it another name, or end the other one first.
    #[error(
        "a worker named '{name}' is at work already{}: give this one another name",
        .host.as_ref().map(|host| format!(", on the host {host}")).unwrap_or_default()
    )]
    NameInUse {
        /// The name.
        name: Arc<str>,
        /// The machine of the other one, if it said so.
        host: Option<Arc<str>>,
    },
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
