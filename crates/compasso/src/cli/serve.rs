//! What a server is started with.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::Args;

use crate::quotas::Profile;

/// Options of a server.
#[derive(Args, Debug)]
pub(crate) struct Serve {
    /// The address to listen on; port 0 picks a free one.
    #[arg(long, value_name = "ADDRESS", env = "COMPASSO_LISTEN")]
    pub(crate) listen: Option<SocketAddr>,
    /// The directory that holds all state.
    #[arg(long, value_name = "DIR", env = "COMPASSO_DATA")]
    pub(crate) data: Option<PathBuf>,
    /// The database of PostgreSQL that keeps executions, `postgres://user@host/name`; without it a file
    /// in the data directory does.
    #[arg(long, value_name = "URL", env = "COMPASSO_STORE", hide_env_values = true)]
    pub(crate) store: Option<String>,
    /// Where the other nodes of a cluster reach this one, `host:port`.
    #[arg(long, value_name = "HOST:PORT", env = "COMPASSO_ADVERTISE")]
    pub(crate) advertise: Option<String>,
    /// Whose limits hold: `aws-strict` has all of Amazon's, those of the rate of calls as well.
    #[arg(long, value_name = "PROFILE", env = "COMPASSO_PROFILE")]
    pub(crate) profile: Option<Profile>,
    /// The mock file with test cases, as Step Functions Local has it: an execution of ARN#CASE is
    /// one of the test case.
    #[arg(long, value_name = "FILE", env = "SFN_MOCK_CONFIG")]
    pub(crate) mocks: Option<PathBuf>,
}

/// A server, and the directory whose definitions and pipelines it loads.
#[derive(Args, Debug)]
pub(crate) struct Dev {
    /// The directory.
    #[arg(default_value = ".")]
    pub(crate) directory: PathBuf,
    /// A file or directory below it that is left out; may be given again.
    #[arg(long, value_name = "PATH")]
    pub(crate) exclude: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) serve: Serve,
}
