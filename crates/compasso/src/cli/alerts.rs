//! `compasso alerts`.

use clap::Subcommand;

use super::Server;

/// What is asked about rules of alerts.
#[derive(Debug, Subcommand)]
pub(crate) enum Alerts {
    /// List the rules of all pipelines, with what holds of them.
    List {
        #[command(flatten)]
        server: Server,
    },
    /// Have a rule tell that it is tried out, whatever holds.
    Test {
        /// The name of the pipeline that tells.
        pipeline: String,
        /// The id of its trigger.
        #[arg(default_value = "alert")]
        trigger: String,
        #[command(flatten)]
        server: Server,
    },
}
