//! The arguments of `mark`.

use clap::{Args, ValueEnum};

use super::Of;

/// How a task of a run ended.
#[derive(Args, Debug)]
pub(crate) struct MarkArgs {
    #[command(flatten)]
    pub(crate) of: Of,
    /// The task; one in a group is GROUP.TASK, an instance TASK[KEY] or GROUP[KEY].TASK.
    pub(crate) task: String,
    /// How it ended.
    pub(crate) state: MarkedAs,
    /// What it gave, as JSON, if it ended well.
    #[arg(long, value_name = "JSON")]
    pub(crate) output: Option<String>,
    /// Why; kept with the run.
    #[arg(long, value_name = "TEXT")]
    pub(crate) reason: Option<String>,
}

/// How a task can be said to have ended.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum MarkedAs {
    /// Well.
    #[value(alias = "succeeded")]
    Success,
    /// With an error.
    Failed,
    /// Without having run.
    Skipped,
}

impl MarkedAs {
    /// Returns the word of the REST interface.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Success => "success",
            Self::Failed => "failed",
            Self::Skipped => "skipped",
        }
    }
}
