//! `compasso backfill`, `compasso backfills`, `compasso calendars`, and when pipelines rest.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use super::{ParamArgs, Server};

/// A backfill to be.
#[derive(Args, Debug)]
pub(crate) struct Backfill {
    /// The pipeline's name or ARN.
    pub(crate) pipeline: String,
    /// The first instant: RFC 3339, or a date, which is midnight in the schedule's zone.
    #[arg(long, value_name = "TIME")]
    pub(crate) from: String,
    /// The first instant after the last one.
    #[arg(long, value_name = "TIME")]
    pub(crate) to: String,
    /// The id of the schedule; the only one if absent.
    #[arg(long, value_name = "ID")]
    pub(crate) trigger: Option<String>,
    /// Which ticks come first.
    #[arg(long, default_value = "asc")]
    pub(crate) order: Order,
    /// How many runs are under way at once.
    #[arg(long, value_name = "NUMBER")]
    pub(crate) max_active: Option<usize>,
    /// What happens to ticks that have a run.
    #[arg(long, default_value = "none")]
    pub(crate) reprocess: Reprocess,
    // They stand for the trigger's.
    #[command(flatten)]
    pub(crate) params: ParamArgs,
    /// `pinned` is the present version, `latest` the present one at each start; or a number.
    #[arg(long, value_name = "pinned|latest|NUMBER", default_value = "pinned")]
    pub(crate) version: String,
    /// Only these tasks.
    #[arg(long, value_name = "TASK,TASK", value_delimiter = ',')]
    pub(crate) tasks: Vec<String>,
    /// Let the assets that its runs write start others.
    #[arg(long)]
    pub(crate) emit_assets: bool,
    /// Only say what would happen.
    #[arg(long)]
    pub(crate) dry_run: bool,
    #[command(flatten)]
    pub(crate) server: Server,
}

/// Which ticks come first.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum Order {
    Asc,
    Desc,
    Random,
}

impl Order {
    /// Returns the server's word.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Asc => "asc",
            Self::Desc => "desc",
            Self::Random => "random",
        }
    }
}

/// What happens to ticks that have a run.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum Reprocess {
    None,
    Failed,
    Missing,
    All,
}

impl Reprocess {
    /// Returns the server's word.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Failed => "failed",
            Self::Missing => "missing",
            Self::All => "all",
        }
    }
}

#[derive(Debug, Subcommand)]
pub(crate) enum Backfills {
    /// List the backfills of a pipeline, the newest first.
    List {
        /// The pipeline's name or ARN.
        pipeline: String,
        /// Most rows.
        #[arg(long, default_value_t = 50)]
        limit: usize,
        #[command(flatten)]
        server: Server,
    },
    /// Show how far a backfill is.
    Show(OneBackfill),
    /// Let a backfill rest.
    Pause(OneBackfill),
    /// Let a backfill go on.
    Resume(OneBackfill),
    /// End a backfill; its runs go on.
    Cancel {
        #[command(flatten)]
        one: OneBackfill,
        /// Ask its runs to end as well.
        #[arg(long)]
        with_runs: bool,
    },
}

/// A backfill and the server that has it.
#[derive(Args, Debug)]
pub(crate) struct OneBackfill {
    /// The pipeline's name or ARN.
    pub(crate) pipeline: String,
    /// The backfill's id.
    pub(crate) id: String,
    #[command(flatten)]
    pub(crate) server: Server,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Calendars {
    /// List the calendars.
    List {
        #[command(flatten)]
        server: Server,
    },
    /// Show the days of a calendar.
    Show {
        /// Its name.
        name: String,
        #[command(flatten)]
        server: Server,
    },
    /// Create a calendar, or put these days in the place of those it has.
    Put {
        /// Its name.
        name: String,
        /// A date, such as 2026-12-25; may be given again.
        #[arg(long, value_name = "DATE")]
        date: Vec<String>,
        /// A day of every week, such as SAT; may be given again.
        #[arg(long, value_name = "DAY")]
        weekday: Vec<String>,
        /// A rule of iCalendar, such as FREQ=YEARLY;BYMONTH=12;BYMONTHDAY=25; may be given again.
        #[arg(long, value_name = "RULE")]
        rule: Vec<String>,
        /// A file of iCalendar, whose days are added.
        #[arg(long, value_name = "FILE")]
        ics: Option<PathBuf>,
        /// A description.
        #[arg(long)]
        description: Option<String>,
        #[command(flatten)]
        server: Server,
    },
    /// Delete a calendar that no schedule refers to.
    Delete {
        /// Its name.
        name: String,
        #[command(flatten)]
        server: Server,
    },
}

/// A pipeline that is to rest.
#[derive(Args, Debug)]
pub(crate) struct Pause {
    #[command(flatten)]
    pub(crate) which: Which,
    /// Why.
    #[arg(long)]
    pub(crate) reason: Option<String>,
    /// Who pauses it; a token or a key tells that by itself. Otherwise you, as $USER says.
    #[arg(long)]
    pub(crate) by: Option<String>,
    /// Hold the tasks of its runs back as well.
    #[arg(long)]
    pub(crate) hold: bool,
    /// Wait until none of its runs is under way.
    #[arg(long)]
    pub(crate) drain: bool,
    /// When it goes on by itself: RFC 3339, such as 2026-01-31T06:00:00Z.
    #[arg(long, value_name = "TIME")]
    pub(crate) until: Option<String>,
    #[command(flatten)]
    pub(crate) server: Server,
}

/// A pipeline that is to go on.
#[derive(Args, Debug)]
pub(crate) struct Resume {
    #[command(flatten)]
    pub(crate) which: Which,
    /// Treat the ticks that came meanwhile as missed ones.
    #[arg(long)]
    pub(crate) catch_up: bool,
    #[command(flatten)]
    pub(crate) server: Server,
}

/// A pipeline, or all of them.
#[derive(Args, Debug)]
#[group(required = true, multiple = false)]
pub(crate) struct Which {
    /// The pipeline's name or ARN.
    pub(crate) pipeline: Option<String>,
    /// All pipelines that there are; those that are pushed later are not among them.
    #[arg(long)]
    pub(crate) all: bool,
}
