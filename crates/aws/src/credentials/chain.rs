//! Finds out who calls: keys of the source that is set up, or of a container's or a machine's role,
//! and other roles on top of these. Temporary keys are kept until shortly before they end.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use compasso_types::{Json, Timestamp};
use tokio::sync::Mutex;

use super::metadata::Metadata;
use super::process;
use super::roles::{AssumedRole, NotAssumed, assume, assume_by_web_identity, assume_of_profile};
use super::source::Source;
use crate::{AwsClient, AwsSettings, Credentials, Endpoint};

/// How long before their end temporary keys are replaced.
const RENEWAL_MARGIN: Duration = Duration::from_secs(5 * 60);
/// How long it is remembered that nothing was found, or that keys were not renewed.
const ABSENCE: Duration = Duration::from_secs(60);
/// Roles that are remembered; the one that ends first is forgotten.
const ROLES_MAX: usize = 256;

/// The end of keys that do not end.
pub(super) const NEVER: Timestamp = Timestamp(i64::MAX);

/// Keys with the instant until which they are used.
#[derive(Clone, Debug)]
pub(crate) struct Temporary {
    pub(crate) credentials: Credentials,
    pub(crate) expires: Timestamp,
}

impl Temporary {
    /// Reads the keys that a service gave; `expires` reads its way to write an instant.
    pub(crate) fn read(given: &Json, expires: fn(&Json) -> Option<Timestamp>) -> Option<Self> {
        let text = |name: &str| given.get(name)?.as_str().map(str::to_owned);
        Some(Self {
            credentials: Credentials {
                access_key_id: text("AccessKeyId")?,
                secret_access_key: text("SecretAccessKey")?,
                session_token: text("SessionToken"),
            },
            expires: expires(given.get("Expiration")?)?,
        })
    }
}

/// The sources of keys, and what they gave.
#[derive(Debug, Default)]
pub(crate) struct Chain {
    found: Mutex<Option<Found>>,
    roles: Mutex<BTreeMap<AssumedRole, Temporary>>,
}

/// What the sources gave, or that they gave nothing.
#[derive(Debug)]
struct Found {
    keys: Option<Temporary>,
    /// When they are asked again.
    until: Timestamp,
}

impl Found {
    /// Puts what was given now in the place of `before`, whose keys are used to their end if there
    /// are no others.
    fn renewed(before: Option<Self>, given: Option<Temporary>, now: Timestamp) -> Self {
        if let Some(keys) = given {
            return Self { until: renewal(keys.expires), keys: Some(keys) };
        }
        let keys = before.and_then(|before| before.keys).filter(|keys| now < keys.expires);
        let soon = now.after(ABSENCE);
        let until = keys.as_ref().map_or(soon, |keys| soon.min(keys.expires));
        Self { keys, until }
    }

    fn credentials(&self) -> Option<Credentials> {
        self.keys.as_ref().map(|keys| keys.credentials.clone())
    }
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
            return found.credentials();
        }
        let given = ask(settings, client).await;
        let renewed = Found::renewed(found.take(), given, now());
        found.insert(renewed).credentials()
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
        let known = self.roles.lock().await.get(&role).cloned();
        let known = known.filter(|known| now() < known.expires);
        if let Some(known) = &known
            && now() < renewal(known.expires)
        {
            return Ok(known.credentials.clone());
        }
        let temporary = match (assume(client, &role, session).await, known) {
            (Ok(temporary), _) => temporary,
            (Err(_), Some(known)) => return Ok(known.credentials),
            (Err(why), None) => return Err(why),
        };
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
    let source = settings.source.as_ref().unwrap_or(&Source::Surroundings);
    let given = keys_of(source, client).await;
    given.inspect_err(|why| tracing::warn!(why, "there are no keys for calls of AWS")).ok()
}

/// Returns the keys that a source gives; the error says why it gives none.
async fn keys_of(source: &Source, client: &AwsClient) -> Result<Temporary, String> {
    match source {
        Source::Keys(keys) => Ok(Temporary { credentials: keys.clone(), expires: NEVER }),
        Source::Role(role) => {
            // Boxed: one source may stand behind another.
            let from = Box::pin(keys_of(&role.from, client)).await?;
            let client = client.calling_with(from.credentials);
            let assumed = assume_of_profile(&client, role).await;
            assumed.map_err(|why| format!("the role {} cannot be assumed: {why}", role.arn))
        }
        Source::WebIdentity(identity) => {
            let assumed = assume_by_web_identity(client, identity).await;
            assumed.map_err(|why| format!("the role {} cannot be assumed: {why}", identity.role))
        }
        Source::SignOn(sign_on) => sign_on.keys(client).await,
        Source::Process(command) => process::keys(command).await,
        Source::Surroundings => of_surroundings(client).await.ok_or_else(|| {
            "nothing is set up, and neither a container nor a machine gives any".to_owned()
        }),
        Source::Broken(why) => Err(why.clone()),
    }
}

async fn of_surroundings(client: &AwsClient) -> Option<Temporary> {
    let settings = &client.settings;
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

pub(super) fn now() -> Timestamp {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    let millis = since.unwrap_or_default().as_millis();
    Timestamp(i64::try_from(millis).unwrap_or(i64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_that_are_not_renewed_are_used_to_their_end() {
        let minutes = |minutes: i64| Timestamp(minutes * 60_000);
        let keys = Temporary { credentials: Credentials::stand_in(), expires: minutes(60) };
        let found = Found::renewed(None, Some(keys), minutes(0));
        assert_eq!(found.until, minutes(55));
        let found = Found::renewed(Some(found), None, minutes(55));
        assert_eq!(
            (found.credentials(), found.until),
            (Some(Credentials::stand_in()), minutes(56))
        );
        let found = Found::renewed(Some(found), None, Timestamp(minutes(60).0 - 1));
        assert_eq!(
            (found.credentials(), found.until),
            (Some(Credentials::stand_in()), minutes(60))
        );
        let found = Found::renewed(Some(found), None, minutes(60));
        assert_eq!((found.credentials(), found.until), (None, minutes(61)));
    }
}
