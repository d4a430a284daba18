//! `UpdateConnection`.

use super::parameters::Demand;
use super::record::AuthorizationType;
use super::{AuthParameters, ChangedConnection, ConnectionSpecification, at, key};
use crate::shelf::put;
use crate::{Caller, Error, Service};

impl Service {
    /// Changes a connection. One with OAuth is authorized anew, in the background.
    ///
    /// # Errors
    /// The request is invalid, there is no such connection, or somebody else changed it meanwhile.
    pub async fn update_connection(
        &self,
        caller: &Caller,
        request: ConnectionSpecification,
    ) -> Result<ChangedConnection, Error> {
        request.check(Demand::Parts)?;
        let name = request.name.as_deref().unwrap_or_default();
        let key = key(caller, name);
        let stored = self.connection(caller, name).await?;
        let mut record = (*stored.value).clone();
        if let Some(kind) = &request.authorization_type {
            record.authorization = AuthorizationType::from_name(kind);
        }
        let update = request.auth_parameters.unwrap_or_default();
        // Without the key they were sealed with, only a whole set of new ones can help.
        let present = self.unseal(&record, &key).unwrap_or_else(|error| {
            tracing::warn!(connection = key, %error, "its parameters are replaced");
            AuthParameters::default()
        });
        let parameters = present.updated(update);
        let parameters = parameters.of_kind(record.authorization)?;
        record.description = request.description.or(record.description);
        let connectivity = request.invocation_connectivity_parameters;
        record.connectivity = connectivity.or(record.connectivity);
        record.kms_key = request.kms_key_identifier.or(record.kms_key);
        record.modified = self.now();
        self.seal(&mut record, &key, &parameters)?;
        self.change_connection(&key, put(&key, at(&stored), &record)).await?;
        self.authorize(&record, &key);
        Ok(ChangedConnection::of(&record, &key, record.state))
    }
}
