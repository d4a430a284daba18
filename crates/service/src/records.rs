//! What the service stores, as JSON documents.

use std::collections::BTreeMap;
use std::sync::Arc;

use compasso_runtime::{HistoryLog, LogLevel};
use compasso_types::Timestamp;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::objects::only_objects;

/// A kind of document.
pub(crate) trait Record: Serialize + DeserializeOwned + Send + Sync + 'static {
    /// The kind's name in the store.
    const KIND: &'static str;
}

/// A state machine; its key is its ARN.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Machine {
    pub(crate) name: Arc<str>,
    #[serde(rename = "type")]
    pub(crate) kind: MachineType,
    pub(crate) created: Timestamp,
    /// Completes the key of the present [`Revision`].
    pub(crate) revision: Arc<str>,
    /// As they are now.
    #[serde(flatten)]
    pub(crate) settings: Settings,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) tags: Vec<Tag>,
    /// Tells its executions from those of an earlier state machine of the same name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) incarnation: Option<Arc<str>>,
    /// It goes once its executions have ended.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) deleting: bool,
    /// Whether its first revision was published when it was created, and as what.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) published: Option<Published>,
    /// Set while a pipeline is paused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) paused: Option<Paused>,
    /// What executions are searched by: names with paths into their inputs.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) search_attributes: BTreeMap<Arc<str>, Arc<str>>,
    /// The labels of the present version of a pipeline.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) labels: BTreeMap<Arc<str>, Arc<str>>,
}

/// That no trigger starts a pipeline.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Paused {
    /// Since when.
    pub at: Timestamp,
    /// Who paused it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<Arc<str>>,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<Arc<str>>,
    /// Whether tasks of active runs are not dispatched either.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub hold: bool,
    /// When it goes on by itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
}

impl Paused {
    /// Tells it to people.
    pub(crate) fn told(&self) -> String {
        let by = self.by.as_deref().map(|by| format!(" by {by}")).unwrap_or_default();
        let why = self.reason.as_deref().map(|why| format!(": {why}")).unwrap_or_default();
        format!("The pipeline is paused since {}{by}{why}", self.at)
    }
}

/// How executions are logged, traced and encrypted.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Settings {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) logging: Option<LoggingConfiguration>,
    #[serde(default)]
    pub(crate) tracing: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) encryption: Option<EncryptionConfiguration>,
}

impl Settings {
    pub(crate) fn logging(&self) -> LoggingConfiguration {
        self.logging.clone().unwrap_or_default()
    }

    pub(crate) fn tracing(&self) -> TracingConfiguration {
        TracingConfiguration { enabled: self.tracing }
    }

    pub(crate) fn encryption(&self) -> EncryptionConfiguration {
        self.encryption.clone().unwrap_or_default()
    }

    /// Says whether `other` comes to the same: what is absent is as AWS has it by default.
    pub(crate) fn is_like(&self, other: &Self) -> bool {
        self.logging() == other.logging()
            && self.tracing == other.tracing
            && self.encryption() == other.encryption()
    }
}

/// A publication asked for with a creation.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Published {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) description: Option<Arc<str>>,
}

impl Record for Machine {
    const KIND: &'static str = "machine";
}

/// What a state machine did at some time; never changed. Its key is `{machine ARN}#{revision}`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Revision {
    pub(crate) definition: Arc<str>,
    pub(crate) role: Arc<str>,
    #[serde(rename = "type")]
    pub(crate) kind: MachineType,
    pub(crate) created: Timestamp,
    /// As the API names it; the first revision of a state machine has no name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) id: Option<Arc<str>>,
    /// Absent in revisions that an older release stored.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) settings: Option<Settings>,
}

impl Record for Revision {
    const KIND: &'static str = "definition";
}

/// A workflow that is gone, while its revisions are kept for its executions; the key is their listing.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Deleted {
    /// Its ARN.
    pub(crate) workflow: Arc<str>,
    /// When it went.
    pub(crate) at: Timestamp,
}

impl Record for Deleted {
    const KIND: &'static str = "deleted-workflow";
}

/// An activity; its key is its ARN.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Activity {
    pub(crate) name: Arc<str>,
    pub(crate) created: Timestamp,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) tags: Vec<Tag>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) encryption: Option<EncryptionConfiguration>,
}

impl Record for Activity {
    const KIND: &'static str = "activity";
}

/// A secret of this installation.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Secret {
    /// Base64.
    pub(crate) key: String,
}

impl Record for Secret {
    const KIND: &'static str = "secret";
}

/// The type of a state machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub(crate) enum MachineType {
    Standard,
    Express,
    /// A pipeline: its definition is YAML, its executions are runs.
    Pipeline,
}

impl MachineType {
    pub(crate) const NAMES: [&'static str; 2] = ["STANDARD", "EXPRESS"];

    /// Reads a checked name; Standard if there is none.
    pub(crate) fn from_name(name: Option<&str>) -> Self {
        if name == Some("EXPRESS") { Self::Express } else { Self::Standard }
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Standard => "STANDARD",
            Self::Express => "EXPRESS",
            Self::Pipeline => "PIPELINE",
        }
    }
}

impl From<MachineType> for compasso_ir::ExecutionType {
    fn from(kind: MachineType) -> Self {
        match kind {
            MachineType::Standard | MachineType::Pipeline => Self::Standard,
            MachineType::Express => Self::Express,
        }
    }
}

/// Where the events of executions are logged.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(remote = "Self", rename_all = "camelCase")]
pub struct LoggingConfiguration {
    /// `ALL`, `ERROR`, `FATAL` or `OFF`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub level: Option<String>,
    /// Whether inputs and outputs are logged.
    #[serde(default)]
    pub include_execution_data: bool,
    /// Where to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub destinations: Option<Vec<LogDestination>>,
}

impl LoggingConfiguration {
    /// Returns what is to be logged of an execution, if anything is.
    pub(crate) fn order(&self) -> Option<HistoryLog> {
        let level = match self.level.as_deref()? {
            "ALL" => LogLevel::All,
            "ERROR" => LogLevel::Error,
            "FATAL" => LogLevel::Fatal,
            _ => return None,
        };
        let group = self.group()?.into();
        Some(HistoryLog { level, with_data: self.include_execution_data, group })
    }

    /// Returns the ARN of the log group.
    pub(crate) fn group(&self) -> Option<&str> {
        let group = self.destinations.as_deref()?.first()?.cloud_watch_logs_log_group.as_ref()?;
        group.log_group_arn.as_deref()
    }
}

impl Default for LoggingConfiguration {
    fn default() -> Self {
        Self { level: Some("OFF".into()), include_execution_data: false, destinations: None }
    }
}

/// A place for logs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(remote = "Self", rename_all = "camelCase")]
pub struct LogDestination {
    /// A log group.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cloud_watch_logs_log_group: Option<CloudWatchLogsLogGroup>,
}

/// A log group.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(remote = "Self", rename_all = "camelCase")]
pub struct CloudWatchLogsLogGroup {
    /// Its ARN.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub log_group_arn: Option<String>,
}

/// Whether executions are traced.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(remote = "Self")]
pub struct TracingConfiguration {
    /// Whether they are.
    #[serde(default)]
    pub enabled: bool,
}

/// How data is encrypted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(remote = "Self", rename_all = "camelCase")]
pub struct EncryptionConfiguration {
    /// `AWS_OWNED_KEY` or `CUSTOMER_MANAGED_KMS_KEY`.
    #[serde(rename = "type")]
    pub kind: String,
    /// The key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kms_key_id: Option<String>,
    /// How long data keys are used again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kms_data_key_reuse_period_seconds: Option<i64>,
}

impl Default for EncryptionConfiguration {
    fn default() -> Self {
        Self {
            kind: "AWS_OWNED_KEY".into(),
            kms_key_id: None,
            kms_data_key_reuse_period_seconds: None,
        }
    }
}

/// A tag of a resource.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(remote = "Self")]
pub struct Tag {
    /// Unique among the tags of a resource.
    #[serde(default)]
    pub key: String,
    /// Anything.
    #[serde(default)]
    pub value: String,
}

only_objects!(
    LoggingConfiguration,
    LogDestination,
    CloudWatchLogsLogGroup,
    TracingConfiguration,
    EncryptionConfiguration,
    Tag
);
