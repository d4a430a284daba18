//! The arguments of `tasks`.

use clap::Args;

/// Instances of a task instead of tasks.
#[derive(Args, Debug)]
pub(crate) struct Instances {
    /// List the instances of this task with 'each' or 'matrix' instead.
    #[arg(long = "instances", value_name = "TASK")]
    pub(crate) of: Option<String>,
    /// Only instances in this state, such as failed or running.
    #[arg(long, requires = "of")]
    pub(crate) state: Option<String>,
    /// Most instances that are listed.
    #[arg(long, value_name = "N", default_value_t = 100, requires = "of")]
    pub(crate) limit: usize,
}
