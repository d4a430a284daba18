//! A store in memory that fails as a test wants it to.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use compasso_store::memory::MemoryStore;
use compasso_store::{
    Answer, Batch, Document, Execution, ExecutionKey, Outcome, ReadError, Store, Write,
};
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

    fn ask<'a, T>(&'a self, ask: impl FnOnce(&'a MemoryStore) -> Answer<'a, T>) -> Answer<'a, T> {
        ask(&self.memory)
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

    fn document(&self, kind: &'static str, key: &str) -> Answer<'_, Option<Document>> {
        assert!(kind != RUN || !self.panics.swap(false, Ordering::SeqCst), "as the test wants it");
        self.memory.document(kind, key)
    }

    compasso_testkit::forward!(ask: acquire reacquire executions open_executions search journal tail
        pack due owing documents document_kinds document_count append_log log log_end);
}
