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

/// A task of a run, or all of them.
#[derive(Args, Debug)]
pub(crate) struct TasksOf {
    #[command(flatten)]
    pub(crate) of: Of,
    /// The task; one in a group is GROUP.TASK. All tasks of the run if absent.
    pub(crate) task: Option<String>,
}

impl From<TaskOf> for TasksOf {
    fn from(TaskOf { of, task }: TaskOf) -> Self {
        Self { of, task: Some(task) }
    }
}
