//! `UpdateStateMachineAlias`.

use std::sync::Arc;

use compasso_types::Timestamp;
use serde::{Deserialize, Serialize};

use super::RoutingConfiguration;
use super::routing::{Routes, routing_bounds};
use crate::arns::{alias, arn_length};
use crate::constraints::Constraints;
use crate::dates::seconds;
use crate::state_machines::configuration::{DESCRIPTION_CHARS_MAX, description_chars};
use crate::{Error, Reason, Service};

/// Changes of an alias; what is absent stays.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the members are the API's")]
pub struct UpdateAlias {
    pub state_machine_alias_arn: String,
    pub description: Option<Arc<str>>,
    pub routing_configuration: Option<Vec<RoutingConfiguration>>,
}

/// What `UpdateStateMachineAlias` answers.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the members are the API's")]
pub struct UpdatedAlias {
    #[serde(serialize_with = "seconds")]
    pub update_date: Timestamp,
}

impl Service {
    /// Changes an alias.
    ///
    /// # Errors
    /// The request is invalid, or there is no such alias or version.
    pub async fn update_alias(&self, request: UpdateAlias) -> Result<UpdatedAlias, Error> {
        request.check()?;
        let text = &request.state_machine_alias_arn;
        let (machine, name) = alias("stateMachineAliasArn", text)?;
        let routes = request.routing_configuration.as_deref().map(Routes::parse).transpose()?;
        if routes.as_ref().is_some_and(|routes| routes.machine != machine) {
            return Err(Error::routing(
                "Routing configuration must contain versions of the alias's state machine",
            ));
        }
        let now = self.now();
        let updated = self.edit_publications(&machine, |publications, _| {
            if let Some(routes) = &routes {
                routes.check(publications)?;
            }
            let found = publications.alias_mut(&name);
            let alias = found.ok_or_else(|| Error::AliasNotFound { arn: text.clone() })?;
            if let Some(routes) = &routes {
                alias.routes.clone_from(&routes.routes);
            }
            if let Some(description) = &request.description {
                alias.description = Some(description.clone());
            }
            alias.updated = now;
            Ok(UpdatedAlias { update_date: now })
        });
        updated.await.map_err(Error::without_machine)
    }
}

impl UpdateAlias {
    fn check(&self) -> Result<(), Error> {
        let constraints = arn_length(
            Constraints::default(),
            "stateMachineAliasArn",
            &self.state_machine_alias_arn,
        )
        .sensitive(
            "description",
            description_chars(self.description.as_deref()),
            0..=DESCRIPTION_CHARS_MAX,
        );
        match &self.routing_configuration {
            Some(routing) => routing_bounds(constraints, routing).check(),
            None => constraints.check(),
        }?;
        if self.description.is_none() && self.routing_configuration.is_none() {
            return Err(Error::Validation {
                message: "Either the description or the RoutingConfiguration must be specified"
                    .into(),
                reason: Some(Reason::MissingRequiredParameter),
            });
        }
        Ok(())
    }
}
