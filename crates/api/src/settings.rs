//! What can be set.

use std::fmt;

use compasso_service::Role;
use compasso_types::limits::REQUEST_BYTES_MAX;

use crate::{MetricsText, NodeList};

/// Settings of the edges. The default lets everybody in while there is no token, which is right only on loopback.
#[derive(Clone, Debug)]
pub struct ApiSettings {
    /// Keys that requests must be signed with; `None` lets everybody in while there is no token, unless it is
    /// `closed`.
    pub credentials: Option<Vec<AccessKey>>,
    /// Whether nobody is let in who is not known, whatever there is of keys and tokens: other machines reach it.
    pub closed: bool,
    /// What calls of the server to itself are signed with while there are no keys, by the number of the account
    /// as the key's id; they may do what authors may.
    pub own_secret: Option<String>,
    /// A token that lets its bearer read logs, beside the keys.
    pub bearer_token: Option<String>,
    /// A token that lets its bearer work: take tasks and report their ends, beside the keys.
    pub worker_token: Option<String>,
    /// Largest body of a request, bytes.
    pub request_bytes_max: usize,
    /// Whether calls are refused that come faster than Amazon takes them.
    pub throttled: bool,
    /// What the server does that AWS does not do.
    pub beyond_aws: BeyondAws,
    /// What `GET /metrics` answers, if it does.
    pub metrics: Option<MetricsText>,
    /// The nodes that `GET /api/v1/nodes` lists; absent: the server has no others beside it.
    pub nodes: Option<NodeList>,
}

impl Default for ApiSettings {
    fn default() -> Self {
        Self {
            credentials: None,
            closed: false,
            own_secret: None,
            bearer_token: None,
            worker_token: None,
            request_bytes_max: REQUEST_BYTES_MAX,
            throttled: false,
            beyond_aws: BeyondAws::default(),
            metrics: None,
            nodes: None,
        }
    }
}

/// What AWS does not have; all of it is off by default.
#[derive(Clone, Copy, Debug, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of its own")]
pub struct BeyondAws {
    /// Whether executions can be copied.
    pub copies: bool,
    /// Whether signals can be sent to executions.
    pub signals: bool,
    /// Whether executions can be searched.
    pub search: bool,
    /// Whether schedules start executions.
    pub schedules: bool,
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
    /// What people call who holds it; otherwise its public part.
    pub name: Option<String>,
    /// What its holder belongs to.
    pub groups: Vec<String>,
    /// What its holder may do.
    pub role: Role,
    /// Whether its holder may change what all accounts share.
    pub operator: bool,
}

impl fmt::Debug for AccessKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AccessKey")
            .field("id", &self.id)
            .field("account", &self.account)
            .finish_non_exhaustive()
    }
}
