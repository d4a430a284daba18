//! The executions in memory: those being worked on, and a bounded number of others.
//!
//! An execution has one slot: its messages, what is known of it, and whether somebody works on it.
//! **Invariant:** what a slot knows is durable, and only one turn of an execution is under way.

mod shard;
mod slot;

use std::sync::{Mutex, MutexGuard, PoisonError};

use compasso_store::ExecutionKey;

pub(crate) use self::shard::Shard;
pub(crate) use self::slot::{Known, Live, Open, Stored, Work};
use self::slot::{Phase, Slot};
use crate::limits;
use crate::message::Message;

/// Enough that threads seldom meet.
const SHARDS: usize = 16;

/// All slots.
pub(crate) struct Slots {
    shards: Box<[Mutex<Shard>]>,
}

/// What the caller has to do for the execution now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub(crate) enum Act {
    /// Nothing: somebody works on it already, or nothing waits.
    Nothing,
    /// Put it in the line for a turn.
    Turn,
    /// Read it from the store.
    Load,
}

impl Slots {
    pub(crate) fn new(cached_max: usize) -> Self {
        let shard = || {
            let cached = cached_max.div_ceil(SHARDS);
            Mutex::new(Shard::new(cached, limits::CACHED_BYTES_MAX / SHARDS))
        };
        Self { shards: (0..SHARDS).map(|_| shard()).collect() }
    }

    /// Locks the part that holds `key`.
    pub(crate) fn lock(&self, key: &ExecutionKey) -> MutexGuard<'_, Shard> {
        // Names differ at their ends; a weak hash of that is enough to spread them.
        let tail = key.0.as_bytes().iter().rev().take(16);
        let hash =
            tail.fold(0_usize, |hash, byte| hash.wrapping_mul(31).wrapping_add(usize::from(*byte)));
        let shard = &self.shards[hash % SHARDS];
        // No panic happens under the lock: turns run outside of it.
        shard.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Puts a message into an execution's inbox.
    pub(crate) fn push(&self, key: &ExecutionKey, message: Message) -> Act {
        self.lock(key).push(key, message)
    }

    /// Takes what the next turn works with.
    pub(crate) fn take(&self, key: &ExecutionKey) -> Option<Work> {
        self.lock(key).take(key)
    }

    /// Ends the work on an execution, which is now as `known` says.
    pub(crate) fn settle(&self, key: &ExecutionKey, known: Known) -> Act {
        self.lock(key).settle(key, known)
    }

    /// Forgets everything, and with it everybody who waits.
    pub(crate) fn clear(&self) {
        for shard in &self.shards {
            shard.lock().unwrap_or_else(PoisonError::into_inner).clear();
        }
    }

    /// Returns how many executions are in memory.
    pub(crate) fn count(&self) -> usize {
        let shards = self.shards.iter();
        shards.map(|shard| shard.lock().unwrap_or_else(PoisonError::into_inner).count()).sum()
    }
}
