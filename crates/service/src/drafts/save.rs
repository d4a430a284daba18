//! Saving drafts, and the texts they had.

use std::sync::Arc;
use std::time::Duration;

use compasso_store::Expected;
use compasso_types::{Arn, Timestamp};
use serde::{Deserialize, Serialize};

use super::record::{Draft, Kept, Text, bounds};
use super::{Author, DraftItem};
use crate::dates::iso;
use crate::shelf::{Change, Stored, delete, interpret, put};
use crate::{Error, Service};

/// Saves within this time of a text's first go into the same revision.
const REVISION_EVERY: Duration = Duration::from_secs(60);
/// Most texts of a draft; the oldest makes room.
const REVISIONS_MAX: usize = 50;

/// What is to be saved.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SaveDraft {
    /// The whole text.
    pub text: Arc<str>,
    /// How often the draft had been saved when this text was begun.
    pub saves: u64,
    /// Another name.
    pub name: Option<Arc<str>>,
    /// Keeps the text there is as a revision, however young it is.
    #[serde(default)]
    pub keep: bool,
    /// The changes that the workflow saw meanwhile are part of the text.
    #[serde(default)]
    pub rebased: bool,
}

/// A text that a draft had.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DraftRevision {
    /// Its number.
    pub number: u64,
    /// When it was begun.
    #[serde(serialize_with = "iso")]
    pub since: Timestamp,
    /// Its length.
    pub bytes: usize,
}

/// The texts that a draft had.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DraftRevisions {
    /// The newest first; their number is bounded, so they are one page.
    pub items: Vec<DraftRevision>,
}

/// One of them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DraftText {
    /// Its number.
    pub number: u64,
    /// The text.
    pub text: Arc<str>,
}

impl Service {
    /// Saves a draft.
    ///
    /// # Errors
    /// The author has none of this id, it was saved elsewhere meanwhile, or it is too long.
    pub async fn save_draft(
        &self,
        author: &Author,
        id: &str,
        save: SaveDraft,
    ) -> Result<DraftItem, Error> {
        let (place, stored) = self.stored_draft(author, id).await?;
        bounds(save.name.as_deref().unwrap_or_default(), &save.text).check()?;
        let overtaken = || {
            let message = "The draft was saved elsewhere meanwhile; load it again";
            Error::Conflict(message.to_owned())
        };
        if stored.value.saves != save.saves {
            return Err(overtaken());
        }
        let mut draft = Draft::clone(&stored.value);
        let dropped = draft.take(&save, self.now());
        if save.rebased {
            self.rebase(&mut draft).await?;
        }
        let text = Text { text: save.text };
        let mut changes = vec![
            put(&place.key(), Expected::Revision(stored.revision), &draft),
            put(&place.text_key(draft.latest().number), Expected::Any, &text),
        ];
        changes.extend(dropped.map(|number| delete::<Text>(&place.text_key(number))));
        match interpret(self.runtime.write(changes).await)? {
            Change::Done => Ok(DraftItem::of(id, &draft)),
            Change::Overtaken => Err(overtaken()),
        }
    }

    /// Lists the texts that a draft had.
    ///
    /// # Errors
    /// The author has no draft of this id.
    pub async fn draft_revisions(
        &self,
        author: &Author,
        id: &str,
    ) -> Result<DraftRevisions, Error> {
        let (_, Stored { value, .. }) = self.stored_draft(author, id).await?;
        let told = |kept: &Kept| DraftRevision {
            number: kept.number,
            since: kept.since,
            bytes: kept.bytes,
        };
        Ok(DraftRevisions { items: value.kept.iter().rev().map(told).collect() })
    }

    /// Returns one of them.
    ///
    /// # Errors
    /// The author has no draft of this id, or it has no such text any more.
    pub async fn draft_revision(
        &self,
        author: &Author,
        id: &str,
        number: u64,
    ) -> Result<DraftText, Error> {
        let (place, _) = self.stored_draft(author, id).await?;
        Ok(DraftText { number, text: self.draft_text(&place, number).await? })
    }

    /// Has a draft begin with what its workflow is now.
    async fn rebase(&self, draft: &mut Draft) -> Result<(), Error> {
        let Some(of) = &draft.of else { return Ok(()) };
        let arn: Arn = of.parse().map_err(|_| Error::InvalidArn(of.to_string()))?;
        draft.base = Some(self.lasting_machine(&arn).await?.value.revision.clone());
        Ok(())
    }
}

impl Draft {
    /// Takes a new text, and returns the number of the one that makes room for it.
    fn take(&mut self, save: &SaveDraft, now: Timestamp) -> Option<u64> {
        self.saves += 1;
        self.modified = now;
        if let Some(name) = &save.name {
            self.name = name.clone();
        }
        let (bytes, latest) = (save.text.len(), self.latest().clone());
        if !save.keep && latest.since.after(REVISION_EVERY) > now {
            self.kept.last_mut().expect("a draft has a text").bytes = bytes;
            return None;
        }
        self.kept.push(Kept { number: latest.number + 1, since: now, bytes });
        (self.kept.len() > REVISIONS_MAX).then(|| self.kept.remove(0).number)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Caller;
    use crate::records::MachineType;

    const NOON: Timestamp = Timestamp(1_000_000_000);

    fn draft() -> Draft {
        let author = Author { caller: Caller::default(), name: "ana".into() };
        Draft::begin(&author, MachineType::Standard, "order".into(), 2, NOON)
    }

    fn save(keep: bool) -> SaveDraft {
        SaveDraft { text: "{}".into(), saves: 1, name: None, keep, rebased: false }
    }

    fn numbers(draft: &Draft) -> Vec<u64> {
        draft.kept.iter().map(|kept| kept.number).collect()
    }

    #[test]
    fn saves_within_a_minute_are_one_revision() {
        let mut draft = draft();
        draft.take(&save(false), NOON.after(Duration::from_secs(59)));
        assert_eq!((numbers(&draft), draft.saves), (vec![1], 2));
        draft.take(&save(false), NOON.after(Duration::from_secs(60)));
        assert_eq!(numbers(&draft), [1, 2]);
    }

    #[test]
    fn a_text_can_be_kept_at_once() {
        let mut draft = draft();
        draft.take(&save(true), NOON);
        assert_eq!(numbers(&draft), [1, 2]);
    }

    #[test]
    fn the_oldest_text_makes_room() {
        let mut draft = draft();
        let dropped: Vec<_> = (0..REVISIONS_MAX).map(|_| draft.take(&save(true), NOON)).collect();
        assert_eq!((dropped[0], dropped[REVISIONS_MAX - 1]), (None, Some(1)));
        assert_eq!(draft.kept.len(), REVISIONS_MAX);
    }
}
