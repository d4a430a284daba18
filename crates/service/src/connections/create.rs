//! `CreateConnection`.

use compasso_store::Expected;

use super::parameters::Demand;
use super::record::AuthorizationType;
use super::{ChangedConnection, ConnectionRecord, ConnectionSpecification, key};
use crate::shelf::put;
use crate::{Caller, Error, Service};

impl Service {
    /// Creates a connection. One with OAuth is authorized in the background.
    ///
    /// # Errors
    /// The request is invalid, or there is a connection of this name.
    pub async fn create_connection(
        &self,
        caller: &Caller,
        request: ConnectionSpecification,
    ) -> Result<ChangedConnection, Error> {
        request.check(Demand::Whole)?;
        let name = request.name.unwrap_or_default();
        let key = key(caller, &name);
        let kind = request.authorization_type.as_deref().unwrap_or_default();
        let authorization = AuthorizationType::from_name(kind);
        let parameters = request.auth_parameters.unwrap_or_default().of_kind(authorization)?;
        let now = self.now();
        let mut record = ConnectionRecord {
            name,
            id: self.new_id(),
            changes: 0,
            description: request.description,
            authorization,
            state: authorization.first_state(),
            state_reason: None,
            shown: None,
            sealed: None,
            connectivity: request.invocation_connectivity_parameters,
            kms_key: request.kms_key_identifier,
            created: now,
            modified: now,
            authorized: None,
        };
        self.seal(&mut record, &key, &parameters)?;
        match self.change_connection(&key, put(&key, Expected::Absent, &record)).await {
            Err(Error::Overtaken { .. }) => {
                return Err(Error::ConnectionAlreadyExists { name: record.name });
            }
            end => end?,
        }
        self.authorize(&record, &key);
        let mut created = ChangedConnection::of(&record, &key, record.state);
        // The action's answer does not have it.
        created.last_authorized_time = None;
        Ok(created)
    }
}
