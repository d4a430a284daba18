//! `DescribeConnection`.

use compasso_types::Timestamp;
use serde::Serialize;

use super::{AuthParameters, NamedConnection, ResourceParameters, key};
use crate::dates::{seconds, seconds_if};
use crate::{Caller, Error, Service};

/// What `DescribeConnection` answers.
#[derive(Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
#[expect(missing_docs, reason = "the members are the API's")]
pub struct DescribedConnection {
    pub connection_arn: String,
    pub name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub invocation_connectivity_parameters: Option<ResourceParameters>,
    pub connection_state: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state_reason: Option<String>,
    pub authorization_type: &'static str,
    pub secret_arn: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kms_key_identifier: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub auth_parameters: Option<AuthParameters>,
    #[serde(serialize_with = "seconds")]
    pub creation_time: Timestamp,
    #[serde(serialize_with = "seconds")]
    pub last_modified_time: Timestamp,
    #[serde(serialize_with = "seconds_if", skip_serializing_if = "Option::is_none")]
    pub last_authorized_time: Option<Timestamp>,
}

impl Service {
    /// Describes a connection, without its secrets.
    ///
    /// # Errors
    /// There is no such connection.
    pub async fn describe_connection(
        &self,
        caller: &Caller,
        request: NamedConnection,
    ) -> Result<DescribedConnection, Error> {
        let name = request.checked()?;
        let key = key(caller, name);
        let record = self.connection(caller, name).await?.value;
        let associated = |resource: &ResourceParameters| resource.associated(&key, &record.id);
        let mut shown = record.shown.clone();
        if let Some(parameters) = &mut shown {
            let private = parameters.connectivity_parameters.as_ref().map(associated);
            parameters.connectivity_parameters = private;
        }
        Ok(DescribedConnection {
            connection_arn: record.arn(&key),
            name: record.name.clone(),
            description: record.description.clone(),
            invocation_connectivity_parameters: record.connectivity.as_ref().map(associated),
            connection_state: record.state.name(),
            state_reason: record.state_reason.clone(),
            authorization_type: record.authorization.name(),
            secret_arn: record.secret_arn(&key),
            kms_key_identifier: record.kms_key.clone(),
            auth_parameters: shown,
            creation_time: record.created,
            last_modified_time: record.modified,
            last_authorized_time: record.authorized,
        })
    }
}
