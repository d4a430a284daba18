//! Finding out whether a connection's client gets access tokens.

use std::sync::Arc;

use futures::future::BoxFuture;
use tokio::sync::Semaphore;
use tracing::{debug, warn};

use super::record::ConnectionState;
use super::vault::{CannotOpen, NONCE_BYTES};
use super::{AuthParameters, ConnectionRecord, UsableConnection, Vault, at};
use crate::shelf::{CHANGE_ATTEMPTS_MAX, Shelf, put};
use crate::{Error, Service};

/// Connections that are authorized at once.
const AUTHORIZATIONS_MAX: usize = 16;
/// Connections read at once after a start.
const PAGE: usize = 100;
/// Longest reason that is kept, characters.
const REASON_CHARS_MAX: usize = 512;
/// Most bytes of a connection's parameters, the size of a secret on AWS.
const PARAMETERS_BYTES_MAX: usize = 65_536;

/// Gets access tokens.
pub trait Authorizer: Send + Sync + 'static {
    /// Gets one for a connection; an error says why there is none, without secrets.
    fn authorize(&self, connection: UsableConnection) -> BoxFuture<'_, Result<(), String>>;
}

/// What keeping connections needs.
pub(crate) struct Keeper {
    vault: Vault,
    authorizer: Arc<dyn Authorizer>,
    permits: Arc<Semaphore>,
}

impl Keeper {
    pub(crate) fn new(vault: Vault, authorizer: Arc<dyn Authorizer>) -> Self {
        Self { vault, authorizer, permits: Arc::new(Semaphore::new(AUTHORIZATIONS_MAX)) }
    }
}

impl Service {
    /// Begins to keep connections: those that were not authorized yet are tried again.
    pub fn keep_connections(&self, vault: Vault, authorizer: Arc<dyn Authorizer>) {
        if self.inner.keeper.set(Keeper::new(vault, authorizer)).is_ok() {
            let service = self.clone();
            tokio::spawn(async move {
                if let Err(error) = service.authorize_again().await {
                    warn!(%error, "connections that wait to be authorized were not found");
                }
            });
        }
    }

    /// Seals what must not be read in the store for `context`, without which it does not open.
    ///
    /// # Errors
    /// This server keeps no secrets.
    pub(crate) fn seal_for(&self, context: &str, plain: &[u8]) -> Result<String, Error> {
        let mut nonce = [0; NONCE_BYTES];
        let random = [self.random(), self.random()].concat();
        nonce.copy_from_slice(&random[..NONCE_BYTES]);
        Ok(self.keeper()?.vault.seal(&nonce, context, plain))
    }

    /// Seals `plain` for `context` so that the same for the same `place` gives the same again.
    ///
    /// # Errors
    /// This server keeps no secrets.
    pub(crate) fn seal_alike(
        &self,
        place: &str,
        context: &str,
        plain: &[u8],
    ) -> Result<String, Error> {
        Ok(self.keeper()?.vault.seal_alike(place, context, plain))
    }

    /// Opens what was sealed for `context`.
    ///
    /// # Errors
    /// This server keeps no secrets; the inner one: it does not open.
    pub(crate) fn open_of(
        &self,
        context: &str,
        sealed: &str,
    ) -> Result<Result<Vec<u8>, CannotOpen>, Error> {
        Ok(self.keeper()?.vault.open(context, sealed))
    }

    /// Sets the parameters of a connection.
    pub(super) fn seal(
        &self,
        record: &mut ConnectionRecord,
        key: &str,
        parameters: &AuthParameters,
    ) -> Result<(), Error> {
        let plain = serde_json::to_vec(parameters).expect("parameters are plain data");
        if plain.len() > PARAMETERS_BYTES_MAX {
            return Err(Error::validation(format!(
                "The parameters of a connection can have {PARAMETERS_BYTES_MAX} bytes at most"
            )));
        }
        record.sealed = Some(self.seal_for(&record.seal_context(key), &plain)?);
        record.shown = Some(parameters.shown());
        record.state = record.authorization.first_state();
        record.state_reason = None;
        record.changes += 1;
        if record.state == ConnectionState::Authorized {
            record.authorized = Some(record.modified);
        }
        Ok(())
    }

    /// Returns the parameters of a connection.
    pub(super) fn unseal(
        &self,
        record: &ConnectionRecord,
        key: &str,
    ) -> Result<AuthParameters, Error> {
        let Some(sealed) = &record.sealed else { return Ok(AuthParameters::default()) };
        let context = record.seal_context(key);
        let cannot = |why: &dyn std::fmt::Display| {
            Error::Internal(format!("the connection {} cannot be opened: {why}", record.name))
        };
        let plain = self.keeper()?.vault.open(&context, sealed).map_err(|why| cannot(&why))?;
        serde_json::from_slice(&plain).map_err(|_| cannot(&"its parameters cannot be read"))
    }

    /// Has a connection authorized, if it is to be.
    pub(super) fn authorize(&self, record: &ConnectionRecord, key: &str) {
        if record.state != ConnectionState::Authorizing {
            return;
        }
        let (service, record, key) = (self.clone(), record.clone(), key.to_owned());
        tokio::spawn(async move {
            if let Err(error) = service.try_to_authorize(&record, &key).await {
                warn!(connection = key, %error, "a connection was not authorized");
            }
        });
    }

    async fn try_to_authorize(&self, record: &ConnectionRecord, key: &str) -> Result<(), Error> {
        let keeper = self.keeper()?;
        let _permit = keeper.permits.acquire().await;
        let outcome = match self.unseal(record, key) {
            Ok(parameters) => {
                let connection = UsableConnection::of(record, key, parameters);
                keeper.authorizer.authorize(connection).await
            }
            Err(error) => Err(error.to_string()),
        };
        for _ in 0..CHANGE_ATTEMPTS_MAX {
            let found = self.inner.connections.get(&self.runtime, key).await?;
            let Some(stored) = found.filter(|stored| is_same(&stored.value, record)) else {
                debug!(connection = key, "the connection was changed before it was authorized");
                return Ok(());
            };
            let authorized = self.judged(&stored.value, &outcome);
            let written = put(key, at(&stored), &authorized);
            match self.change_connection(key, written).await {
                Err(Error::Overtaken { .. }) => {}
                end => return end,
            }
        }
        Err(Error::Overtaken { arn: key.to_owned() })
    }

    fn judged(&self, record: &ConnectionRecord, outcome: &Result<(), String>) -> ConnectionRecord {
        let mut record = record.clone();
        match outcome {
            Ok(()) => {
                record.state = ConnectionState::Authorized;
                record.authorized = Some(self.now());
            }
            Err(why) => {
                record.state = ConnectionState::Deauthorized;
                record.state_reason = Some(why.chars().take(REASON_CHARS_MAX).collect());
            }
        }
        record
    }

    async fn authorize_again(&self) -> Result<(), Error> {
        let mut after: Option<String> = None;
        loop {
            let page = Shelf::<ConnectionRecord>::list(&self.runtime, "", after.as_deref(), PAGE);
            let page = page.await?;
            for (key, record) in &page {
                self.authorize(record, key);
            }
            match page.last() {
                Some((last, _)) if page.len() == PAGE => after = Some(last.clone()),
                _ => return Ok(()),
            }
        }
    }
}

/// Returns whether `now` still has the parameters of `before` and waits to be authorized.
fn is_same(now: &ConnectionRecord, before: &ConnectionRecord) -> bool {
    now.id == before.id
        && now.changes == before.changes
        && now.state == ConnectionState::Authorizing
}
