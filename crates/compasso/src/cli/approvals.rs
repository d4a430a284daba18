//! `compasso approvals …`

use clap::Subcommand;

use super::Server;

/// What to do with approvals.
#[derive(Debug, Subcommand)]
pub(crate) enum Approvals {
    /// List what waits for somebody's decision.
    List {
        /// Only of this run: its name or ARN.
        #[arg(long)]
        run: Option<String>,
        /// Those that are closed instead.
        #[arg(long)]
        closed: bool,
        /// Most rows.
        #[arg(long, default_value_t = 50)]
        limit: usize,
        #[command(flatten)]
        server: Server,
    },
    /// Approve.
    Approve {
        /// The approval's id.
        id: String,
        /// What you say about it.
        #[arg(long)]
        comment: Option<String>,
        /// Answers to its form: a JSON object.
        #[arg(long, value_name = "JSON")]
        form: Option<String>,
        #[command(flatten)]
        server: Server,
    },
    /// Reject.
    Reject {
        /// The approval's id.
        id: String,
        /// What you say about it.
        #[arg(long)]
        comment: Option<String>,
        #[command(flatten)]
        server: Server,
    },
}
