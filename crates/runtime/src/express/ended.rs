//! How the last Express executions ended, for those who wait for them or ask a little late. It is in
//! memory, as they are.

use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, PoisonError};

use compasso_engine::Closed;
use compasso_store::ExecutionKey;

use crate::{Description, limits};

/// The ends of asynchronous Express executions, as many as there is room for.
#[derive(Default)]
pub(crate) struct Ended(Mutex<Kept>);

#[derive(Default)]
struct Kept {
    ends: HashMap<ExecutionKey, Description>,
    /// The oldest first.
    order: VecDeque<ExecutionKey>,
    bytes: usize,
}

impl Ended {
    /// Keeps an end; the oldest make room.
    pub(super) fn keep(&self, key: &ExecutionKey, end: Description) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).keep(key, end);
    }

    /// Returns how an execution ended, if that is still known.
    pub(crate) fn get(&self, key: &ExecutionKey) -> Option<Description> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).ends.get(key).cloned()
    }
}

impl Kept {
    fn keep(&mut self, key: &ExecutionKey, end: Description) {
        self.bytes += bytes_of(&end);
        match self.ends.insert(key.clone(), end) {
            Some(before) => self.bytes -= bytes_of(&before),
            None => self.order.push_back(key.clone()),
        }
        while self.order.len() > limits::EXPRESS_ENDS_MAX
            || self.bytes > limits::EXPRESS_ENDS_BYTES_MAX
        {
            let Some(oldest) = self.order.pop_front() else { return };
            self.bytes -= self.ends.remove(&oldest).as_ref().map_or(0, bytes_of);
        }
    }
}

/// Returns what an end takes up, about.
fn bytes_of(end: &Description) -> usize {
    let output = match &end.closed {
        Some(Closed::Succeeded { output }) => output.text().len(),
        Some(Closed::Failed { .. } | Closed::Aborted { .. } | Closed::TimedOut) | None => 0,
    };
    limits::EXPRESS_END_BYTES + end.input().text().len() + output
}
