//! A bounded queue to a thread that can be closed from our side.

use std::fmt;
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::sync::{PoisonError, RwLock};

/// The end that sends, never blocking.
pub(crate) struct Queue<T> {
    sender: RwLock<Option<SyncSender<T>>>,
}

impl<T> Queue<T> {
    /// Returns a queue of at most `max` entries and the end that receives.
    pub(crate) fn new(max: usize) -> (Self, Receiver<T>) {
        let (sender, receiver) = sync_channel(max);
        (Self { sender: RwLock::new(Some(sender)) }, receiver)
    }

    /// Puts an entry into the queue, or says why not.
    pub(crate) fn push(&self, entry: T) -> Result<(), String> {
        let sender = self.sender.read().unwrap_or_else(PoisonError::into_inner);
        let Some(sender) = &*sender else {
            return Err("store is closed".into());
        };
        sender.try_send(entry).map_err(|error| match error {
            TrySendError::Full(_) => "store is overloaded".into(),
            TrySendError::Disconnected(_) => "store has failed".into(),
        })
    }

    /// Refuses new entries; the receiver ends after those that wait.
    pub(crate) fn close(&self) {
        *self.sender.write().unwrap_or_else(PoisonError::into_inner) = None;
    }
}

impl<T> fmt::Debug for Queue<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Queue").finish_non_exhaustive()
    }
}
