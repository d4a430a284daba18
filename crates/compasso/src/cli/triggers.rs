//! The arguments of `compasso triggers`.

use clap::{Args, Subcommand};

use super::Server;

#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub(crate) struct Triggers {
    #[command(subcommand)]
    pub(crate) order: Option<TriggerOrder>,
    /// The pipeline's name or ARN.
    #[arg(required = true)]
    pub(crate) pipeline: Option<String>,
    /// The trigger's id.
    pub(crate) trigger: Option<String>,
    /// Most rows.
    #[arg(long, default_value_t = 50, requires = "trigger")]
    pub(crate) limit: usize,
    #[command(flatten)]
    pub(crate) server: Server,
}

#[derive(Debug, Subcommand)]
pub(crate) enum TriggerOrder {
    /// Start a run of what came with a delivery, as the trigger is now; prints the run.
    Replay {
        /// The pipeline's name or ARN.
        pipeline: String,
        /// The trigger's id.
        trigger: String,
        /// The id of the delivery.
        delivery: String,
        #[command(flatten)]
        server: Server,
    },
}
