//! The trait.

use std::sync::Arc;

use bytes::Bytes;
use compasso_types::Timestamp;
use futures::future::BoxFuture;

use crate::pack::Packed;
use crate::{
    Batch, Cursor, Execution, ExecutionFilter, ExecutionHeader, ExecutionKey, JournalEntry,
    LogLine, Outcome, Page, ReadError,
};

/// The number that fences off an old owner; it grows with every [`Store::acquire`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Epoch(pub u64);

/// How often an execution or a document was written; 1 after the first time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Revision(pub u64);

/// A small record under a kind and a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Document {
    /// The key, unique within its kind.
    pub key: String,
    /// How often it was written.
    pub revision: Revision,
    /// The content.
    pub body: Bytes,
}

/// What a call answers, later.
pub type Answer<'a, T> = BoxFuture<'a, Result<T, ReadError>>;

/// Picks executions of a listing.
pub type Wanted = Arc<dyn Fn(&ExecutionHeader) -> bool + Send + Sync>;

/// How much one search does; both at least 1.
#[derive(Clone, Copy, Debug)]
pub struct SearchBounds {
    /// Most executions on a page.
    pub items: usize,
    /// Most executions looked at.
    pub rows: usize,
}

/// Durable memory of executions, journals, documents and logs.
///
/// Reads see every batch whose commit was answered before the read began. Commits and appended
/// logs take effect in the order of the calls, whether or not their answers are awaited.
pub trait Store: Send + Sync + 'static {
    /// Takes the store over: raises the epoch, so that batches of an older one are fenced off. A store
    /// that was opened for a node says [`ReadError::Taken`] unless that node is the owner; one whose tables a
    /// later release has made since says [`ReadError::Newer`].
    fn acquire(&self) -> Answer<'_, Epoch>;

    /// Raises the epoch as [`Store::acquire`] does, but only if nobody has acquired the store since
    /// `held`; otherwise says [`ReadError::Taken`]. So whoever succeeds knows that all that was written
    /// until then is its own.
    fn reacquire(&self, held: Epoch) -> Answer<'_, Epoch>;

    /// Writes a batch durably: all writes that do not conflict, or none. Only where the outcome is unknown,
    /// some of them may have been written and others not; each write is atomic all the same.
    fn commit(&self, batch: Batch) -> BoxFuture<'_, Outcome>;

    /// Reads one execution.
    fn execution(&self, key: &ExecutionKey) -> Answer<'_, Option<Execution>>;

    /// Lists executions, the latest change first: closed ones by their end, open ones by their start
    /// or redrive. One that changes while it is listed may be missed.
    fn executions(
        &self,
        filter: ExecutionFilter,
        after: Option<Cursor>,
        limit: usize,
    ) -> Answer<'_, Page<ExecutionHeader>>;

    /// Counts open executions.
    fn open_executions(&self) -> Answer<'_, u64>;

    /// Lists the executions of a listing that `wanted` picks; looks at a bounded number of rows, so
    /// that a page with few items, or none, may be followed by another.
    fn search(
        &self,
        filter: ExecutionFilter,
        wanted: Wanted,
        after: Option<Cursor>,
        bounds: SearchBounds,
    ) -> Answer<'_, Page<ExecutionHeader>>;

    /// Reads journal rows that hold events from `first_event` on, oldest first, at least one row
    /// if there is any and about `events` events. A page with fewer events is the last one.
    fn journal(
        &self,
        key: &ExecutionKey,
        first_event: u64,
        events: usize,
    ) -> Answer<'_, Vec<JournalEntry>>;

    /// Reads the journal rows of the turns since the image was written, oldest first.
    fn tail(&self, key: &ExecutionKey) -> Answer<'_, Vec<JournalEntry>>;

    /// Packs rows of journals of executions that closed at or before `until`: a little, so that commits hardly
    /// wait. All of them are read as before. A store that has nothing to gain from it packs nothing.
    fn pack(&self, until: Timestamp) -> Answer<'_, Packed>;

    /// Lists open executions to be woken after `after` and not after `until`, earliest first, those of the same
    /// instant in the order of their creation.
    fn due(
        &self,
        after: Timestamp,
        until: Timestamp,
        limit: usize,
    ) -> Answer<'_, Vec<(Timestamp, ExecutionKey)>>;

    /// Lists open executions that owe something to the outside ([`crate::Turn::owes`]), in a
    /// stable order, those after `after`.
    fn owing(&self, after: Option<Cursor>, limit: usize) -> Answer<'_, Page<ExecutionKey>>;

    /// Reads one document.
    fn document(&self, kind: &'static str, key: &str) -> Answer<'_, Option<Document>>;

    /// Lists documents of a kind whose key starts with `prefix` and is greater than `after`, in
    /// key order.
    fn documents(
        &self,
        kind: &'static str,
        prefix: &str,
        after: Option<&str>,
        limit: usize,
    ) -> Answer<'_, Vec<Document>>;

    /// Lists the kinds that there are documents of.
    fn document_kinds(&self) -> Answer<'_, Vec<String>>;

    /// Counts documents of a kind.
    fn document_count(&self, kind: &'static str) -> Answer<'_, u64>;

    /// Appends task output; durable soon, not necessarily when answered, but with the next commit
    /// at the latest. Output of executions that are not stored is dropped.
    fn append_log(&self, key: &ExecutionKey, lines: Vec<LogLine>) -> Answer<'_, ()>;

    /// Reads task output of an execution after line number `after` (0: from the start); each line
    /// comes with its number.
    fn log(&self, key: &ExecutionKey, after: u64, limit: usize) -> Answer<'_, Vec<(u64, LogLine)>>;

    /// Returns the number of the last line of task output of an execution; 0 if there is none.
    fn log_end(&self, key: &ExecutionKey) -> Answer<'_, u64>;
}
