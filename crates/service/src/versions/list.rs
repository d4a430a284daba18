//! `ListStateMachineVersions`.

use std::sync::Arc;

use compasso_types::Timestamp;
use serde::{Deserialize, Serialize};

use crate::arns::{MachineArn, arn_length};
use crate::constraints::Constraints;
use crate::dates::seconds;
use crate::paging::{ask_for, page_bounds, page_items};
use crate::targets::version_arn;
use crate::{Error, Service};

/// Asks for a page of a state machine's versions.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the members are the API's")]
pub struct ListVersions {
    pub state_machine_arn: String,
    pub next_token: Option<String>,
    pub max_results: Option<i64>,
}

/// What `ListStateMachineVersions` answers.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the members are the API's")]
pub struct VersionPage {
    pub state_machine_versions: Vec<VersionItem>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_token: Option<String>,
}

/// A version in a listing.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the members are the API's")]
pub struct VersionItem {
    pub state_machine_version_arn: Arc<str>,
    #[serde(serialize_with = "seconds")]
    pub creation_date: Timestamp,
}

impl Service {
    /// Lists the versions of a state machine, newest first; none if there is no such state machine.
    ///
    /// # Errors
    /// The request is invalid.
    pub async fn list_versions(&self, request: ListVersions) -> Result<VersionPage, Error> {
        let token = request.next_token.as_deref();
        let constraints =
            arn_length(Constraints::default(), "stateMachineArn", &request.state_machine_arn);
        page_bounds(constraints, request.max_results, token).check()?;
        let arn = MachineArn::parse("stateMachineArn", &request.state_machine_arn)?.machine()?;
        let listing = format!("versions {arn}");
        let before = match self.position(&listing, token).await? {
            Some(text) => text.parse().map_err(|_| Error::InvalidToken)?,
            None => u64::MAX,
        };
        if self.machine_if_any(&arn).await?.is_none() {
            return Ok(VersionPage { state_machine_versions: Vec::new(), next_token: None });
        }
        let (publications, _) = self.publications(&arn).await?;
        let items = page_items(request.max_results);
        let older = publications.versions.iter().rev().filter(|version| version.number < before);
        let found: Vec<_> = older.take(ask_for(items)).collect();
        let (found, next_token) =
            self.cut(found, items, &listing, |version| version.number.to_string()).await?;
        let item = |version| VersionItem {
            state_machine_version_arn: version_arn(&arn, version),
            creation_date: version.created,
        };
        Ok(VersionPage {
            state_machine_versions: found.into_iter().map(item).collect(),
            next_token,
        })
    }
}
