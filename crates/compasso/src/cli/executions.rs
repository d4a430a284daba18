//! What is asked of executions and their lists.

use clap::Args;

use super::{Of, Server, Status};

/// Which workflows or executions are listed.
#[derive(Debug, Args)]
pub(crate) struct List {
    /// The workflow's name or ARN.
    pub(crate) workflow: Option<String>,
    /// Only executions with this status.
    #[arg(long, requires = "workflow", value_name = "STATUS", ignore_case = true)]
    pub(crate) status: Option<Status>,
    /// Only pipelines with this label.
    #[arg(long = "label", value_name = "NAME=VALUE", conflicts_with = "workflow")]
    pub(crate) labels: Vec<String>,
    /// Most rows.
    #[arg(long, default_value_t = 50)]
    pub(crate) limit: usize,
    #[command(flatten)]
    pub(crate) server: Server,
}

/// What is stopped, and how.
#[derive(Debug, Args)]
pub(crate) struct Stop {
    #[command(flatten)]
    pub(crate) of: Of,
    /// An error name to record.
    #[arg(long)]
    pub(crate) error: Option<String>,
    /// A cause to record.
    #[arg(long)]
    pub(crate) cause: Option<String>,
    /// Give it up in order: running tasks of a pipeline are asked to end, teardowns and
    /// compensations run.
    #[arg(long)]
    pub(crate) cancel: bool,
}

/// What is copied, and from where.
#[derive(Debug, Args)]
pub(crate) struct CopyFrom {
    #[command(flatten)]
    pub(crate) of: Of,
    /// The state to begin at, outside of Parallel and Map states.
    #[arg(long, value_name = "STATE")]
    pub(crate) from: String,
    /// Another input for that state: JSON, @file, or @- for standard input.
    #[arg(long, value_name = "JSON|@FILE")]
    pub(crate) input: Option<String>,
    /// The name of the new execution; made up if absent.
    #[arg(long)]
    pub(crate) name: Option<String>,
    /// Wait for its end; the exit code tells how it ended.
    #[arg(long)]
    pub(crate) wait: bool,
}

/// Who is sent which signal.
#[derive(Debug, Args)]
pub(crate) struct Signal {
    #[command(flatten)]
    pub(crate) of: Of,
    /// The name that a state of it waits for.
    pub(crate) name: String,
    /// The result of that state: JSON, @file, or @- for standard input; null if absent.
    #[arg(long, value_name = "JSON|@FILE")]
    pub(crate) payload: Option<String>,
    /// Tells this signal from others: sent again with the same id, it comes once.
    #[arg(long)]
    pub(crate) id: Option<String>,
}

/// What is searched for.
#[derive(Debug, Args)]
pub(crate) struct Search {
    /// The query; an empty one finds all.
    #[arg(default_value = "")]
    pub(crate) query: String,
    /// What changed last comes last.
    #[arg(long)]
    pub(crate) earliest_first: bool,
    /// Most rows.
    #[arg(long, default_value_t = 50)]
    pub(crate) limit: usize,
    #[command(flatten)]
    pub(crate) server: Server,
}
