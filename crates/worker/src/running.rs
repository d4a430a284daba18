//! The tasks that run.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::Notify;
use tokio::task::AbortHandle;

/// The tasks that run, by lease; `clone` shares them.
#[derive(Clone, Debug, Default)]
pub(crate) struct Running(Arc<State>);

#[derive(Debug, Default)]
struct State {
    tasks: Mutex<HashMap<String, Begun>>,
    changed: Notify,
}

#[derive(Debug)]
struct Begun {
    task: AbortHandle,
    /// When its lease was last renewed.
    renewed: Instant,
    /// Whether its work is over, and only the server has to hear of it.
    is_over: bool,
}

impl Running {
    /// Notes a task that was begun.
    pub(crate) fn begin(&self, lease: String, task: AbortHandle) {
        let begun = Begun { task, renewed: Instant::now(), is_over: false };
        self.lock().insert(lease, begun);
    }

    /// Forgets a task that is over.
    pub(crate) fn end(&self, lease: &str) {
        self.lock().remove(lease);
        self.0.changed.notify_one();
    }

    /// Ends a task that is not wanted any more.
    pub(crate) fn give_up(&self, lease: &str) {
        if let Some(begun) = self.lock().remove(lease) {
            begun.task.abort();
        }
        self.0.changed.notify_one();
    }

    /// Ends all tasks.
    pub(crate) fn give_up_all(&self) {
        for (_, begun) in self.lock().drain() {
            begun.task.abort();
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

    /// Notes that a task's work is over.
    pub(crate) fn work_is_over(&self, lease: &str) {
        if let Some(begun) = self.lock().get_mut(lease) {
            begun.is_over = true;
        }
    }

    /// Notes that the server renewed leases, asked at `at`.
    pub(crate) fn renew(&self, leases: &[String], at: Instant) {
        let mut tasks = self.lock();
        for lease in leases {
            if let Some(begun) = tasks.get_mut(lease) {
                begun.renewed = at;
            }
        }
    }

    /// Returns the leases that were not renewed for longer than `longest` and whose work goes on.
    pub(crate) fn unrenewed(&self, longest: Duration) -> Vec<String> {
        let tasks = self.lock();
        let late =
            tasks.iter().filter(|(_, begun)| !begun.is_over && begun.renewed.elapsed() > longest);
        late.map(|(lease, _)| lease.clone()).collect()
    }

    /// Waits until none runs.
    pub(crate) async fn until_none(&self) {
        while !self.lock().is_empty() {
            self.0.changed.notified().await;
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Begun>> {
        // Nothing panics under the lock.
        self.0.tasks.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
