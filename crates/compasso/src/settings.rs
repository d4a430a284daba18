//! Settings: an option wins over the environment, the environment over `compasso.toml`.

mod auth;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use compasso_api::{AccessKey, ApiSettings};
use compasso_aws::{AwsSettings, Credentials, Environment};
use compasso_connectors::{ConnectorsConfig, Secret};
use compasso_items::Stores;
use compasso_service::{Quotas, Retention, Vault};
use compasso_telemetry::{
    HistoryLogSettings, StatusEventSettings, TelemetrySettings, TraceSettings,
};
use serde::Deserialize;

pub(crate) use self::auth::{DEFAULT_ACCOUNT, check_way_in, is_account};

use self::auth::Auth;
use crate::built_in::WorkerSettings;
use crate::quotas::{Profile, QuotaSettings};
use crate::retention::RetentionSettings;
use crate::server::ARTIFACTS;
use crate::traces::Traces;
use crate::vault_key;
use crate::watermarks::AdmissionSettings;

/// Where the server listens if nothing is said.
const DEFAULT_LISTEN: &str = "127.0.0.1:8400";
/// Where the server keeps its data if nothing is said.
const DEFAULT_DATA: &str = "data";
/// Name of the settings file.
const FILE_NAME: &str = "compasso.toml";

/// The file's content.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct File {
    /// Where the server listens.
    listen: Option<SocketAddr>,
    /// The data directory, relative to the file.
    data: Option<PathBuf>,
    /// The database of PostgreSQL that keeps executions.
    store: Option<String>,
    /// Where the other nodes of a cluster reach this one.
    advertise: Option<String>,
    /// The directory of files that tasks leave for others, relative to the file.
    artifacts: Option<PathBuf>,
    /// Where people reach the server, if not where it listens.
    url: Option<String>,
    /// The server that client commands talk to.
    endpoint: Option<String>,
    /// The mock file, relative to the file.
    mocks: Option<PathBuf>,
    /// A directory of newer data of time zones, relative to the file.
    zones: Option<PathBuf>,
    /// Whose limits hold.
    profile: Option<Profile>,
    quotas: QuotaSettings,
    #[serde(rename = "beyond-aws")]
    beyond_aws: BeyondAws,
    auth: Auth,
    functions: std::collections::BTreeMap<String, compasso_connectors::Function>,
    connections: std::collections::BTreeMap<String, compasso_connectors::Connection>,
    process: compasso_connectors::ProcessConfig,
    /// The worker that the server has built in.
    pub(crate) worker: WorkerSettings,
    /// Pools by name, with their sizes.
    pub(crate) pools: compasso_dispatch::PoolSizes,
    sql: compasso_actions::SqlConfig,
    email: Option<compasso_actions::EmailConfig>,
    notify: std::collections::BTreeMap<String, compasso_actions::NotifyConfig>,
    files: Files,
    retention: RetentionSettings,
    pub(crate) traces: Traces,
    /// When new executions are refused.
    pub(crate) admission: AdmissionSettings,
    vault: VaultKey,
    #[serde(rename = "history-log")]
    history_log: HistoryLogSettings,
    #[serde(rename = "status-events")]
    status_events: StatusEventSettings,
    #[serde(skip)]
    directory: Option<PathBuf>,
}

/// `[files]`
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Files {
    /// Directories that distributed Maps may use, relative to the settings file; absent: all.
    directories: Option<Vec<PathBuf>>,
}

/// `[beyond-aws]`: what AWS does not have.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of its own")]
struct BeyondAws {
    /// Whether executions can be copied.
    copies: bool,
    /// Whether signals can be sent to executions.
    signals: bool,
    /// Whether executions can be searched.
    search: bool,
    /// Whether schedules start executions.
    schedules: bool,
}

impl BeyondAws {
    fn of_api(self) -> compasso_api::BeyondAws {
        let Self { copies, signals, search, schedules } = self;
        compasso_api::BeyondAws { copies, signals, search, schedules }
    }
}

/// `[vault]`: the key that seals what connections keep secret.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct VaultKey {
    /// The key itself, 32 bytes in base64.
    key: Option<Secret>,
    /// The file that holds it, relative to the settings file; made if it is not there.
    key_file: Option<PathBuf>,
}

/// Where a server alone keeps everything.
pub(crate) struct OwnData {
    /// The data directory.
    pub(crate) data: PathBuf,
    /// The directory of artifacts.
    pub(crate) artifacts: PathBuf,
    /// The address of the database that keeps executions, if it is not the file.
    pub(crate) store: Option<String>,
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

    /// Returns where a server listens; `option` stands for the environment as well.
    pub(crate) fn listen(&self, option: Option<SocketAddr>) -> SocketAddr {
        let default = || DEFAULT_LISTEN.parse().expect("the default address is an address");
        option.or(self.listen).unwrap_or_else(default)
    }

    /// Returns the address of the database, if there is one; `option` stands for the environment as well.
    pub(crate) fn store(&self, option: Option<String>) -> Option<String> {
        option.or_else(|| self.store.clone())
    }

    /// Returns the data directory; `option` stands for the environment as well.
    pub(crate) fn data(&self, option: Option<PathBuf>) -> PathBuf {
        let set = option.or_else(|| self.beside(self.data.as_deref()));
        set.unwrap_or_else(|| PathBuf::from(DEFAULT_DATA))
    }

    /// Returns where other nodes reach a server, if that is said; `option` stands for the environment as
    /// well.
    pub(crate) fn advertise(&self, option: Option<String>) -> Option<String> {
        option.or_else(|| self.advertise.clone())
    }

    /// Returns where people reach the server, if that is said.
    pub(crate) fn url(&self) -> Option<String> {
        self.url.clone()
    }

    /// Returns the directory of artifacts, if it is not in the data directory.
    pub(crate) fn artifacts(&self) -> Option<PathBuf> {
        self.beside(self.artifacts.as_deref())
    }

    /// Returns what a command that works on it without a server needs to know of what is kept, and where.
    pub(crate) fn own_data(
        named: Option<&Path>,
        option: Option<PathBuf>,
        store: Option<String>,
    ) -> anyhow::Result<OwnData> {
        let places: Vec<&Path> =
            [Some(Path::new("")), option.as_deref()].into_iter().flatten().collect();
        let file = Self::load(named, &places)?;
        let store = store.or_else(|| std::env::var("COMPASSO_STORE").ok());
        let (artifacts, store) = (file.artifacts(), file.store(store));
        let data = file.data(option);
        Ok(OwnData { artifacts: artifacts.unwrap_or_else(|| data.join(ARTIFACTS)), data, store })
    }

    /// Returns the mock file, if there is one; `option` stands for the environment as well.
    pub(crate) fn mocks(&self, option: Option<PathBuf>) -> Option<PathBuf> {
        option.or_else(|| self.beside(self.mocks.as_deref()))
    }

    /// Returns the directory of newer data of time zones, if there is one.
    pub(crate) fn zones(&self) -> Option<PathBuf> {
        self.beside(self.zones.as_deref())
    }

    /// Returns where a path leads that the file names.
    fn beside(&self, path: Option<&Path>) -> Option<PathBuf> {
        let directory = self.directory.as_deref().unwrap_or(Path::new(""));
        path.map(|path| directory.join(path))
    }

    /// Returns the server that client commands talk to; `option` stands for the environment as
    /// well. Without a word about it, it is the one that the file sets up.
    pub(crate) fn endpoint(&self, option: Option<String>) -> String {
        let reachable =
            |address: &SocketAddr| !address.ip().is_unspecified() && address.port() != 0;
        let served = || self.listen.filter(reachable).map(|address| format!("http://{address}"));
        let set = option.or_else(|| self.endpoint.clone()).or_else(served);
        set.unwrap_or_else(|| format!("http://{DEFAULT_LISTEN}"))
    }

    /// Returns whose limits hold and what they are; `option` stands for the environment as well.
    pub(crate) fn limits(&self, option: Option<Profile>) -> anyhow::Result<(Profile, Quotas)> {
        let profile = option.or(self.profile).unwrap_or_default();
        Ok((profile, self.quotas.of(profile)?))
    }

    /// Returns how long what has ended is kept.
    pub(crate) fn retention(&self) -> anyhow::Result<Retention> {
        self.retention.read()
    }

    /// Returns what the HTTP edge needs to know that listens there.
    pub(crate) fn api(&self, listen: SocketAddr) -> anyhow::Result<ApiSettings> {
        let keys = self.keys()?;
        let bearer_token = self.auth.token.as_ref().map(reveal).transpose()?;
        let worker_token = self.auth.worker_token.as_ref().map(reveal).transpose()?;
        let credentials = (!keys.is_empty()).then_some(keys);
        Ok(ApiSettings {
            credentials,
            bearer_token,
            worker_token,
            closed: !listen.ip().is_loopback(),
            beyond_aws: self.beyond_aws.of_api(),
            ..ApiSettings::default()
        })
    }

    /// Returns what seals the secrets of connections of a server with the data directory `data`.
    pub(crate) fn vault(&self, data: &Path) -> anyhow::Result<Vault> {
        match (&self.vault.key, &self.vault.key_file) {
            (Some(_), Some(_)) => bail!("[vault] has either a key or a key_file"),
            (Some(key), None) => vault_key::parse(&reveal(key)?),
            (None, Some(file)) => {
                let directory = self.directory.as_deref().unwrap_or(Path::new(""));
                vault_key::load_or_make(&directory.join(file))
            }
            (None, None) => vault_key::load_or_make(&data.join(vault_key::FILE_NAME)),
        }
    }

    /// Returns where distributed Maps find their files.
    pub(crate) fn stores(&self) -> Stores {
        let beside = |path: &PathBuf| self.beside(Some(path));
        match &self.files.directories {
            Some(allowed) => {
                Stores::new().with_directories(allowed.iter().filter_map(beside).collect())
            }
            None => Stores::new(),
        }
    }

    /// Returns what connectors need to know.
    pub(crate) fn connectors(&self, endpoint: Option<String>) -> anyhow::Result<ConnectorsConfig> {
        let mut aws = AwsSettings::from_environment(&Environment::of_process());
        let keys = self.keys()?;
        if !keys.is_empty() {
            aws = aws.with_own_keys(keys.into_iter().map(own_key).collect());
        }
        Ok(ConnectorsConfig {
            functions: self.functions.clone(),
            connections: self.connections.clone(),
            process: self.process.clone(),
            directory: self.directory.clone(),
            endpoint,
            aws,
        })
    }
}

impl File {
    /// Returns what actions need to know; `data` is the data directory of the server, if it has one.
    pub(crate) fn actions(&self, data: Option<PathBuf>) -> compasso_actions::ActionsConfig {
        compasso_actions::ActionsConfig {
            sql: self.sql.clone(),
            email: self.email.clone(),
            notify: self.notify.clone(),
            directory: self.directory.clone(),
            data,
        }
    }
}

/// Returns what this server signs calls of itself with in the account of a key.
fn own_key(AccessKey { id, secret, account, .. }: AccessKey) -> (String, Credentials) {
    let keys = Credentials { access_key_id: id, secret_access_key: secret, session_token: None };
    (account, keys)
}

impl File {
    /// Returns where telemetry of a server goes whose tasks are carried out as `connectors` says;
    /// `data` is the data directory.
    pub(crate) fn telemetry(
        &self,
        data: PathBuf,
        connectors: &ConnectorsConfig,
    ) -> TelemetrySettings {
        let (aws, endpoint) = (connectors.aws.clone(), connectors.endpoint.clone());
        let beside = |path: &PathBuf| self.directory.as_deref().unwrap_or(Path::new("")).join(path);
        let (mut history_log, mut status_events) =
            (self.history_log.clone(), self.status_events.clone());
        history_log.directory = history_log.directory.as_ref().map(beside);
        status_events.file = status_events.file.as_ref().map(beside);
        let traces = TraceSettings::default();
        TelemetrySettings { history_log, status_events, traces, directory: data, aws, endpoint }
    }
}

fn reveal(secret: &Secret) -> anyhow::Result<String> {
    secret.reveal().map_err(anyhow::Error::msg)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_server_on_loopback_lets_people_in_whom_it_does_not_know() {
        let api = |listen: &str| File::default().api(listen.parse().unwrap()).unwrap();
        assert!(!api("127.0.0.1:1").closed && !api("[::1]:1").closed);
        for listen in ["0.0.0.0:8400", "[::]:8400", "10.1.2.3:8400"] {
            assert!(api(listen).closed, "{listen}");
        }
    }

    #[test]
    fn an_option_wins_over_the_file_and_the_file_over_the_default() {
        let text = "listen = '127.0.0.1:1'\ndata = 'd'\nendpoint = 'http://one'";
        let (file, empty): (File, _) = (toml::from_str(text).unwrap(), File::default());
        let option: SocketAddr = "127.0.0.1:2".parse().unwrap();
        assert_eq!(file.listen(Some(option)), option);
        assert_eq!(file.listen(None).port(), 1);
        assert_eq!(empty.listen(None).to_string(), DEFAULT_LISTEN);
        assert_eq!(file.data(Some("o".into())), Path::new("o"));
        assert_eq!(file.data(None), Path::new("d"));
        assert_eq!(empty.data(None), Path::new(DEFAULT_DATA));
        assert_eq!(file.endpoint(Some("http://two".into())), "http://two");
        assert_eq!(file.endpoint(None), "http://one");
        assert_eq!(empty.endpoint(None), format!("http://{DEFAULT_LISTEN}"));
    }

    #[test]
    fn clients_talk_to_the_server_the_file_sets_up() {
        let file: File = toml::from_str("listen = '127.0.0.1:9000'").unwrap();
        assert_eq!(file.endpoint(None), "http://127.0.0.1:9000");
    }

    #[test]
    fn the_documented_settings_can_be_read() {
        let text = include_str!("../../../docs/configuration.md");
        let block = text.split("```toml").nth(1).and_then(|rest| rest.split("```").next());
        let file: File = toml::from_str(block.unwrap()).unwrap();
        assert_eq!(file.account_of("AKIAEXAMPLE"), Some("123456789012"));
    }

    #[test]
    fn unknown_settings_are_refused() {
        assert!(toml::from_str::<File>("lisen = '127.0.0.1:1'").is_err());
    }
}
