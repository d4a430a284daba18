//! `CreateConnection`.

use compasso_store::Expected;
use serde::Deserialize;

use super::parameters::Demand;
use super::record::AuthorizationType;
use super::{
    AuthParameters, ChangedConnection, ConnectionRecord, ResourceParameters, key, name_bounds,
};
use crate::constraints::Constraints;
use crate::shelf::put;
use crate::{Caller, Error, Service};

pub(super) const DESCRIPTION_CHARS_MAX: usize = 512;
pub(super) const KMS_KEY_CHARS_MAX: usize = 2048;

/// A connection to be.
#[derive(Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
#[expect(missing_docs, reason = "the members are the API's")]
pub struct CreateConnection {
    pub name: Option<String>,
    pub description: Option<String>,
    pub authorization_type: Option<String>,
    pub auth_parameters: Option<AuthParameters>,
    pub invocation_connectivity_parameters: Option<ResourceParameters>,
    pub kms_key_identifier: Option<String>,
}

impl Service {
    /// Creates a connection. One with OAuth is authorized in the background.
    ///
    /// # Errors
    /// The request is invalid, or there is a connection of this name.
    pub async fn create_connection(
        &self,
        caller: &Caller,
        request: CreateConnection,
    ) -> Result<ChangedConnection, Error> {
        request.check()?;
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

impl CreateConnection {
    fn check(&self) -> Result<(), Error> {
        let mut constraints = name_bounds(Constraints::default(), self.name.as_deref()).chars_if(
            "description",
            self.description.as_deref(),
            0..=DESCRIPTION_CHARS_MAX,
        );
        constraints = match self.authorization_type.as_deref() {
            None => constraints.missing("authorizationType"),
            kind => constraints.one_of("authorizationType", kind, &AuthorizationType::NAMES),
        };
        constraints = match &self.auth_parameters {
            None => constraints.missing("authParameters"),
            Some(parameters) => parameters.bounds(constraints, Demand::Whole),
        };
        let kms_key = self.kms_key_identifier.as_deref();
        constraints.chars_if("kmsKeyIdentifier", kms_key, 0..=KMS_KEY_CHARS_MAX).check()
    }
}
