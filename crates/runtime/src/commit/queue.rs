//! What waits to be committed.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use compasso_store::{Outcome, Write};
use tokio::sync::{Notify, oneshot};

use crate::limits;
use crate::turn::Turned;

/// The queue before the commit loop.
#[derive(Default)]
pub(crate) struct Commits {
    queue: Mutex<Queue>,
    arrived: Notify,
    /// How many commits there were, and how long they took together in microseconds.
    count: AtomicU64,
    time: AtomicU64,
}

#[derive(Default)]
struct Queue {
    items: VecDeque<Item>,
    closed: bool,
}

/// One write of a batch.
pub(crate) enum Item {
    Turn(Box<Turned>),
    /// A write that is no turn of the engine's.
    Apart {
        write: Write,
        answer: oneshot::Sender<Outcome>,
    },
}

impl Commits {
    pub(crate) fn push_turn(&self, turned: Turned) {
        self.push(Item::Turn(Box::new(turned)));
    }

    pub(crate) fn push(&self, item: Item) {
        let mut queue = self.lock();
        // Dropping an item tells those who wait for it that nothing came of it.
        if !queue.closed {
            queue.items.push_back(item);
            drop(queue);
            self.arrived.notify_one();
        }
    }

    pub(super) fn put_back(&self, items: Vec<Item>) {
        let mut queue = self.lock();
        for item in items.into_iter().rev() {
            queue.items.push_front(item);
        }
    }

    /// Takes the next batch; empty if nothing waits.
    pub(super) fn take(&self) -> Vec<Item> {
        let mut queue = self.lock();
        let mut bytes = 0;
        let count = queue
            .items
            .iter()
            .take(limits::COMMIT_TURNS_MAX)
            .take_while(|item| {
                let first = bytes == 0;
                bytes += item.weight();
                first || bytes <= limits::COMMIT_BYTES_MAX
            })
            .count();
        queue.items.drain(..count).collect()
    }

    /// Counts a commit.
    pub(super) fn count(&self, time: Duration) {
        self.count.fetch_add(1, Ordering::Relaxed);
        let time = u64::try_from(time.as_micros()).unwrap_or(u64::MAX);
        self.time.fetch_add(time, Ordering::Relaxed);
    }

    /// Returns how many commits there were and how long they took together.
    pub(crate) fn figures(&self) -> (u64, Duration) {
        let time = Duration::from_micros(self.time.load(Ordering::Relaxed));
        (self.count.load(Ordering::Relaxed), time)
    }

    pub(super) async fn arrived(&self) {
        self.arrived.notified().await;
    }

    /// Takes no more; what waits is still committed.
    pub(crate) fn close(&self) {
        self.lock().closed = true;
        self.arrived.notify_one();
    }

    pub(super) fn is_closed(&self) -> bool {
        self.lock().closed
    }

    /// Drops what waits.
    pub(super) fn clear(&self) {
        let dropped = std::mem::take(&mut self.lock().items);
        drop(dropped);
    }

    fn lock(&self) -> MutexGuard<'_, Queue> {
        // Nothing panics under the lock.
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
