//! How many tasks wait in memory. Those beyond wait in the store, which is asked again once half of
//! the room is free.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::sync::Notify;

/// The room for waiting tasks.
pub(crate) struct Backlog {
    max: usize,
    /// Whether tasks were turned away since the store was last asked.
    spilled: AtomicBool,
    room: Arc<Notify>,
}

impl Backlog {
    /// Makes room for `max` tasks; `room` is told when the store should be asked again.
    pub(crate) fn new(max: usize, room: Arc<Notify>) -> Self {
        Self { max: max.max(1), spilled: AtomicBool::new(false), room }
    }

    /// Says whether one more task may wait beside `count` others; remembers if not.
    pub(crate) fn takes(&self, count: usize) -> bool {
        let takes = count < self.max;
        if !takes {
            self.spilled.store(true, Ordering::SeqCst);
        }
        takes
    }

    /// Notes that only `count` tasks wait.
    pub(crate) fn shrank(&self, count: usize) {
        if count <= self.max / 2 && self.spilled.swap(false, Ordering::SeqCst) {
            self.room.notify_one();
        }
    }
}
