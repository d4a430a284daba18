//! What can be set about actions, as it stands in the configuration file.

use std::path::PathBuf;

use serde::Deserialize;

/// The settings of all actions. The members with a section of their own are read from the
/// configuration file; the others are known to the program that reads it.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct ActionsConfig {
    /// `[sql]`
    pub sql: SqlConfig,
    /// What relative paths are relative to; absent: the server's own working directory.
    #[serde(skip)]
    pub directory: Option<PathBuf>,
    /// The server's data directory, in which no action touches anything.
    #[serde(skip)]
    pub data: Option<PathBuf>,
}

/// Where databases and scripts in files may be.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SqlConfig {
    /// Directories that files of SQLite may be in, or below; absent: all.
    pub directories: Option<Vec<PathBuf>>,
    /// The directory of the files that `script` names; absent: that of the settings file.
    pub scripts: Option<PathBuf>,
}

impl ActionsConfig {
    /// Returns what relative paths are relative to.
    pub(crate) fn base(&self) -> PathBuf {
        self.directory.clone().unwrap_or_else(|| PathBuf::from("."))
    }
}
