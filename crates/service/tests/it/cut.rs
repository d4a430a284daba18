//! A store in memory that takes nothing more after so many commits, as if the process had been killed.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use compasso_store::memory::MemoryStore;
use compasso_store::{Answer, Batch, Outcome, Store};
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

    fn ask<'a, T>(&'a self, ask: impl FnOnce(&'a MemoryStore) -> Answer<'a, T>) -> Answer<'a, T> {
        ask(&self.memory)
    }
}

impl Store for CutStore {
    fn commit(&self, batch: Batch) -> BoxFuture<'_, Outcome> {
        let order = Ordering::SeqCst;
        match self.left.fetch_update(order, order, |left| left.checked_sub(1)) {
            Ok(_) => self.memory.commit(batch),
            // Nobody hears whether it was written.
            Err(_) => futures::future::pending().boxed(),
        }
    }

    compasso_testkit::forward!(ask: acquire reacquire execution executions open_executions search
        journal tail pack due owing document documents document_kinds document_count append_log log log_end);
}
