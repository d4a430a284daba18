//! Connections as tasks use them.

use std::sync::Arc;

use super::key_prefix;
use super::record::ConnectionState;
use super::{AuthParameters, ConnectionRecord};
use crate::{Caller, Error, Service};

/// A connection that a task may use, with its secrets.
#[derive(Clone)]
pub struct UsableConnection {
    /// Names these parameters of this connection: it changes whenever they do.
    pub identity: Arc<str>,
    /// What it adds to a call.
    pub parameters: AuthParameters,
}

/// Why a task cannot use a connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ConnectionUnusable {
    /// There is none with this ARN.
    Unknown,
    /// It belongs to another account.
    AccessDenied,
    /// It is not authorized yet.
    AuthInProgress,
    /// It is not authorized.
    InvalidState {
        /// Its state, in AWS's words.
        state: &'static str,
        /// Why.
        reason: Option<String>,
    },
    /// It cannot be read.
    Internal(String),
}

impl UsableConnection {
    pub(super) fn of(record: &ConnectionRecord, key: &str, parameters: AuthParameters) -> Self {
        let identity = format!("{}#{}", record.arn(key), record.changes);
        Self { identity: identity.into(), parameters }
    }
}

impl Service {
    /// Takes note of the connections that the configuration has.
    pub fn name_connections(&self, names: impl Iterator<Item = Arc<str>>) {
        // A second time changes nothing.
        let _ = self.inner.connection_names.set(names.collect());
    }

    /// Says whether there is a connection of this name or ARN, kept or of the configuration.
    pub(crate) async fn knows_connection(
        &self,
        caller: &Caller,
        named: &str,
    ) -> Result<bool, Error> {
        let resource = named.split_once(":connection/").map(|(_, resource)| resource);
        let name = resource.unwrap_or(named).split('/').next().unwrap_or_default();
        if self.inner.connection_names.get().is_some_and(|names| names.contains(name)) {
            return Ok(true);
        }
        let key = match named.find(":connection/") {
            Some(at) => format!("{}:connection/{name}", &named[..at]),
            None => format!("{}{name}", key_prefix(caller)),
        };
        Ok(self.inner.connections.get(&self.runtime, &key).await?.is_some())
    }

    /// Returns the connection that a task of an execution of `account` names by its ARN, with or
    /// without the id that the connection was given when it was made.
    ///
    /// # Errors
    /// See [`ConnectionUnusable`].
    pub async fn usable_connection(
        &self,
        account: &str,
        arn: &str,
    ) -> Result<UsableConnection, ConnectionUnusable> {
        if arn.split(':').nth(4).is_some_and(|owner| owner != account) {
            return Err(ConnectionUnusable::AccessDenied);
        }
        // `arn:…:connection/NAME`, then `/ID`.
        let (key, id) = match arn.match_indices('/').nth(1) {
            Some((at, _)) => (&arn[..at], Some(&arn[at + 1..])),
            None => (arn, None),
        };
        let internal = |error: Error| ConnectionUnusable::Internal(error.to_string());
        let found = self.inner.connections.get(&self.runtime, key).await.map_err(internal)?;
        let record = found.filter(|stored| id.is_none_or(|id| stored.value.id == id));
        let record = record.ok_or(ConnectionUnusable::Unknown)?.value;
        match record.state {
            ConnectionState::Authorized => {
                let parameters = self.unseal(&record, key).map_err(internal)?;
                Ok(UsableConnection::of(&record, key, parameters))
            }
            ConnectionState::Authorizing => Err(ConnectionUnusable::AuthInProgress),
            state @ (ConnectionState::Deauthorizing
            | ConnectionState::Deauthorized
            | ConnectionState::Deleting) => Err(ConnectionUnusable::InvalidState {
                state: state.name(),
                reason: record.state_reason.clone(),
            }),
        }
    }
}
