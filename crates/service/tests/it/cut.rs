//! A store in memory that takes nothing more after so many commits, as if the process had been killed.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use compasso_store::memory::MemoryStore;
use compasso_store::{
    Answer, Batch, Cursor, Document, Epoch, Execution, ExecutionFilter, ExecutionHeader,
    ExecutionKey, JournalEntry, LogLine, Outcome, Page, SearchBounds, Store, Wanted,
};
use compasso_types::Timestamp;
use futures::FutureExt as _;
use futures::future::BoxFuture;

pub(crate) struct CutStore {
    memory: Arc<MemoryStore>,
    /// How many more commits it takes.
    left: AtomicUsize,
}

impl CutStore {
    pub(crate) fn new(memory: Arc<MemoryStore>) -> Self {
        Self { memory, left: AtomicUsize::new(usize::MAX) }
    }

    /// Takes so many more commits.
    pub(crate) fn cut_after(&self, commits: usize) {
        self.left.store(commits, Ordering::SeqCst);
    }

    /// Returns whether it takes no more.
    pub(crate) fn is_cut(&self) -> bool {
        self.left.load(Ordering::SeqCst) == 0
    }
}

impl Store for CutStore {
    fn acquire(&self) -> Answer<'_, Epoch> {
        self.memory.acquire()
    }

    fn reacquire(&self, held: Epoch) -> Answer<'_, Epoch> {
        self.memory.reacquire(held)
    }

    fn commit(&self, batch: Batch) -> BoxFuture<'_, Outcome> {
        let taken =
            self.left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1));
        match taken {
            Ok(_) => self.memory.commit(batch),
            // Nobody hears whether it was written.
            Err(_) => futures::future::pending().boxed(),
        }
    }

    fn execution(&self, key: &ExecutionKey) -> Answer<'_, Option<Execution>> {
        self.memory.execution(key)
    }

    fn executions(
        &self,
        filter: ExecutionFilter,
        after: Option<Cursor>,
        limit: usize,
    ) -> Answer<'_, Page<ExecutionHeader>> {
        self.memory.executions(filter, after, limit)
    }

    fn open_executions(&self) -> Answer<'_, u64> {
        self.memory.open_executions()
    }

    fn search(
        &self,
        filter: ExecutionFilter,
        wanted: Wanted,
        after: Option<Cursor>,
        bounds: SearchBounds,
    ) -> Answer<'_, Page<ExecutionHeader>> {
        self.memory.search(filter, wanted, after, bounds)
    }

    fn journal(
        &self,
        key: &ExecutionKey,
        first_event: u64,
        events: usize,
    ) -> Answer<'_, Vec<JournalEntry>> {
        self.memory.journal(key, first_event, events)
    }

    fn tail(&self, key: &ExecutionKey) -> Answer<'_, Vec<JournalEntry>> {
        self.memory.tail(key)
    }

    fn due(&self, until: Timestamp, limit: usize) -> Answer<'_, Vec<(Timestamp, ExecutionKey)>> {
        self.memory.due(until, limit)
    }

    fn owing(&self, after: Option<Cursor>, limit: usize) -> Answer<'_, Page<ExecutionKey>> {
        self.memory.owing(after, limit)
    }

    fn document(&self, kind: &'static str, key: &str) -> Answer<'_, Option<Document>> {
        self.memory.document(kind, key)
    }

    fn documents(
        &self,
        kind: &'static str,
        prefix: &str,
        after: Option<&str>,
        limit: usize,
    ) -> Answer<'_, Vec<Document>> {
        self.memory.documents(kind, prefix, after, limit)
    }

    fn document_count(&self, kind: &'static str) -> Answer<'_, u64> {
        self.memory.document_count(kind)
    }

    fn append_log(&self, key: &ExecutionKey, lines: Vec<LogLine>) -> Answer<'_, ()> {
        self.memory.append_log(key, lines)
    }

    fn log(&self, key: &ExecutionKey, after: u64, limit: usize) -> Answer<'_, Vec<(u64, LogLine)>> {
        self.memory.log(key, after, limit)
    }
}
