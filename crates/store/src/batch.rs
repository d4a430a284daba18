//! What one commit writes.

use std::sync::Arc;

use bytes::Bytes;
use compasso_types::Timestamp;

use crate::{Attributes, Epoch, ExecutionKey, Redriven, Revision, Status};

/// Everything one commit writes.
#[derive(Clone, Debug)]
pub struct Batch {
    /// The epoch of the writer.
    pub epoch: Epoch,
    /// Independent writes; each happens whole or, if it conflicts, not at all.
    pub writes: Vec<Write>,
}

/// One independent write.
#[derive(Clone, Debug)]
pub enum Write {
    /// A turn of an execution.
    Turn(Box<Turn>),
    /// Changes of documents that belong together.
    Documents(Vec<DocumentChange>),
    /// The end of what is kept of an execution.
    Removal(Removal),
}

/// Removes what is kept of a closed execution; conflicts if it is open, is not there, or was written
/// since. The room that it took up may be free only later.
#[derive(Clone, Debug)]
pub struct Removal {
    /// The execution.
    pub key: ExecutionKey,
    /// Its revision.
    pub base: Revision,
    /// What of it goes.
    pub part: Part,
    /// Documents that change in the same instant; a conflict there refuses the removal.
    pub documents: Vec<DocumentChange>,
}

/// A part of what is kept of an execution.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// All of it; its key is free again.
    Whole,
    /// The output of its tasks. Its revision stays as it is.
    Log,
}

/// What one turn of an execution changed.
#[derive(Clone, Debug)]
pub struct Turn {
    /// The execution.
    pub key: ExecutionKey,
    /// Its revision before the turn; `None` creates it, and conflicts if the key exists.
    pub base: Option<Revision>,
    /// The workflow it belongs to (listings go by it); read only when it is created.
    pub workflow: Arc<str>,
    /// The version of the workflow it was started by, if it was; read only when it is created.
    pub version: Option<Arc<str>>,
    /// The alias of the workflow it was started by, if it was; read only when it is created.
    pub alias: Option<Arc<str>>,
    /// Its status after the turn.
    pub status: Status,
    /// When it started.
    pub started: Timestamp,
    /// When it closed.
    pub stopped: Option<Timestamp>,
    /// How it was redriven, if it was.
    pub redriven: Option<Redriven>,
    /// When it must be woken at the latest; `None`: only by an input.
    pub wake_at: Option<Timestamp>,
    /// Whether it owes something to the outside that recovery must send again.
    pub owes: bool,
    /// What does not change after the start; `Some` exactly when `base` is `None`.
    pub start: Option<Bytes>,
    /// The compact state; empty once nobody can go on from it. `None` keeps the one that is stored,
    /// and the turns since are read by [`crate::Store::tail`].
    pub image: Option<Bytes>,
    /// How it ended; `Some` when it closes.
    pub outcome: Option<Bytes>,
    /// The turn's events.
    pub journal: Option<JournalEntry>,
    /// Documents that change in the same instant; a conflict there refuses the turn.
    pub documents: Vec<DocumentChange>,
    /// What it is searched by; read only when it is created.
    pub attributes: Attributes,
}

/// The events of one turn.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JournalEntry {
    /// Number of the first event; numbers of an execution start at 1 and have no gaps.
    pub first_event: u64,
    /// How many numbered events it holds, possibly none.
    pub events: u32,
    /// The packed events.
    pub body: Bytes,
}

/// A change of one document.
#[derive(Clone, Debug)]
pub struct DocumentChange {
    /// The kind.
    pub kind: &'static str,
    /// The key.
    pub key: String,
    /// What must be true before.
    pub expected: Expected,
    /// The new content; `None` deletes it.
    pub body: Option<Bytes>,
}

/// What must be true of a document before it changes; otherwise the write conflicts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expected {
    /// Nothing.
    Any,
    /// It does not exist.
    Absent,
    /// It exists with this revision.
    Revision(Revision),
}
