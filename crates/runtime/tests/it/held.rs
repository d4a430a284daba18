//! A store in memory whose reads of tails a test may hold up.

use std::sync::atomic::{AtomicBool, Ordering};

use compasso_store::memory::MemoryStore;
use compasso_store::{
    Answer, Batch, Cursor, Document, Epoch, Execution, ExecutionFilter, ExecutionHeader,
    ExecutionKey, JournalEntry, LogLine, Outcome, Page, SearchBounds, Store, Wanted,
};
use compasso_types::Timestamp;
use futures::FutureExt as _;
use futures::future::BoxFuture;
use tokio::sync::Notify;

#[derive(Default)]
pub(crate) struct HeldStore {
    memory: MemoryStore,
    /// Whether the next read of a tail waits.
    pub(crate) holds: AtomicBool,
    /// Told when one waits.
    pub(crate) held: Notify,
    /// Lets it go on.
    pub(crate) release: Notify,
}

impl Store for HeldStore {
    fn acquire(&self) -> Answer<'_, Epoch> {
        self.memory.acquire()
    }

    fn reacquire(&self, held: Epoch) -> Answer<'_, Epoch> {
        self.memory.reacquire(held)
    }

    fn commit(&self, batch: Batch) -> BoxFuture<'_, Outcome> {
        self.memory.commit(batch)
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
        let key = key.clone();
        async move {
            if self.holds.swap(false, Ordering::SeqCst) {
                self.held.notify_one();
                self.release.notified().await;
            }
            self.memory.tail(&key).await
        }
        .boxed()
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
