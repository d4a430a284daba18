//! What is pushed and started.

use std::path::PathBuf;

use clap::Args;

use super::{MachineType, ParamArgs, Server};

/// What to push.
#[derive(Args, Debug)]
pub(crate) struct Push {
    /// Definition files; those that end in .yaml or .yml hold pipelines.
    #[arg(required = true)]
    pub(crate) files: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) server: Server,
    /// The type of new workflows; otherwise Express if a file's name ends in .express.asl.json,
    /// else Standard.
    #[arg(long = "type", value_name = "TYPE")]
    pub(crate) kind: Option<MachineType>,
    /// Only say what would change.
    #[arg(long)]
    pub(crate) check: bool,
    /// What is new in a pipeline, kept with its version.
    #[arg(long, value_name = "TEXT")]
    pub(crate) description: Option<String>,
    /// Who wrote it, kept with its version.
    #[arg(long, value_name = "NAME")]
    pub(crate) author: Option<String>,
    /// The commit it is part of, kept with its version.
    #[arg(long, value_name = "ID")]
    pub(crate) commit: Option<String>,
    /// The repository that has the commit, kept with its version: what tasks with 'checkout: true'
    /// work on.
    #[arg(long = "repo", value_name = "URL")]
    pub(crate) repository: Option<String>,
}

/// The policies of runs that overlap.
const OVERLAPS: [&str; 6] =
    ["skip", "buffer_one", "buffer_all", "cancel_other", "terminate_other", "allow_all"];

/// What to start.
#[derive(Args, Debug)]
pub(crate) struct Start {
    /// The workflow's or the pipeline's name or ARN; NAME:3 and NAME:prod are a version and an
    /// alias.
    pub(crate) workflow: String,
    /// The input of a workflow: JSON, @file, or @- for standard input; {} if absent.
    #[arg(long, value_name = "JSON|@FILE", conflicts_with_all = ["params", "params_file"])]
    pub(crate) input: Option<String>,
    #[command(flatten)]
    pub(crate) params: ParamArgs,
    /// The name of the execution or run; made up if absent.
    #[arg(long)]
    pub(crate) name: Option<String>,
    /// Start a pipeline even while it is paused.
    #[arg(long)]
    pub(crate) force: bool,
    /// Hold all tasks of a pipeline's run until 'compasso release' lets them go.
    #[arg(long, conflicts_with = "input")]
    pub(crate) hold: bool,
    /// What happens if a pipeline has as many runs as it may, instead of what it says.
    #[arg(long, value_name = "POLICY", conflicts_with = "input", value_parser = OVERLAPS)]
    pub(crate) overlap: Option<String>,
    /// A label that the execution or run is found by: 'labels.NAME = VALUE'.
    #[arg(long = "label", value_name = "NAME=VALUE")]
    pub(crate) labels: Vec<String>,
    /// Wait for its end; the exit code tells how it ended.
    #[arg(long)]
    pub(crate) wait: bool,
    #[command(flatten)]
    pub(crate) server: Server,
}
