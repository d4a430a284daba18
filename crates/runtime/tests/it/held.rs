//! A store in memory whose reads of tails a test may hold up.

use std::sync::atomic::{AtomicBool, Ordering};

use compasso_store::memory::MemoryStore;
use compasso_store::{Answer, Batch, ExecutionKey, JournalEntry, Outcome, Store};
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

impl HeldStore {
    fn ask<'a, T>(&'a self, ask: impl FnOnce(&'a MemoryStore) -> Answer<'a, T>) -> Answer<'a, T> {
        ask(&self.memory)
    }
}

impl Store for HeldStore {
    fn commit(&self, batch: Batch) -> BoxFuture<'_, Outcome> {
        self.memory.commit(batch)
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

    compasso_testkit::forward!(ask: acquire reacquire execution executions open_executions search
        journal pack due owing document documents document_kinds document_count append_log log log_end);
}
