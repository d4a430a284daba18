//! Workflows, for people who look for one.

use std::sync::Arc;

use compasso_types::Timestamp;
use serde::Serialize;

use super::Viewer;
use crate::constraints::Constraints;
use crate::dates::iso;
use crate::paging::page_items;
use crate::records::{Machine, Tag};
use crate::shelf::Shelf;
use crate::{Error, Service};

/// Most workflows on a page.
const WORKFLOWS_MAX: i64 = 1_000;
const TOKEN_CHARS_MAX: usize = 1_024;
/// The ARNs of all state machines begin so.
const PREFIX: &str = "arn:";
const LISTING: &str = "workflows";

/// A workflow in a listing.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct WorkflowItem {
    /// Its ARN.
    pub id: String,
    /// Its name.
    pub name: Arc<str>,
    /// `STANDARD` or `EXPRESS`.
    pub kind: &'static str,
    /// When it was created.
    #[serde(serialize_with = "iso")]
    pub created: Timestamp,
    /// What it is found by, for people.
    pub tags: Vec<Tag>,
}

/// Some workflows.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct WorkflowPage {
    /// The workflows, by their ARNs.
    pub items: Vec<WorkflowItem>,
    /// Where the next page starts; absent at the end.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

impl Service {
    /// Lists workflows. A page may hold fewer than asked for and still not be the last.
    ///
    /// # Errors
    /// The token or the page size is invalid.
    pub async fn workflows(
        &self,
        viewer: &Viewer,
        limit: Option<i64>,
        next: Option<&str>,
    ) -> Result<WorkflowPage, Error> {
        Constraints::default()
            .number_if("limit", limit, 1..=WORKFLOWS_MAX)
            .chars_if("next", next, 1..=TOKEN_CHARS_MAX)
            .check()?;
        let after = self.position(LISTING, next).await?;
        let wanted = page_items(limit);
        let found =
            Shelf::<Machine>::list(&self.runtime, PREFIX, after.as_deref(), wanted + 1).await?;
        let (found, next) = self.cut(found, wanted, LISTING, |(key, _)| key.clone()).await?;
        let shown =
            found.into_iter().filter(|(key, machine)| viewer.sees(key) && !machine.deleting);
        let items = shown.map(|(id, machine)| WorkflowItem {
            id,
            name: machine.name.clone(),
            kind: machine.kind.name(),
            created: machine.created,
            tags: machine.tags.clone(),
        });
        Ok(WorkflowPage { items: items.collect(), next })
    }
}
