//! `DeauthorizeConnection`.

use super::record::ConnectionState;
use super::{ChangedConnection, NamedConnection, at, key};
use crate::shelf::put;
use crate::{Caller, Error, Service};

impl Service {
    /// Forgets the parameters of a connection; an update can bring new ones.
    ///
    /// # Errors
    /// There is no such connection, or somebody else changed it meanwhile.
    pub async fn deauthorize_connection(
        &self,
        caller: &Caller,
        request: NamedConnection,
    ) -> Result<ChangedConnection, Error> {
        let name = request.checked()?;
        let key = key(caller, name);
        let stored = self.connection(caller, name).await?;
        let mut record = (*stored.value).clone();
        record.state = ConnectionState::Deauthorized;
        record.state_reason = None;
        record.sealed = None;
        record.shown = None;
        record.changes += 1;
        record.modified = self.now();
        self.change_connection(&key, put(&key, at(&stored), &record)).await?;
        Ok(ChangedConnection::of(&record, &key, ConnectionState::Deauthorizing))
    }
}
