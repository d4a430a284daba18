//! `compasso delete …`

use clap::Subcommand;

use super::Server;

#[derive(Debug, Subcommand)]
pub(crate) enum Delete {
    /// Delete a pipeline with its versions, aliases, schedules and triggers; its runs stay readable.
    Pipeline {
        /// The pipeline's name or ARN.
        name: String,
        #[command(flatten)]
        server: Server,
    },
}
