//! A connection as it is stored.

use compasso_types::Timestamp;
use serde::{Deserialize, Serialize};

use super::parameters::{AuthParameters, ResourceParameters};
use crate::records::Record;

/// A connection; its key is its ARN without the id.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct ConnectionRecord {
    pub(super) name: String,
    /// Tells it from an earlier connection of the same name.
    pub(super) id: String,
    /// Counts the changes of its parameters.
    pub(super) changes: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) description: Option<String>,
    pub(super) authorization: AuthorizationType,
    pub(super) state: ConnectionState,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) state_reason: Option<String>,
    /// The parameters without what is secret in them; none once it is deauthorized.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) shown: Option<AuthParameters>,
    /// All parameters, sealed; none once it is deauthorized.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) sealed: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) connectivity: Option<ResourceParameters>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) kms_key: Option<String>,
    pub(super) created: Timestamp,
    pub(super) modified: Timestamp,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) authorized: Option<Timestamp>,
}

impl Record for ConnectionRecord {
    const KIND: &'static str = "connection";
}

/// How a connection proves who calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(crate) enum AuthorizationType {
    Basic,
    OauthClientCredentials,
    ApiKey,
}

/// How far a connection is. Other states of AWS are passed through at once here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub(crate) enum ConnectionState {
    Authorizing,
    Authorized,
    Deauthorizing,
    Deauthorized,
    Deleting,
}

impl ConnectionRecord {
    /// Returns the ARN of the connection stored at `key`.
    pub(super) fn arn(&self, key: &str) -> String {
        format!("{key}/{}", self.id)
    }

    /// Returns what the sealed parameters belong to: sealed for one connection, they open for no
    /// other.
    pub(super) fn seal_context(&self, key: &str) -> String {
        self.arn(key)
    }

    /// Returns the ARN of the secret in which AWS would keep the parameters.
    pub(super) fn secret_arn(&self, key: &str) -> String {
        let place = key.replacen(":events:", ":secretsmanager:", 1);
        let place = place.replacen(":connection/", ":secret:events!connection/", 1);
        let suffix: String = self.id.chars().filter(char::is_ascii_alphanumeric).take(6).collect();
        format!("{place}/{}-{suffix}", self.id)
    }
}

impl AuthorizationType {
    pub(super) const NAMES: [&'static str; 3] = ["BASIC", "OAUTH_CLIENT_CREDENTIALS", "API_KEY"];

    /// Reads a checked name.
    pub(super) fn from_name(name: &str) -> Self {
        match name {
            "BASIC" => Self::Basic,
            "API_KEY" => Self::ApiKey,
            _ => Self::OauthClientCredentials,
        }
    }

    pub(super) fn name(self) -> &'static str {
        let [basic, oauth, api_key] = Self::NAMES;
        match self {
            Self::Basic => basic,
            Self::OauthClientCredentials => oauth,
            Self::ApiKey => api_key,
        }
    }

    /// Returns the state of a connection whose parameters were just set.
    pub(super) fn first_state(self) -> ConnectionState {
        match self {
            Self::OauthClientCredentials => ConnectionState::Authorizing,
            Self::Basic | Self::ApiKey => ConnectionState::Authorized,
        }
    }
}

impl ConnectionState {
    /// Every state that AWS has.
    pub(super) const NAMES: [&'static str; 9] = [
        "CREATING",
        "UPDATING",
        "DELETING",
        "AUTHORIZED",
        "DEAUTHORIZED",
        "AUTHORIZING",
        "DEAUTHORIZING",
        "ACTIVE",
        "FAILED_CONNECTIVITY",
    ];

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Authorizing => "AUTHORIZING",
            Self::Authorized => "AUTHORIZED",
            Self::Deauthorizing => "DEAUTHORIZING",
            Self::Deauthorized => "DEAUTHORIZED",
            Self::Deleting => "DELETING",
        }
    }
}
