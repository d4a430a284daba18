//! Connections: who HTTP tasks say they are, with the words and the shapes of the EventBridge API.
//!
//! **Invariant:** secrets are stored only sealed, and leave only towards the task that uses them:
//! no answer, no log and no message holds one. The one exception is a `TestState` that asks for it
//! by `revealSecrets`: its answer shows the request as it was sent. Start with `record` and `parameters`.

mod authorize;
mod create;
mod deauthorize;
mod delete;
mod describe;
mod list;
mod parameters;
mod record;
mod specification;
mod update;
mod usable;
mod uses;
mod vault;

use compasso_store::{DocumentChange, Expected};
use compasso_types::Timestamp;
use serde::{Deserialize, Serialize};

pub use authorize::Authorizer;
pub(crate) use authorize::Keeper;
pub use describe::DescribedConnection;
pub use list::{ConnectionItem, ConnectionPage, ConnectionView, ConnectionViews, ListConnections};
pub use parameters::{
    ApiKeyParameters, AuthParameters, BasicParameters, ClientParameters, HttpParameter,
    HttpParameters, OAuthParameters, ResourceConfiguration, ResourceParameters,
};
pub(crate) use record::ConnectionRecord;
pub use specification::ConnectionSpecification;
pub use usable::{ConnectionUnusable, UsableConnection};
pub use uses::{ConnectionUse, ConnectionUses};
pub use vault::Vault;

use self::record::ConnectionState;
use crate::constraints::Constraints;
use crate::dates::{seconds, seconds_if};
use crate::shelf::{Change, Shelf, Stored};
use crate::{Caller, Error, Service};

const NAME_CHARS_MAX: usize = 64;
const NAME_PATTERN: &str = r"[\.\-_A-Za-z0-9]+";

/// Names a connection of the caller.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
#[expect(missing_docs, reason = "the members are the API's")]
pub struct NamedConnection {
    pub name: Option<String>,
}

/// What the actions that change a connection answer.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
#[expect(missing_docs, reason = "the members are the API's")]
pub struct ChangedConnection {
    pub connection_arn: String,
    pub connection_state: &'static str,
    #[serde(serialize_with = "seconds")]
    pub creation_time: Timestamp,
    #[serde(serialize_with = "seconds")]
    pub last_modified_time: Timestamp,
    #[serde(serialize_with = "seconds_if", skip_serializing_if = "Option::is_none")]
    pub last_authorized_time: Option<Timestamp>,
}

impl NamedConnection {
    /// Returns the name, checked.
    fn checked(&self) -> Result<&str, Error> {
        name_bounds(Constraints::default(), self.name.as_deref()).check()?;
        Ok(self.name.as_deref().unwrap_or_default())
    }
}

impl ChangedConnection {
    fn of(record: &ConnectionRecord, key: &str, state: ConnectionState) -> Self {
        Self {
            connection_arn: record.arn(key),
            connection_state: state.name(),
            creation_time: record.created,
            last_modified_time: record.modified,
            last_authorized_time: record.authorized,
        }
    }
}

impl Service {
    /// Returns the keeper of connections, if this server has one.
    pub(crate) fn keeper(&self) -> Result<&Keeper, Error> {
        let missing = || Error::Unavailable("this server keeps no connections".into());
        self.inner.keeper.get().ok_or_else(missing)
    }

    async fn connection(
        &self,
        caller: &Caller,
        name: &str,
    ) -> Result<Stored<ConnectionRecord>, Error> {
        let found = self.inner.connections.get(&self.runtime, &key(caller, name)).await?;
        found.ok_or_else(|| Error::ConnectionDoesNotExist { name: name.to_owned() })
    }

    async fn change_connection(&self, key: &str, change: DocumentChange) -> Result<(), Error> {
        match self.change(key, vec![change]).await? {
            Change::Done => Ok(()),
            Change::Overtaken => Err(Error::Overtaken { arn: key.to_owned() }),
        }
    }
}

/// Makes the shelf of connections: with what they hold, they are few and small.
pub(crate) fn shelf() -> Shelf<ConnectionRecord> {
    Shelf::new(crate::cache::Bounds { count: 1_000, bytes: 8 * 1024 * 1024 })
}

/// Returns where a connection is stored: its ARN without the id that tells it from earlier ones.
fn key(caller: &Caller, name: &str) -> String {
    format!("{}{name}", key_prefix(caller))
}

fn key_prefix(caller: &Caller) -> String {
    format!("arn:aws:events:{}:{}:connection/", caller.region, caller.account)
}

fn at(stored: &Stored<ConnectionRecord>) -> Expected {
    Expected::Revision(stored.revision)
}

/// Adds the bounds of a required name.
fn name_bounds(constraints: Constraints, name: Option<&str>) -> Constraints {
    let Some(name) = name else { return constraints.missing("name") };
    name_form(constraints.chars("name", name, 1..=NAME_CHARS_MAX), "name", name)
}

fn name_form(constraints: Constraints, member: &str, name: &str) -> Constraints {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || b".-_".contains(&byte);
    // An empty name is too short already.
    constraints.pattern(member, Some(name), name.bytes().all(fits), NAME_PATTERN)
}
