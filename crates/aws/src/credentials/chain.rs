//! Finds out who calls: static keys, a web identity, a container's or a machine's role, and other
//! roles on top of these. Temporary keys are kept until shortly before they end.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use compasso_types::Timestamp;
use tokio::sync::Mutex;

use super::metadata::Metadata;
use super::roles::{AssumedRole, NotAssumed, assume, assume_by_web_identity};
use crate::{AwsClient, AwsSettings, Credentials, Endpoint};

/// How long before their end temporary keys are replaced.
const RENEWAL_MARGIN: Duration = Duration::from_secs(5 * 60);
/// How long it is remembered that nothing was found.
const ABSENCE: Duration = Duration::from_secs(60);
/// Roles that are remembered; the one that ends first is forgotten.
const ROLES_MAX: usize = 256;

/// Keys with the instant until which they are used.
#[derive(Clone, Debug)]
pub(crate) struct Temporary {
    pub(crate) credentials: Credentials,
    pub(crate) expires: Timestamp,
}

/// The sources of keys, and what they gave.
#[derive(Debug, Default)]
pub(crate) struct Chain {
    found: Mutex<Option<Found>>,
    roles: Mutex<BTreeMap<AssumedRole, Temporary>>,
}

#[derive(Debug)]
struct Found {
    credentials: Option<Credentials>,
    until: Timestamp,
}

impl Chain {
    /// Returns the keys that calls are signed with; `None` if there are none.
    pub(crate) async fn own(&self, client: &AwsClient, endpoint: &Endpoint) -> Option<Credentials> {
        let settings = &client.settings;
        if let Some(credentials) = &settings.credentials {
            return Some(credentials.clone());
        }
        // A stand-in takes any key: the network is asked for one only if that is set up.
        if *endpoint != Endpoint::Aws && !settings.names_a_source() {
            return Some(Credentials::stand_in());
        }
        let mut found = self.found.lock().await;
        if let Some(found) = &*found
            && now() < found.until
        {
            return found.credentials.clone();
        }
        let temporary = ask(settings, client).await;
        let until = match &temporary {
            Some(temporary) => renewal(temporary.expires),
            None => now().after(ABSENCE),
        };
        let credentials = temporary.map(|temporary| temporary.credentials);
        *found = Some(Found { credentials: credentials.clone(), until });
        credentials
    }

    /// Returns keys of another role.
    ///
    /// # Errors
    /// The role cannot be assumed.
    pub(crate) async fn of_role(
        &self,
        client: &AwsClient,
        role: AssumedRole,
        session: &str,
    ) -> Result<Credentials, NotAssumed> {
        if let Some(known) = self.roles.lock().await.get(&role)
            && now() < renewal(known.expires)
        {
            return Ok(known.credentials.clone());
        }
        let temporary = assume(client, &role, session).await?;
        let mut roles = self.roles.lock().await;
        if roles.len() >= ROLES_MAX
            && let Some(first) = roles.iter().min_by_key(|(_, known)| known.expires)
        {
            let first = first.0.clone();
            roles.remove(&first);
        }
        roles.insert(role, temporary.clone());
        Ok(temporary.credentials)
    }
}

async fn ask(settings: &Arc<AwsSettings>, client: &AwsClient) -> Option<Temporary> {
    if let Some(identity) = settings.web_identity() {
        return assume_by_web_identity(client, &identity).await.ok();
    }
    let metadata = Metadata { environment: &settings.environment, http: &client.http };
    match metadata.of_container().await {
        Some(temporary) => Some(temporary),
        None if settings.asks_machine => metadata.of_machine().await,
        None => None,
    }
}

fn renewal(expires: Timestamp) -> Timestamp {
    let margin = i64::try_from(RENEWAL_MARGIN.as_millis()).unwrap_or(i64::MAX);
    Timestamp(expires.0.saturating_sub(margin))
}

fn now() -> Timestamp {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    let millis = since.unwrap_or_default().as_millis();
    Timestamp(i64::try_from(millis).unwrap_or(i64::MAX))
}
