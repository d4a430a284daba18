//! The documents of the store in memory.

use std::collections::BTreeMap;
use std::ops::Bound;

use bytes::Bytes;

use crate::{Document, DocumentChange, Expected, Revision};

/// Documents by their kinds.
#[derive(Debug, Default)]
pub(super) struct Documents(BTreeMap<&'static str, BTreeMap<String, Content>>);

#[derive(Clone, Debug)]
struct Content {
    revision: Revision,
    body: Bytes,
}

/// How one document was before a write touched it.
struct Before<'a> {
    change: &'a DocumentChange,
    content: Option<Content>,
}

/// Something else is stored than was expected.
pub(super) struct Conflict;

impl Documents {
    pub(super) fn change(&mut self, changes: &[DocumentChange]) -> Result<(), Conflict> {
        let mut undo = Vec::new();
        for change in changes {
            let Ok(before) = self.change_one(change) else {
                for before in undo.into_iter().rev() {
                    self.restore(before);
                }
                return Err(Conflict);
            };
            undo.push(before);
        }
        Ok(())
    }

    fn change_one<'a>(&mut self, change: &'a DocumentChange) -> Result<Before<'a>, Conflict> {
        let kind = self.0.entry(change.kind).or_default();
        let content = kind.get(&change.key).cloned();
        let revision = content.as_ref().map(|content| content.revision);
        let fits = match change.expected {
            Expected::Any => true,
            Expected::Absent => revision.is_none(),
            Expected::Revision(expected) => revision == Some(expected),
        };
        if !fits {
            return Err(Conflict);
        }
        if let Some(body) = &change.body {
            let revision = Revision(revision.map_or(1, |revision| revision.0 + 1));
            kind.insert(change.key.clone(), Content { revision, body: body.clone() });
        } else {
            kind.remove(&change.key);
        }
        Ok(Before { change, content })
    }

    fn restore(&mut self, before: Before<'_>) {
        let kind = self.0.entry(before.change.kind).or_default();
        match before.content {
            Some(content) => kind.insert(before.change.key.clone(), content),
            None => kind.remove(&before.change.key),
        };
    }

    pub(super) fn kinds(&self) -> Vec<String> {
        let present = self.0.iter().filter(|(_, documents)| !documents.is_empty());
        present.map(|(kind, _)| (*kind).to_owned()).collect()
    }

    pub(super) fn count(&self, kind: &str) -> u64 {
        self.0.get(kind).map_or(0, |documents| documents.len() as u64)
    }

    pub(super) fn get(&self, kind: &str, key: &str) -> Option<Document> {
        let (key, content) = self.0.get(kind)?.get_key_value(key)?;
        Some(content.document(key))
    }

    pub(super) fn list(
        &self,
        kind: &str,
        prefix: &str,
        after: Option<&str>,
        limit: usize,
    ) -> Vec<Document> {
        let Some(documents) = self.0.get(kind) else {
            return Vec::new();
        };
        let from = match after {
            Some(after) if after >= prefix => Bound::Excluded(after),
            _ => Bound::Included(prefix),
        };
        documents
            .range::<str, _>((from, Bound::Unbounded))
            .take_while(|(key, _)| key.starts_with(prefix))
            .take(limit)
            .map(|(key, content)| content.document(key))
            .collect()
    }
}

impl Content {
    fn document(&self, key: &str) -> Document {
        Document { key: key.to_owned(), revision: self.revision, body: self.body.clone() }
    }
}
