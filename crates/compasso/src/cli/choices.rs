//! Words of the API that options take.

use clap::ValueEnum;

/// The type of a state machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum MachineType {
    /// Durable, exactly once.
    Standard,
    /// Short, kept in memory.
    Express,
}

impl MachineType {
    /// Returns the API's word.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Standard => "STANDARD",
            Self::Express => "EXPRESS",
        }
    }
}

/// The status of an execution.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Status {
    Queued,
    Running,
    Succeeded,
    Failed,
    #[value(name = "timed-out", alias = "timed_out")]
    TimedOut,
    Aborted,
}

impl Status {
    /// Returns the API's word.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Queued => "QUEUED",
            Self::Running => "RUNNING",
            Self::Succeeded => "SUCCEEDED",
            Self::Failed => "FAILED",
            Self::TimedOut => "TIMED_OUT",
            Self::Aborted => "ABORTED",
        }
    }
}
