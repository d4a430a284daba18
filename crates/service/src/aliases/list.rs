//! `ListStateMachineAliases`.

use std::sync::Arc;

use compasso_types::Timestamp;
use serde::Serialize;

use crate::arns::{MachineArn, Qualifier, labelled};
use crate::dates::seconds;
use crate::publications::{Alias, ListPublications, qualified};
use crate::{Error, Service};

/// What `ListStateMachineAliases` answers.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the members are the API's")]
pub struct AliasPage {
    pub state_machine_aliases: Vec<AliasItem>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_token: Option<String>,
}

/// An alias in a listing.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the members are the API's")]
pub struct AliasItem {
    pub state_machine_alias_arn: Arc<str>,
    #[serde(serialize_with = "seconds")]
    pub creation_date: Timestamp,
}

impl Service {
    /// Lists the aliases of a state machine or of one of its versions, oldest first.
    ///
    /// # Errors
    /// The request is invalid, or there is no such state machine or version.
    pub async fn list_aliases(&self, request: ListPublications) -> Result<AliasPage, Error> {
        let text = &request.state_machine_arn;
        let (machine, version) = match request.check()? {
            MachineArn::Machine(arn) => (arn, None),
            MachineArn::Qualified { machine, qualifier: Qualifier::Version(number) } => {
                (machine, Some(number))
            }
            MachineArn::Qualified { .. } => {
                return Err(Error::AliasNotFound { arn: text.clone() });
            }
            MachineArn::Labelled { .. } => return Err(labelled()),
        };
        self.lasting_machine(&machine).await?;
        let (publications, _) = self.publications(&machine).await?;
        if version.is_some_and(|number| publications.version(number).is_none()) {
            return Err(Error::AliasNotFound { arn: text.clone() });
        }
        let refers = |alias: &&Alias| {
            version.is_none_or(|number| alias.routes.iter().any(|route| route.version == number))
        };
        let found = publications.aliases.iter().filter(refers);
        let listing = format!("aliases {text}");
        let (found, next_token) = self.page_of(found, &listing, &request, place).await?;
        let item = |alias: &Alias| AliasItem {
            state_machine_alias_arn: qualified(machine.as_str(), &alias.name),
            creation_date: alias.created,
        };
        Ok(AliasPage { state_machine_aliases: found.into_iter().map(item).collect(), next_token })
    }
}

/// Returns where an alias stands in listings, in the order of texts.
fn place(alias: &Alias) -> String {
    format!("{:020} {}", alias.created.0, alias.name)
}
