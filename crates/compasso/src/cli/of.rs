//! Which server, and which execution on it.

use clap::Args;

/// The server to talk to.
#[derive(Args, Debug, Default)]
pub(crate) struct Server {
    /// The server's URL.
    #[arg(long, value_name = "URL", env = "COMPASSO_ENDPOINT")]
    pub(crate) endpoint: Option<String>,
}

/// An execution and the server that has it.
#[derive(Args, Debug)]
pub(crate) struct Of {
    /// The execution's ARN, or workflow:name.
    pub(crate) execution: String,
    #[command(flatten)]
    pub(crate) server: Server,
}
