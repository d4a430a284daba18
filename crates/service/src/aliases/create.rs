//! `CreateStateMachineAlias`.

use std::sync::Arc;

use compasso_types::Timestamp;
use compasso_types::limits::NAME_CHARS_MAX;
use serde::{Deserialize, Serialize};

use super::RoutingConfiguration;
use super::routing::{Routes, routing_bounds};
use crate::constraints::Constraints;
use crate::dates::seconds;
use crate::publications::{Alias, qualified};
use crate::state_machines::configuration::{DESCRIPTION_CHARS_MAX, description_chars};
use crate::{Error, Service};

const NAME_PATTERN: &str = r"^(?=.*[a-zA-Z_\-\.])[a-zA-Z0-9_\-\.]+$";

/// An alias to be.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the members are the API's")]
pub struct CreateAlias {
    pub name: String,
    pub routing_configuration: Vec<RoutingConfiguration>,
    pub description: Option<Arc<str>>,
}

/// What `CreateStateMachineAlias` answers.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the members are the API's")]
pub struct CreatedAlias {
    pub state_machine_alias_arn: Arc<str>,
    #[serde(serialize_with = "seconds")]
    pub creation_date: Timestamp,
}

impl Service {
    /// Creates an alias; creating the same one again answers the same.
    ///
    /// # Errors
    /// The request is invalid, names versions that do not exist, or the name is taken.
    pub async fn create_alias(&self, request: CreateAlias) -> Result<CreatedAlias, Error> {
        request.check()?;
        let Routes { machine, routes } = Routes::parse(&request.routing_configuration)?;
        let now = self.now();
        let alias = Alias {
            name: request.name.as_str().into(),
            description: request.description,
            routes,
            created: now,
            updated: now,
        };
        let routes = Routes { machine, routes: alias.routes.clone() };
        let made = self.edit_publications(&routes.machine, |publications, _| {
            if let Some(present) = publications.alias(&alias.name) {
                return repeated(present, &alias);
            }
            routes.check(publications)?;
            publications.add_alias(alias.clone())?;
            Ok(alias.created)
        });
        let creation_date = made.await.map_err(Error::without_machine)?;
        let state_machine_alias_arn = qualified(routes.machine.as_str(), &alias.name);
        Ok(CreatedAlias { state_machine_alias_arn, creation_date })
    }
}

impl CreateAlias {
    fn check(&self) -> Result<(), Error> {
        let constraints = Constraints::default()
            .sensitive(
                "description",
                description_chars(self.description.as_deref()),
                0..=DESCRIPTION_CHARS_MAX,
            )
            .chars("name", &self.name, 1..=NAME_CHARS_MAX)
            .pattern("name", Some(&self.name), is_alias_name(&self.name), NAME_PATTERN);
        routing_bounds(constraints, &self.routing_configuration).check()
    }
}

/// Says whether a text has only letters, digits, `_`, `-` and `.`, and is no number.
fn is_alias_name(text: &str) -> bool {
    let is_allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
    text.chars().all(is_allowed) && text.chars().any(|c| !c.is_ascii_digit())
}

fn repeated(present: &Alias, asked: &Alias) -> Result<Timestamp, Error> {
    if present.routes == asked.routes && present.description == asked.description {
        return Ok(present.created);
    }
    Err(Error::Conflict(
        "Failed to create alias because an alias with the same name and a different routing \
         configuration already exists."
            .into(),
    ))
}
