//! The tasks that run.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::{Notify, watch};

/// The tasks that run, by lease; `clone` shares them.
#[derive(Clone, Debug, Default)]
pub(crate) struct Running(Arc<State>);

#[derive(Debug, Default)]
struct State {
    tasks: Mutex<HashMap<String, Begun>>,
    /// Told when a task is no longer known.
    ended: Notify,
    /// Told when that was one the server still waits for.
    gone: Notify,
}

#[derive(Debug)]
struct Begun {
    /// Whether it is wanted.
    wanted: watch::Sender<bool>,
    /// When its lease was last renewed.
    renewed: Instant,
    /// Whether its work is over, and only the server has to hear of it.
    is_over: bool,
}

/// A task that is known as long as this, or a copy of it, is there.
#[derive(Debug)]
pub(crate) struct Known {
    running: Running,
    lease: String,
}

/// Hears when a task is not wanted any more.
#[derive(Clone, Debug)]
pub(crate) struct Wanted(watch::Receiver<bool>);

impl Wanted {
    /// Waits until the task is not wanted any more.
    pub(crate) async fn no_more(&mut self) {
        // Who forgets the task wants it no more.
        let _ = self.0.wait_for(|wanted| !wanted).await;
    }
}

impl Drop for Known {
    fn drop(&mut self) {
        self.running.end(&self.lease);
    }
}

impl Running {
    /// Notes a task that begins; `None` if it is known.
    pub(crate) fn begin(&self, lease: &str) -> Option<(Arc<Known>, Wanted)> {
        let mut tasks = self.lock();
        if tasks.contains_key(lease) {
            return None;
        }
        let (wanted, wants) = watch::channel(true);
        let begun = Begun { wanted, renewed: Instant::now(), is_over: false };
        tasks.insert(lease.to_owned(), begun);
        let known = Known { running: self.clone(), lease: lease.to_owned() };
        Some((Arc::new(known), Wanted(wants)))
    }

    /// Tells a task that it is not wanted any more; returns whether that is news. It is known until it
    /// is gone.
    pub(crate) fn give_up(&self, lease: &str) -> bool {
        self.lock().get(lease).is_some_and(|begun| begun.wanted.send_replace(false))
    }

    /// Tells all tasks that they are not wanted any more.
    pub(crate) fn give_up_all(&self) {
        for begun in self.lock().values() {
            begun.wanted.send_replace(false);
        }
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
        let late = tasks.iter().filter(|(_, begun)| {
            *begun.wanted.borrow() && !begun.is_over && begun.renewed.elapsed() > longest
        });
        late.map(|(lease, _)| lease.clone()).collect()
    }

    /// Says whether none runs.
    pub(crate) fn is_empty(&self) -> bool {
        self.lock().is_empty()
    }

    /// Waits until none runs.
    pub(crate) async fn until_none(&self) {
        while !self.is_empty() {
            self.0.ended.notified().await;
        }
    }

    /// Waits until a task is gone that was not wanted.
    pub(crate) async fn until_one_is_gone(&self) {
        self.0.gone.notified().await;
    }

    /// Forgets a task that is over.
    fn end(&self, lease: &str) {
        let begun = self.lock().remove(lease);
        self.0.ended.notify_one();
        if begun.is_some_and(|begun| !*begun.wanted.borrow()) {
            self.0.gone.notify_one();
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Begun>> {
        // Nothing panics under the lock.
        self.0.tasks.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
