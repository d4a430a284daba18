//! How children end.

use compasso_engine::Closed;
use compasso_store::Status;

/// How a child ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ChildEnd {
    Succeeded,
    Failed,
    TimedOut,
    Aborted,
}

impl ChildEnd {
    pub(crate) fn of(closed: &Closed) -> Self {
        match closed {
            Closed::Succeeded { .. } => Self::Succeeded,
            Closed::Failed { .. } => Self::Failed,
            Closed::TimedOut => Self::TimedOut,
            Closed::Aborted { .. } => Self::Aborted,
        }
    }

    /// Reads the status of a row; `None` if it is open.
    pub(crate) fn of_status(status: Status) -> Option<Self> {
        match status {
            Status::Running | Status::Quarantined => None,
            Status::Succeeded => Some(Self::Succeeded),
            Status::Failed => Some(Self::Failed),
            Status::TimedOut => Some(Self::TimedOut),
            Status::Aborted => Some(Self::Aborted),
        }
    }

    /// Returns the API's word.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Succeeded => "SUCCEEDED",
            Self::Failed => "FAILED",
            Self::TimedOut => "TIMED_OUT",
            Self::Aborted => "ABORTED",
        }
    }
}
