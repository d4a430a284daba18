//! `compasso delete …`

use clap::Subcommand;

use super::Server;

#[derive(Debug, Subcommand)]
pub(crate) enum Delete {
    /// Delete a pipeline with its versions, aliases, schedules and triggers; its runs stay readable.
    Pipeline {
        /// The pipeline's name or ARN.
        name: String,
        /// Also with runs under way: they end before their next task.
        #[arg(long)]
        force: bool,
        #[command(flatten)]
        server: Server,
    },
}
