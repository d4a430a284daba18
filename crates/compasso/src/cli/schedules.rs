//! `compasso schedules …` and `compasso ticks`

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::Server;

#[derive(Debug, Subcommand)]
pub(crate) enum Schedules {
    /// Create a schedule of a workflow.
    Create {
        /// The schedule's name.
        name: String,
        /// The name or ARN of the workflow, or the ARN of a version or an alias.
        workflow: String,
        #[command(flatten)]
        change: Change,
        /// Let it rest until it is resumed.
        #[arg(long)]
        paused: bool,
        #[command(flatten)]
        server: Server,
    },
    /// Change a schedule; what is not given stays.
    Update {
        /// The schedule's name.
        name: String,
        /// The name or ARN of the workflow, or the ARN of a version or an alias.
        #[arg(long)]
        workflow: Option<String>,
        #[command(flatten)]
        change: Change,
        #[command(flatten)]
        server: Server,
    },
    /// List the schedules.
    List {
        /// Most rows.
        #[arg(long, default_value_t = 50)]
        limit: usize,
        #[command(flatten)]
        server: Server,
    },
    /// Describe a schedule.
    Show {
        #[command(flatten)]
        named: Named,
    },
    /// Let a schedule rest.
    Pause {
        #[command(flatten)]
        named: Named,
        /// Why.
        #[arg(long)]
        reason: Option<String>,
        /// When it goes on by itself: RFC 3339, such as 2026-01-31T06:00:00Z.
        #[arg(long, value_name = "TIME")]
        until: Option<String>,
    },
    /// Let a schedule go on.
    Resume {
        #[command(flatten)]
        named: Named,
        /// Treat the ticks that came meanwhile as missed ones.
        #[arg(long)]
        catch_up: bool,
    },
    /// Delete a schedule; its executions go on.
    Delete {
        #[command(flatten)]
        named: Named,
    },
    /// List what became of the ticks of a schedule, newest first.
    Ticks {
        #[command(flatten)]
        named: Named,
        /// The name is that of a pipeline, all of whose schedules are meant.
        #[arg(long)]
        pipeline: bool,
        /// Most rows.
        #[arg(long, default_value_t = 50)]
        limit: usize,
    },
}

/// A schedule and the server that has it.
#[derive(Args, Debug)]
pub(crate) struct Named {
    /// The schedule's name.
    pub(crate) name: String,
    #[command(flatten)]
    pub(crate) server: Server,
}

/// What a schedule is to be.
#[derive(Args, Debug)]
pub(crate) struct Change {
    #[command(flatten)]
    pub(crate) timing: Timing,
    /// The input: JSON, @file, or @- for standard input; strings {% … %} are computed.
    #[arg(long, value_name = "JSON|@FILE")]
    pub(crate) input: Option<String>,
    /// A description.
    #[arg(long)]
    pub(crate) description: Option<String>,
}

/// When something is due.
#[derive(Args, Debug)]
pub(crate) struct Timing {
    /// When the clock looks like this: five fields, six with seconds in front, or a word like @daily.
    #[arg(long, group = "when")]
    pub(crate) cron: Option<String>,
    /// Again and again after this time, such as 90s or 1h30m.
    #[arg(long, value_name = "DURATION", group = "when")]
    pub(crate) every: Option<String>,
    /// At this time; may be given again.
    #[arg(long, value_name = "TIME", group = "when")]
    pub(crate) at: Vec<String>,
    /// The zone whose clocks are meant, such as Europe/Lisbon; otherwise UTC.
    #[arg(long, value_name = "ZONE")]
    pub(crate) timezone: Option<String>,
    /// All that a schedule can say: JSON, @file, or @- for standard input.
    #[arg(long, value_name = "JSON|@FILE")]
    pub(crate) spec: Option<String>,
}

/// Ticks to print.
#[derive(Args, Debug)]
pub(crate) struct Ticks {
    /// A file of pipelines, whose schedules are meant; otherwise write --cron, --every, --at or
    /// --spec.
    #[arg(conflicts_with_all = ["when", "spec", "timezone", "name"])]
    pub(crate) file: Option<PathBuf>,
    /// Only the schedule with this id.
    #[arg(long, value_name = "ID", requires = "file")]
    pub(crate) trigger: Option<String>,
    #[command(flatten)]
    pub(crate) timing: Timing,
    /// The name of the schedule or the pipeline, from which H follows.
    #[arg(long)]
    pub(crate) name: Option<String>,
    /// The first instant: RFC 3339, or a date; otherwise now.
    #[arg(long, value_name = "TIME")]
    pub(crate) from: Option<String>,
    /// The instant before which the last one is; otherwise there is no end.
    #[arg(long, value_name = "TIME")]
    pub(crate) to: Option<String>,
    /// Most rows of a schedule.
    #[arg(long, default_value_t = 20)]
    pub(crate) limit: usize,
}
