//! Drafts as they are stored: what is told of one is apart from its texts, which may be long.

use std::sync::Arc;

use compasso_types::Timestamp;
use compasso_types::limits::{DEFINITION_BYTES_MAX, NAME_CHARS_MAX};
use serde::{Deserialize, Serialize};

use super::Author;
use crate::constraints::Constraints;
use crate::records::{MachineType, Record};
use crate::shelf::{Stored, read_stored};
use crate::{Error, Service};

/// A draft without its text.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Draft {
    pub(super) kind: MachineType,
    pub(super) name: Arc<str>,
    /// The ARN of the workflow that it changes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) of: Option<Arc<str>>,
    /// The revision of that workflow that it began with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) base: Option<Arc<str>>,
    pub(super) by: Arc<str>,
    pub(super) created: Timestamp,
    pub(super) modified: Timestamp,
    /// How often it was saved.
    pub(super) saves: u64,
    /// The texts there are, the oldest first; the last is the present one. Never empty.
    pub(super) kept: Vec<Kept>,
}

/// A text of a draft.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Kept {
    pub(super) number: u64,
    /// When it was begun: saves that follow soon go into the same.
    pub(super) since: Timestamp,
    pub(super) bytes: usize,
}

/// One text of a draft; its key is that of the draft and a number.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Text {
    pub(super) text: Arc<str>,
}

impl Record for Draft {
    const KIND: &'static str = "draft";
}

impl Record for Text {
    const KIND: &'static str = "draft-text";
}

impl Draft {
    /// Begins a draft of something new.
    pub(super) fn begin(
        author: &Author,
        kind: MachineType,
        name: Arc<str>,
        bytes: usize,
        now: Timestamp,
    ) -> Self {
        Self {
            kind,
            name,
            of: None,
            base: None,
            by: author.name.clone(),
            created: now,
            modified: now,
            saves: 1,
            kept: vec![Kept { number: 1, since: now, bytes }],
        }
    }

    /// Returns what is known of its present text.
    pub(super) fn latest(&self) -> &Kept {
        self.kept.last().expect("a draft has a text")
    }
}

/// Where a draft is stored.
pub(super) struct Place<'a> {
    author: &'a Author,
    id: String,
}

impl<'a> Place<'a> {
    pub(super) fn new(author: &'a Author, id: &str) -> Self {
        Self { author, id: id.to_owned() }
    }

    pub(super) fn id(&self) -> &str {
        &self.id
    }

    pub(super) fn key(&self) -> String {
        let caller = &self.author.caller;
        format!("{}:{}:{}", caller.account, caller.region, self.id)
    }

    pub(super) fn text_key(&self, number: u64) -> String {
        format!("{}#{number}", self.key())
    }
}

impl Service {
    /// Returns a draft of the author.
    ///
    /// # Errors
    /// They have none of this id.
    pub(super) async fn stored_draft<'a>(
        &self,
        author: &'a Author,
        id: &str,
    ) -> Result<(Place<'a>, Stored<Draft>), Error> {
        let place = Place::new(author, id);
        let found = read_stored::<Draft>(&self.runtime, &place.key()).await?;
        let own = found.filter(|stored| stored.value.by == author.name);
        own.map(|stored| (place, stored))
            .ok_or_else(|| Error::DraftDoesNotExist { id: id.to_owned() })
    }

    /// Returns one text of a draft.
    ///
    /// # Errors
    /// It has none of this number any more.
    pub(super) async fn draft_text(
        &self,
        place: &Place<'_>,
        number: u64,
    ) -> Result<Arc<str>, Error> {
        let key = place.text_key(number);
        let found = read_stored::<Text>(&self.runtime, &key).await?;
        let gone = || Error::validation(format!("The draft has no revision {number}"));
        Ok(found.ok_or_else(gone)?.value.text.clone())
    }
}

/// Demands that name and text are not too long; both may be empty while somebody writes.
pub(super) fn bounds(name: &str, text: &str) -> Constraints {
    Constraints::default().chars("name", name, 0..=NAME_CHARS_MAX).sensitive(
        "text",
        text.len(),
        0..=DEFINITION_BYTES_MAX,
    )
}
