//! What can be set about actions, as it stands in the configuration file.

use std::collections::BTreeMap;
use std::path::PathBuf;

use compasso_connectors::Secret;
use serde::Deserialize;

/// The settings of all actions. The members with a section of their own are read from the
/// configuration file; the others are known to the program that reads it.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct ActionsConfig {
    /// `[sql]`
    pub sql: SqlConfig,
    /// `[email]`
    pub email: Option<EmailConfig>,
    /// `[notify.NAME]`: where messages go.
    pub notify: BTreeMap<String, NotifyConfig>,
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

/// The SMTP server that mails are handed to.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EmailConfig {
    /// Its name.
    pub host: String,
    /// Its port; absent: the usual one of the encryption.
    pub port: Option<u16>,
    /// How the connection is made secure.
    #[serde(default)]
    pub encryption: Encryption,
    /// Who hands mails over.
    pub username: Option<String>,
    /// The password of that user.
    pub password: Option<Secret>,
    /// Who mails are from that do not say so.
    pub from: Option<String>,
}

/// How a connection to an SMTP server is made secure.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Encryption {
    /// It begins in the clear and is then made secure, or not used.
    #[default]
    Starttls,
    /// From the beginning.
    Tls,
    /// Not at all.
    None,
}

/// Where messages go.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NotifyConfig {
    /// The address, which most often is a secret in itself.
    pub url: Secret,
}

impl ActionsConfig {
    /// Returns what relative paths are relative to.
    pub(crate) fn base(&self) -> PathBuf {
        self.directory.clone().unwrap_or_else(|| PathBuf::from("."))
    }
}
