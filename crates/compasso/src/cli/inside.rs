//! Commands for scripts of pipelines: they find what they need in the environment of their task.

use std::path::PathBuf;

use clap::{Args, Subcommand};

/// Outputs of a task.
#[derive(Args, Debug)]
pub(crate) struct Output {
    /// `name=text` or `name:=JSON`.
    #[arg(required = true, value_name = "NAME=VALUE")]
    pub(crate) values: Vec<String>,
    /// The file that the task's outputs are read from.
    #[arg(long, env = "COMPASSO_OUTPUT", value_name = "FILE", hide = true)]
    pub(crate) file: Option<PathBuf>,
}

/// The task that a script belongs to.
#[derive(Args, Debug)]
pub(crate) struct OwnTask {
    /// Where the server is reached.
    #[arg(long, env = "COMPASSO_URL", value_name = "URL", hide = true)]
    pub(crate) url: Option<String>,
    /// The token of the attempt.
    #[arg(long, env = "COMPASSO_TOKEN", hide = true, hide_env_values = true)]
    pub(crate) token: Option<String>,
}

/// What to do with artifacts.
#[derive(Debug, Subcommand)]
pub(crate) enum Artifact {
    /// Leave a file for later tasks: it is kept when the task succeeds.
    #[command(after_help = super::help::ARTIFACT)]
    Put {
        /// The file.
        file: PathBuf,
        /// What it is called: a relative path; otherwise the file's own name.
        #[arg(long)]
        name: Option<PathBuf>,
        /// The directory that the task's artifacts are taken from.
        #[arg(long, env = "COMPASSO_ARTIFACTS", value_name = "DIRECTORY", hide = true)]
        directory: Option<PathBuf>,
    },
}
