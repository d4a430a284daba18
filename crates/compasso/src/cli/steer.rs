//! Asking something of tasks of a run before they begin.

use clap::Args;

use super::Of;

/// A task of a run.
#[derive(Args, Debug)]
pub(crate) struct TaskOf {
    #[command(flatten)]
    pub(crate) of: Of,
    /// The task; one in a group is GROUP.TASK.
    pub(crate) task: String,
}
