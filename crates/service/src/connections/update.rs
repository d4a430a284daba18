//! `UpdateConnection`.

use serde::Deserialize;

use super::create::{DESCRIPTION_CHARS_MAX, KMS_KEY_CHARS_MAX};
use super::parameters::Demand;
use super::record::AuthorizationType;
use super::{AuthParameters, ChangedConnection, ResourceParameters, at, key, name_bounds};
use crate::constraints::Constraints;
use crate::shelf::put;
use crate::{Caller, Error, Service};

/// What to change of a connection; absent members stay.
#[derive(Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
#[expect(missing_docs, reason = "the members are the API's")]
pub struct UpdateConnection {
    pub name: Option<String>,
    pub description: Option<String>,
    pub authorization_type: Option<String>,
    pub auth_parameters: Option<AuthParameters>,
    pub invocation_connectivity_parameters: Option<ResourceParameters>,
    pub kms_key_identifier: Option<String>,
}

impl Service {
    /// Changes a connection. One with OAuth is authorized anew, in the background.
    ///
    /// # Errors
    /// The request is invalid, there is no such connection, or somebody else changed it meanwhile.
    pub async fn update_connection(
        &self,
        caller: &Caller,
        request: UpdateConnection,
    ) -> Result<ChangedConnection, Error> {
        request.check()?;
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

impl UpdateConnection {
    fn check(&self) -> Result<(), Error> {
        let constraints = name_bounds(Constraints::default(), self.name.as_deref())
            .chars_if("description", self.description.as_deref(), 0..=DESCRIPTION_CHARS_MAX)
            .one_of(
                "authorizationType",
                self.authorization_type.as_deref(),
                &AuthorizationType::NAMES,
            );
        let constraints = match &self.auth_parameters {
            None => constraints,
            Some(parameters) => parameters.bounds(constraints, Demand::Parts),
        };
        let kms_key = self.kms_key_identifier.as_deref();
        constraints.chars_if("kmsKeyIdentifier", kms_key, 0..=KMS_KEY_CHARS_MAX).check()
    }
}
