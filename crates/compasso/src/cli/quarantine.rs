//! `compasso quarantine …`

use clap::Subcommand;

use super::{Of, Server};

#[derive(Debug, Subcommand)]
pub(crate) enum Quarantine {
    /// List the executions that were set aside because the server could not carry on with them.
    List {
        /// Most rows.
        #[arg(long, default_value_t = 50)]
        limit: usize,
        #[command(flatten)]
        server: Server,
    },
    /// Let one of them go on; its tasks are offered again, as after a restart.
    Release {
        #[command(flatten)]
        of: Of,
    },
}
