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
    /// A database of PostgreSQL that was restored with its own means: note that it was, so that tokens of
    /// tasks that are lost fit no others.
    #[arg(long, value_name = "URL", conflicts_with = "backup")]
    pub(crate) store: Option<String>,
}

/// A data directory to be looked at.
#[derive(Args, Debug)]
pub(crate) struct Fsck {
    /// The data directory of a server that does not run, or a backup; otherwise the data directory
    /// that the settings name.
    #[arg(env = "COMPASSO_DATA")]
    pub(crate) data: Option<PathBuf>,
}
