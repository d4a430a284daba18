//! `ListStateMachineAliases`.

use std::sync::Arc;

use compasso_types::Timestamp;
use serde::{Deserialize, Serialize};

use crate::arns::{MachineArn, Qualifier, arn_length, labelled};
use crate::constraints::Constraints;
use crate::dates::seconds;
use crate::paging::{ask_for, page_bounds, page_items};
use crate::publications::{Alias, qualified};
use crate::{Error, Service};

/// Asks for a page of the aliases of a state machine or of a version.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the members are the API's")]
pub struct ListAliases {
    pub state_machine_arn: String,
    pub next_token: Option<String>,
    pub max_results: Option<i64>,
}

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
    pub async fn list_aliases(&self, request: ListAliases) -> Result<AliasPage, Error> {
        let token = request.next_token.as_deref();
        let text = &request.state_machine_arn;
        let constraints = arn_length(Constraints::default(), "stateMachineArn", text);
        page_bounds(constraints, request.max_results, token).check()?;
        let (machine, version) = match MachineArn::parse("stateMachineArn", text)? {
            MachineArn::Machine(arn) => (arn, None),
            MachineArn::Qualified { machine, qualifier: Qualifier::Version(number) } => {
                (machine, Some(number))
            }
            MachineArn::Qualified { .. } => {
                return Err(Error::AliasNotFound { arn: text.clone() });
            }
            MachineArn::Labelled { .. } => return Err(labelled()),
        };
        let listing = format!("aliases {text}");
        let after = self.position(&listing, token).await?;
        self.lasting_machine(&machine).await?;
        let (publications, _) = self.publications(&machine).await?;
        if version.is_some_and(|number| publications.version(number).is_none()) {
            return Err(Error::AliasNotFound { arn: text.clone() });
        }
        let refers = |alias: &&Alias| {
            version.is_none_or(|number| alias.routes.iter().any(|route| route.version == number))
        };
        let is_left = |alias: &&Alias| after.as_deref().is_none_or(|after| *after < *place(alias));
        let mut found: Vec<_> =
            publications.aliases.iter().filter(refers).filter(is_left).collect();
        found.sort_by_key(|alias| place(alias));
        let items = page_items(request.max_results);
        found.truncate(ask_for(items));
        let (found, next_token) = self.cut(found, items, &listing, |alias| place(alias)).await?;
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
