//! A store in memory that fails as a test wants it to.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use compasso_store::memory::MemoryStore;
use compasso_store::{
    Answer, Batch, Cursor, Document, Epoch, Execution, ExecutionFilter, ExecutionHeader,
    ExecutionKey, JournalEntry, LogLine, Outcome, Page, ReadError, SearchBounds, Store, Wanted,
    Write,
};
use compasso_types::Timestamp;
use futures::FutureExt as _;
use futures::future::BoxFuture;

/// What stands in the listings before the children of a map run.
pub(crate) const RUN: &str = "map-run";

#[derive(Default)]
pub(crate) struct MoodyStore {
    pub(crate) memory: MemoryStore,
    /// How many reads of children fail from now on.
    pub(crate) failing_reads: AtomicUsize,
    /// How many ends of map runs are refused from now on.
    pub(crate) refused_ends: AtomicUsize,
    /// Whether the next read of the record of a map run panics.
    pub(crate) panics: AtomicBool,
}

impl MoodyStore {
    /// Crashes, and goes on with what was durable.
    pub(crate) fn crash(&self) -> Self {
        Self { memory: self.memory.crash(), ..Self::default() }
    }
}

fn one_less(number: &AtomicUsize) -> bool {
    number.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1)).is_ok()
}

fn ends_a_run(write: &Write) -> bool {
    match write {
        Write::Documents(changes) => changes.iter().any(|change| change.kind == RUN),
        Write::Turn(_) | Write::Removal(_) => false,
    }
}

impl Store for MoodyStore {
    fn acquire(&self) -> Answer<'_, Epoch> {
        self.memory.acquire()
    }

    fn reacquire(&self, held: Epoch) -> Answer<'_, Epoch> {
        self.memory.reacquire(held)
    }

    fn commit(&self, batch: Batch) -> BoxFuture<'_, Outcome> {
        if batch.writes.iter().any(ends_a_run) && one_less(&self.refused_ends) {
            let reason = "not now".to_owned();
            return futures::future::ready(Outcome::Rejected { reason }).boxed();
        }
        self.memory.commit(batch)
    }

    fn execution(&self, key: &ExecutionKey) -> Answer<'_, Option<Execution>> {
        if key.0.contains('/') && one_less(&self.failing_reads) {
            let failed = Err(ReadError::Unavailable("not now".into()));
            return futures::future::ready(failed).boxed();
        }
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
        assert!(kind != RUN || !self.panics.swap(false, Ordering::SeqCst), "as the test wants it");
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
