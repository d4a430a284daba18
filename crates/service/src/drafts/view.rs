//! Drafts, for people.

use std::sync::Arc;

use compasso_types::{Arn, Timestamp};
use serde::Serialize;

use super::Author;
use super::record::Draft;
use crate::dates::iso;
use crate::definitions::reference;
use crate::{Error, Service};

/// A draft in a listing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DraftItem {
    /// Its id.
    pub id: String,
    /// `STANDARD`, `EXPRESS` or `PIPELINE`.
    pub kind: &'static str,
    /// What it is to be published as; of a pipeline its text says that.
    pub name: Arc<str>,
    /// The ARN of the workflow that it changes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub of: Option<Arc<str>>,
    /// When it was begun.
    #[serde(serialize_with = "iso")]
    pub created: Timestamp,
    /// When it was saved last.
    #[serde(serialize_with = "iso")]
    pub modified: Timestamp,
    /// How often it was saved: the next save names this number.
    pub saves: u64,
}

/// The drafts of a person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DraftList {
    /// The latest change first; their number is bounded, so they are one page.
    pub items: Vec<DraftItem>,
}

/// A draft.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DraftView {
    /// What listings tell.
    #[serde(flatten)]
    pub item: DraftItem,
    /// Its text.
    pub text: Arc<str>,
    /// The text of the workflow that it began with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub base: Option<Arc<str>>,
    /// The text that the workflow has now, if somebody changed it since.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub present: Option<Arc<str>>,
    /// What others write of the same workflow.
    pub others: Vec<OtherDraft>,
}

/// A draft of somebody else.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct OtherDraft {
    /// Whose it is.
    pub by: Arc<str>,
    /// When it was saved last.
    #[serde(serialize_with = "iso")]
    pub modified: Timestamp,
}

impl Service {
    /// Lists the drafts of a person.
    ///
    /// # Errors
    /// The store does not answer.
    pub async fn list_drafts(&self, author: &Author) -> Result<DraftList, Error> {
        let all = self.drafts(author).await?;
        let own = all.iter().filter(|(_, draft)| draft.by == author.name);
        let mut items: Vec<_> = own.map(|(id, draft)| DraftItem::of(id, draft)).collect();
        items.sort_by_key(|item| std::cmp::Reverse(item.modified));
        Ok(DraftList { items })
    }

    /// Shows a draft.
    ///
    /// # Errors
    /// The author has none of this id.
    pub async fn draft(&self, author: &Author, id: &str) -> Result<DraftView, Error> {
        let (place, stored) = self.stored_draft(author, id).await?;
        let draft = &*stored.value;
        let text = self.draft_text(&place, draft.latest().number).await?;
        let (base, present) = self.base_and_present(draft).await?;
        let others = match &draft.of {
            Some(of) => self.others(author, of).await?,
            None => Vec::new(),
        };
        Ok(DraftView { item: DraftItem::of(id, draft), text, base, present, others })
    }

    /// Returns the text that a draft began with, and the one its workflow has now if that is another.
    async fn base_and_present(
        &self,
        draft: &Draft,
    ) -> Result<(Option<Arc<str>>, Option<Arc<str>>), Error> {
        let (Some(of), Some(base)) = (&draft.of, &draft.base) else { return Ok((None, None)) };
        let began = self.compiled(&reference(of, base)).await?;
        let arn: Arn = of.parse().map_err(|_| Error::InvalidArn(of.to_string()))?;
        let machine = self.machine_if_any(&arn).await?.filter(|found| !found.value.deleting);
        let moved = machine.filter(|found| found.value.revision != *base);
        let present = match moved {
            Some(found) => Some(self.present_revision(&arn, &found.value).await?),
            None => None,
        };
        let text =
            |compiled: Arc<crate::definitions::Compiled>| compiled.revision.definition.clone();
        Ok((Some(text(began)), present.map(text)))
    }

    async fn others(&self, author: &Author, of: &str) -> Result<Vec<OtherDraft>, Error> {
        let all = self.drafts(author).await?;
        let is_other = |draft: &Draft| draft.by != author.name && draft.of.as_deref() == Some(of);
        let others = all.iter().filter(|(_, draft)| is_other(draft));
        let told = |draft: &Draft| OtherDraft { by: draft.by.clone(), modified: draft.modified };
        Ok(others.map(|(_, draft)| told(draft)).collect())
    }
}

impl DraftItem {
    pub(super) fn of(id: &str, draft: &Draft) -> Self {
        Self {
            id: id.to_owned(),
            kind: draft.kind.name(),
            name: draft.name.clone(),
            of: draft.of.clone(),
            created: draft.created,
            modified: draft.modified,
            saves: draft.saves,
        }
    }
}
