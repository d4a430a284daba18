//! `DeleteConnection`.

use super::record::ConnectionState;
use super::{ChangedConnection, ConnectionRecord, NamedConnection, key};
use crate::shelf::delete;
use crate::{Caller, Error, Service};

impl Service {
    /// Deletes a connection and its secrets.
    ///
    /// # Errors
    /// There is no such connection.
    pub async fn delete_connection(
        &self,
        caller: &Caller,
        request: NamedConnection,
    ) -> Result<ChangedConnection, Error> {
        let name = request.checked()?;
        let key = key(caller, name);
        let stored = self.connection(caller, name).await?;
        self.change_connection(&key, delete::<ConnectionRecord>(&key)).await?;
        Ok(ChangedConnection::of(&stored.value, &key, ConnectionState::Deleting))
    }
}
