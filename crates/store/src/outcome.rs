//! How commits and reads end.

use crate::seal::Broken;

/// How a commit ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Durable, except for the writes at these indexes, which conflicted and changed nothing.
    Committed {
        /// Indexes into [`crate::Batch::writes`], ascending.
        conflicts: Vec<usize>,
    },
    /// Another owner took over; nothing was written.
    Fenced,
    /// Definitely not written, such as disk full or a value too large.
    Rejected {
        /// Why.
        reason: String,
    },
    /// Nobody knows whether it was written: acquire again, read, and answer from what is stored.
    /// If the store can no longer tell either, acquiring says [`ReadError::Broken`].
    Unknown {
        /// Why.
        reason: String,
    },
}

impl From<Broken> for ReadError {
    fn from(broken: Broken) -> Self {
        Self::Corrupt(broken.to_string())
    }
}

/// A read failed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ReadError {
    /// The store does not answer. Try again later.
    #[error("store is unavailable: {0}")]
    Unavailable(String),
    /// The disk failed in a way that leaves open what is on it: the store answers nothing more
    /// until it is opened again. Stop.
    #[error("store must be opened again: {0}")]
    Broken(String),
    /// Another process owns the store: it cannot be acquired. Stop.
    #[error("the store belongs to another process")]
    Taken,
    /// A later release made the tables, which this one must not own. Use that release.
    #[error("{0}")]
    Newer(String),
    /// What is stored makes no sense.
    #[error("stored data is corrupt: {0}")]
    Corrupt(String),
}
