//! `ListStateMachineVersions`.

use std::sync::Arc;

use compasso_types::Timestamp;
use serde::Serialize;

use crate::dates::seconds;
use crate::publications::{ListPublications, Version};
use crate::targets::version_arn;
use crate::{Error, Service};

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
    pub async fn list_versions(&self, request: ListPublications) -> Result<VersionPage, Error> {
        let arn = request.check()?.machine()?;
        if self.machine_if_any(&arn).await?.is_none() {
            return Ok(VersionPage { state_machine_versions: Vec::new(), next_token: None });
        }
        let (publications, _) = self.publications(&arn).await?;
        let listing = format!("versions {arn}");
        let (found, next_token) =
            self.page_of(&publications.versions, &listing, &request, place).await?;
        let item = |version: &Version| VersionItem {
            state_machine_version_arn: version_arn(&arn, version),
            creation_date: version.created,
        };
        Ok(VersionPage {
            state_machine_versions: found.into_iter().map(item).collect(),
            next_token,
        })
    }
}

/// Returns where a version stands in listings: the newest one first.
fn place(version: &Version) -> String {
    format!("{:020}", u64::MAX - version.number)
}
