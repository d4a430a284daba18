//! Copies of data directories, and whether they are whole.

use std::path::PathBuf;

use clap::Args;

/// A copy to be made.
#[derive(Args, Debug)]
pub(crate) struct Backup {
    /// The directory that is made, with the copy in it.
    pub(crate) target: PathBuf,
    /// The data directory; otherwise the one that the settings name.
    #[arg(long, value_name = "DIR", env = "COMPASSO_DATA")]
    pub(crate) data: Option<PathBuf>,
    /// The database of PostgreSQL that keeps executions; otherwise what the settings name, if they do.
    #[arg(long, value_name = "URL", env = "COMPASSO_STORE", hide_env_values = true)]
    pub(crate) store: Option<String>,
    /// Put the key of the vault into the copy as well: whoever has both can read all secrets.
    #[arg(long)]
    pub(crate) with_vault_key: bool,
}

/// A copy to be put back.
#[derive(Args, Debug)]
pub(crate) struct Restore {
    /// What `compasso backup` made.
    #[arg(required_unless_present = "store")]
    pub(crate) backup: Option<PathBuf>,
    /// The data directory, in which no server has kept anything.
    #[arg(long, value_name = "DIR", env = "COMPASSO_DATA")]
    pub(crate) data: Option<PathBuf>,
    /// The database of PostgreSQL that is to keep executions, in which nothing is; otherwise what the
    /// settings name, if they do. Without a backup: one that was restored with its own means; it is noted
    /// that it was, so that tokens of tasks that are lost fit no others.
    #[arg(long, value_name = "URL")]
    pub(crate) store: Option<String>,
}

/// A data directory to be looked at.
#[derive(Args, Debug)]
pub(crate) struct Fsck {
    /// The data directory of a server that does not run, or a backup; otherwise the data directory
    /// that the settings name.
    #[arg(env = "COMPASSO_DATA")]
    pub(crate) data: Option<PathBuf>,
    /// The database of PostgreSQL that keeps executions, which servers may use meanwhile; otherwise what the
    /// settings name, if they do.
    #[arg(long, value_name = "URL", env = "COMPASSO_STORE", hide_env_values = true)]
    pub(crate) store: Option<String>,
}

/// Tables to be brought up to date.
#[derive(Args, Debug)]
pub(crate) struct Migrate {
    /// The data directory of a server that does not run; otherwise the one that the settings name.
    #[arg(long, value_name = "DIR", env = "COMPASSO_DATA")]
    pub(crate) data: Option<PathBuf>,
    /// The database of PostgreSQL that keeps executions, which servers may use meanwhile; otherwise what the
    /// settings name, if they do.
    #[arg(long, value_name = "URL", env = "COMPASSO_STORE", hide_env_values = true)]
    pub(crate) store: Option<String>,
}
