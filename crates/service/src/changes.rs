//! Changes of executions, told to whoever looks at them now.
//!
//! What is told is only that something changed: readers ask the store for what it is. So a reader
//! that falls behind loses nothing, and nobody holds a turn up.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use compasso_engine::EventKind;
use compasso_ir::ExecutionType;
use compasso_runtime::{News, Observer};
use tokio::sync::broadcast::error::{RecvError, TryRecvError};
use tokio::sync::broadcast::{self, Receiver, Sender};
use tokio::time::Instant;

/// Changes that wait for the slowest reader; one further behind is told that it missed some.
const WAITING_MAX: usize = 4_096;
/// Readers are told of changes so often at most.
const BATCH_INTERVAL: Duration = Duration::from_millis(100);

/// Tells of changes of Standard executions.
pub struct Changes {
    /// `None` once closed.
    told: Mutex<Option<Sender<RunChange>>>,
}

/// An execution had a turn.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct RunChange {
    /// Its ARN.
    pub id: Arc<str>,
    /// Whether listings show it differently now: it started, closed or was redriven.
    pub is_listed: bool,
}

/// What changed since it was asked last.
#[derive(Debug, Default)]
pub struct Batch {
    /// The changes, each execution once or twice.
    pub changes: HashSet<RunChange>,
    /// Whether there were more that are not known any more.
    pub has_gap: bool,
}

/// Somebody who is told.
pub struct Subscription {
    receiver: Receiver<RunChange>,
    next_batch: Instant,
    /// What was received and not yet told.
    batch: Batch,
}

impl Default for Changes {
    fn default() -> Self {
        Self { told: Mutex::new(Some(broadcast::channel(WAITING_MAX).0)) }
    }
}

impl Changes {
    /// Begins to listen; `None` once the server is closing.
    pub fn subscribe(&self) -> Option<Subscription> {
        let receiver =
            self.told.lock().unwrap_or_else(PoisonError::into_inner).as_ref()?.subscribe();
        Some(Subscription { receiver, next_batch: Instant::now(), batch: Batch::default() })
    }

    /// Tells everybody that nothing more will come.
    pub fn close(&self) {
        self.told.lock().unwrap_or_else(PoisonError::into_inner).take();
    }
}

impl Observer for Changes {
    fn turned(&self, news: &News) {
        if news.kind != ExecutionType::Standard {
            return;
        }
        let told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(sender) = told.as_ref().filter(|sender| sender.receiver_count() > 0) else {
            return;
        };
        let is_listed = news.events.iter().any(|event| is_listed(&event.kind));
        // Nobody may be left to hear it.
        let _ = sender.send(RunChange { id: news.record.start.id.clone(), is_listed });
    }
}

impl Subscription {
    /// Waits for changes; `None` once the server is closing. Those that come within a short time
    /// come together. Nothing is lost when it is dropped while it waits.
    pub async fn next(&mut self) -> Option<Batch> {
        if self.batch.is_empty() {
            match self.receiver.recv().await {
                Ok(change) => self.batch.add(change),
                Err(RecvError::Lagged(_)) => self.batch.has_gap = true,
                Err(RecvError::Closed) => return None,
            }
        }
        tokio::time::sleep_until(self.next_batch).await;
        self.next_batch = Instant::now() + BATCH_INTERVAL;
        for _ in 0..WAITING_MAX {
            match self.receiver.try_recv() {
                Ok(change) => self.batch.add(change),
                Err(TryRecvError::Lagged(_)) => self.batch.has_gap = true,
                Err(TryRecvError::Empty | TryRecvError::Closed) => break,
            }
        }
        Some(std::mem::take(&mut self.batch))
    }
}

impl Batch {
    fn add(&mut self, change: RunChange) {
        self.changes.insert(change);
    }

    fn is_empty(&self) -> bool {
        self.changes.is_empty() && !self.has_gap
    }

    /// Returns the executions that listings show differently now.
    pub fn listed(&self) -> Vec<Arc<str>> {
        let listed = self.changes.iter().filter(|change| change.is_listed);
        listed.map(|change| change.id.clone()).collect()
    }

    /// Says whether the execution `id` may have changed.
    pub fn touches(&self, id: &str) -> bool {
        self.has_gap || self.changes.iter().any(|change| &*change.id == id)
    }
}

/// Says whether an event changes what listings show.
fn is_listed(kind: &EventKind) -> bool {
    matches!(
        kind,
        EventKind::ExecutionStarted { .. }
            | EventKind::ExecutionSucceeded { .. }
            | EventKind::ExecutionFailed { .. }
            | EventKind::ExecutionAborted { .. }
            | EventKind::ExecutionTimedOut { .. }
            | EventKind::ExecutionRedriven { .. }
    )
}
