//! What can be set.

use std::fmt;

use compasso_types::limits::REQUEST_BYTES_MAX;

use crate::MetricsText;

/// Settings of the edges. The default lets everybody in, which is right only on loopback.
#[derive(Clone, Debug)]
pub struct ApiSettings {
    /// Keys that requests must be signed with; `None` lets everybody in.
    pub credentials: Option<Vec<AccessKey>>,
    /// A token that lets its bearer read logs, beside the keys.
    pub bearer_token: Option<String>,
    /// Largest body of a request, bytes.
    pub request_bytes_max: usize,
    /// Whether calls are refused that come faster than Amazon takes them.
    pub throttled: bool,
    /// Whether executions can be copied, which AWS does not do.
    pub copies: bool,
    /// What `GET /metrics` answers, if it does.
    pub metrics: Option<MetricsText>,
}

impl Default for ApiSettings {
    fn default() -> Self {
        Self {
            credentials: None,
            bearer_token: None,
            request_bytes_max: REQUEST_BYTES_MAX,
            throttled: false,
            copies: false,
            metrics: None,
        }
    }
}

/// An access key.
#[derive(Clone)]
pub struct AccessKey {
    /// Its public part.
    pub id: String,
    /// Its secret part.
    pub secret: String,
    /// The account it belongs to, twelve digits.
    pub account: String,
}

impl fmt::Debug for AccessKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AccessKey")
            .field("id", &self.id)
            .field("account", &self.account)
            .finish_non_exhaustive()
    }
}
