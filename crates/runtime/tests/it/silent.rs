//! A store in memory that does not answer when it is asked for an execution, as often as a test says.

use std::sync::atomic::{AtomicU32, Ordering};

use compasso_store::memory::MemoryStore;
use compasso_store::{Answer, Batch, Execution, ExecutionKey, Outcome, ReadError, Store};
use futures::FutureExt as _;
use futures::future::{BoxFuture, ready};

#[derive(Default)]
pub(crate) struct SilentStore {
    memory: MemoryStore,
    /// How often it still does not answer.
    pub(crate) silences: AtomicU32,
}

impl SilentStore {
    fn ask<'a, T>(&'a self, ask: impl FnOnce(&'a MemoryStore) -> Answer<'a, T>) -> Answer<'a, T> {
        ask(&self.memory)
    }
}

impl Store for SilentStore {
    fn commit(&self, batch: Batch) -> BoxFuture<'_, Outcome> {
        self.memory.commit(batch)
    }

    fn execution(&self, key: &ExecutionKey) -> Answer<'_, Option<Execution>> {
        let less = |left: u32| left.checked_sub(1);
        if self.silences.fetch_update(Ordering::SeqCst, Ordering::SeqCst, less).is_ok() {
            return ready(Err(ReadError::Unavailable("no answer".into()))).boxed();
        }
        self.memory.execution(key)
    }

    compasso_testkit::forward!(ask: acquire reacquire executions open_executions search journal tail
        pack due owing document documents document_kinds document_count append_log log log_end);
}
