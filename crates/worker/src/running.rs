//! The tasks that run.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;
use tokio::task::AbortHandle;

/// The tasks that run, by lease; `clone` shares them.
#[derive(Clone, Debug, Default)]
pub(crate) struct Running(Arc<State>);

#[derive(Debug, Default)]
struct State {
    tasks: Mutex<HashMap<String, AbortHandle>>,
    changed: Notify,
}

impl Running {
    /// Notes a task that was begun.
    pub(crate) fn begin(&self, lease: String, task: AbortHandle) {
        self.lock().insert(lease, task);
    }

    /// Forgets a task that is over.
    pub(crate) fn end(&self, lease: &str) {
        self.lock().remove(lease);
        self.0.changed.notify_one();
    }

    /// Ends a task that is not wanted any more.
    pub(crate) fn give_up(&self, lease: &str) {
        if let Some(task) = self.lock().remove(lease) {
            task.abort();
        }
        self.0.changed.notify_one();
    }

    /// Ends all tasks.
    pub(crate) fn give_up_all(&self) {
        for (_, task) in self.lock().drain() {
            task.abort();
        }
        self.0.changed.notify_one();
    }

    /// Returns whether there is such a task.
    pub(crate) fn has(&self, lease: &str) -> bool {
        self.lock().contains_key(lease)
    }

    /// Returns the leases of all tasks.
    pub(crate) fn leases(&self) -> Vec<String> {
        self.lock().keys().cloned().collect()
    }

    /// Waits until none runs.
    pub(crate) async fn until_none(&self) {
        while !self.lock().is_empty() {
            self.0.changed.notified().await;
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, AbortHandle>> {
        // Nothing panics under the lock.
        self.0.tasks.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
