//! The arguments of `rerun`.

use clap::Args;

use super::ParamArgs;

/// What to run again.
#[derive(Args, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "they are options of the command line")]
pub(crate) struct Again {
    /// What did not end well, and what did not run because of that; this is what happens without
    /// --from, --task and --all.
    #[arg(long, conflicts_with_all = ["from", "task", "all"])]
    pub(crate) failed: bool,
    /// A task; all that comes after it runs again as well. Can be given several times.
    #[arg(long, value_name = "TASK", conflicts_with_all = ["task", "all"])]
    pub(crate) from: Vec<String>,
    /// A task, or one of its instances as TASK[KEY] or GROUP[KEY].TASK; nothing else runs again. Can be given several
    /// times.
    #[arg(long, value_name = "TASK", conflicts_with = "all")]
    pub(crate) task: Vec<String>,
    /// All tasks.
    #[arg(long)]
    pub(crate) all: bool,
    /// Start another run instead, with the params and the trigger of this one, and all its tasks.
    #[arg(long, conflicts_with_all = ["failed", "from", "task"])]
    pub(crate) new: bool,
    /// The version of the new run: a number, an alias or 'latest'; otherwise that of this run.
    #[arg(long, requires = "new")]
    pub(crate) version: Option<String>,
    /// A label of the new run, beside those that the start of this one gave. Can be given several times.
    #[arg(long = "label", value_name = "NAME=VALUE", requires = "new")]
    pub(crate) labels: Vec<String>,
    #[command(flatten)]
    pub(crate) params: ParamArgs,
    /// Wait for the end of the run; the exit code tells how it ended.
    #[arg(long)]
    pub(crate) wait: bool,
}
