//! `DescribeStateMachineAlias`.

use std::sync::Arc;

use compasso_types::Timestamp;
use serde::{Deserialize, Serialize};

use super::RoutingConfiguration;
use super::routing::shown;
use crate::arns::alias;
use crate::dates::seconds;
use crate::{Error, Service};

/// Names an alias.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the members are the API's")]
pub struct DescribeAlias {
    pub state_machine_alias_arn: String,
}

/// What `DescribeStateMachineAlias` answers.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the members are the API's")]
pub struct DescribedAlias {
    pub state_machine_alias_arn: String,
    pub name: Arc<str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<Arc<str>>,
    pub routing_configuration: Vec<RoutingConfiguration>,
    #[serde(serialize_with = "seconds")]
    pub creation_date: Timestamp,
    #[serde(serialize_with = "seconds")]
    pub update_date: Timestamp,
}

impl Service {
    /// Describes an alias.
    ///
    /// # Errors
    /// There is no such alias.
    pub async fn describe_alias(&self, request: DescribeAlias) -> Result<DescribedAlias, Error> {
        let text = request.state_machine_alias_arn;
        let (machine, name) = alias("stateMachineAliasArn", &text)?;
        let missing = || Error::AliasNotFound { arn: text.clone() };
        self.machine_if_any(&machine).await?.ok_or_else(missing)?;
        let (publications, _) = self.publications(&machine).await?;
        let alias = publications.alias(&name).ok_or_else(missing)?;
        Ok(DescribedAlias {
            name: alias.name.clone(),
            description: alias.description.clone(),
            routing_configuration: shown(&machine, alias),
            creation_date: alias.created,
            update_date: alias.updated,
            state_machine_alias_arn: text,
        })
    }
}
