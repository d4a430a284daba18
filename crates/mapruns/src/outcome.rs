//! How children end.

use compasso_engine::Closed;
use compasso_runtime::Description;
use compasso_types::Timestamp;

/// How a child ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ChildEnd {
    Succeeded,
    Failed,
    TimedOut,
    Aborted,
}

/// The end of a child, as it is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct End {
    pub(crate) how: ChildEnd,
    /// Whether it did not succeed and cannot be redriven.
    pub(crate) is_final: bool,
}

impl End {
    /// Reads the end of a child at `now`; `None` if it is open.
    pub(crate) fn of(child: &Description, now: Timestamp) -> Option<Self> {
        let how = ChildEnd::of(child.closed.as_ref()?);
        let is_final = how != ChildEnd::Succeeded && child.check_redrivable(now).is_err();
        Some(Self { how, is_final })
    }
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
