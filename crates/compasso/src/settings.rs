//! Settings: an option wins over the environment, the environment over `compasso.toml`.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use compasso_api::{AccessKey, ApiSettings};
use compasso_connectors::{AwsSettings, ConnectorsConfig, Secret};
use serde::Deserialize;

/// Where the server listens if nothing is said.
pub(crate) const DEFAULT_LISTEN: &str = "127.0.0.1:8400";
/// Where the server keeps its data if nothing is said.
pub(crate) const DEFAULT_DATA: &str = "data";
/// Name of the settings file.
const FILE_NAME: &str = "compasso.toml";
/// The account of keys that do not name one.
const DEFAULT_ACCOUNT: &str = "000000000000";

/// The file's content.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct File {
    /// Where the server listens.
    pub(crate) listen: Option<SocketAddr>,
    /// The data directory, relative to the file.
    pub(crate) data: Option<PathBuf>,
    /// The server that client commands talk to.
    pub(crate) endpoint: Option<String>,
    auth: Auth,
    functions: std::collections::BTreeMap<String, compasso_connectors::Function>,
    connections: std::collections::BTreeMap<String, compasso_connectors::Connection>,
    process: compasso_connectors::ProcessConfig,
    #[serde(skip)]
    directory: Option<PathBuf>,
}

/// `[auth]`
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Auth {
    /// A token for the log endpoint, beside the keys.
    token: Option<Secret>,
    /// `[[auth.keys]]`: access keys that requests must be signed with.
    keys: Vec<Key>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Key {
    id: String,
    secret: Secret,
    account: Option<String>,
}

impl File {
    /// Reads the file `named` by an option, or the first of the places that has one.
    pub(crate) fn load(named: Option<&Path>, places: &[&Path]) -> anyhow::Result<Self> {
        let candidates = places.iter().map(|place| place.join(FILE_NAME));
        let found = match named {
            Some(path) => Some(path.to_owned()),
            None => candidates.into_iter().find(|path| path.is_file()),
        };
        let Some(path) = found else { return Ok(Self::default()) };
        let text = std::fs::read_to_string(&path)
            .with_context(|| format!("{} cannot be read", path.display()))?;
        let mut file: Self = toml::from_str(&text)
            .with_context(|| format!("{} is not a settings file", path.display()))?;
        file.directory = std::path::absolute(&path)?.parent().map(Path::to_owned);
        Ok(file)
    }

    /// Returns the data directory the file names.
    pub(crate) fn data(&self) -> Option<PathBuf> {
        let data = self.data.as_ref()?;
        Some(self.directory.as_deref().unwrap_or(Path::new("")).join(data))
    }

    /// Returns what the HTTP edge needs to know.
    pub(crate) fn api(&self) -> anyhow::Result<ApiSettings> {
        let mut keys = Vec::with_capacity(self.auth.keys.len());
        for key in &self.auth.keys {
            let account = key.account.clone().unwrap_or_else(|| DEFAULT_ACCOUNT.to_owned());
            if account.len() != DEFAULT_ACCOUNT.len() || !account.bytes().all(|b| b.is_ascii_digit())
            {
                bail!("account of key {} must have twelve digits", key.id);
            }
            let secret = reveal(&key.secret)?;
            keys.push(AccessKey { id: key.id.clone(), secret, account });
        }
        let bearer_token = self.auth.token.as_ref().map(reveal).transpose()?;
        Ok(ApiSettings { credentials: (!keys.is_empty()).then_some(keys), bearer_token })
    }

    /// Returns what connectors need to know.
    pub(crate) fn connectors(&self, endpoint: Option<String>) -> ConnectorsConfig {
        ConnectorsConfig {
            functions: self.functions.clone(),
            connections: self.connections.clone(),
            process: self.process.clone(),
            directory: self.directory.clone(),
            endpoint,
            aws: AwsSettings::from_environment(|name| std::env::var(name).ok()),
        }
    }
}

fn reveal(secret: &Secret) -> anyhow::Result<String> {
    secret.reveal().map_err(anyhow::Error::msg)
}

/// Refuses an address that other machines can reach while everybody is let in.
pub(crate) fn check_exposure(listen: SocketAddr, api: &ApiSettings) -> anyhow::Result<()> {
    if listen.ip().is_loopback() || api.credentials.is_some() {
        return Ok(());
    }
    bail!(
        "{listen} can be reached from other machines, and whoever reaches the server can run \
         programs on this one: configure access keys ([[auth.keys]] in compasso.toml) or listen on \
         127.0.0.1"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_open_server_listens_on_loopback_only() {
        let open = ApiSettings::default();
        assert!(check_exposure("127.0.0.1:1".parse().unwrap(), &open).is_ok());
        assert!(check_exposure("[::1]:1".parse().unwrap(), &open).is_ok());
        let refused = check_exposure("0.0.0.0:8400".parse().unwrap(), &open).unwrap_err();
        assert!(refused.to_string().contains("[[auth.keys]]"), "{refused}");
    }

    #[test]
    fn keys_open_other_addresses() {
        let file: File = toml::from_str(
            r#"
            [[auth.keys]]
            id = "AKIA"
            secret = "s"
            "#,
        )
        .unwrap();
        assert!(check_exposure("0.0.0.0:8400".parse().unwrap(), &file.api().unwrap()).is_ok());
    }

    #[test]
    fn unknown_settings_are_refused() {
        assert!(toml::from_str::<File>("lisen = '127.0.0.1:1'").is_err());
    }
}
