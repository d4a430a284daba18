//! The asynchronous face of a dataset.

use std::collections::VecDeque;

use tokio::task::{self, JoinHandle};

use super::Item;
use crate::ItemsError;
use crate::formats::Items;
use crate::objects::Needed;

/// Most items that are read ahead.
const BATCH_ITEMS_MAX: usize = 1_000;

/// Most bytes of items that are read ahead; one item may be larger.
const BATCH_BYTES_MAX: usize = 1024 * 1024;

/// Most items that are read at once, those that are dropped included: whoever ends a stream waits no
/// longer than that.
const BATCH_SCANNED_MAX: u64 = 10_000;

/// With fewer items than this at hand, the next ones are read while these are used.
const READ_AHEAD_BELOW: usize = 200;

/// Opens a dataset; it may block.
pub(super) type Open = Box<dyn FnOnce() -> Result<Box<dyn Items>, ItemsError> + Send>;

/// The items of a dataset, in order.
///
/// A few are read ahead by a thread for blocking work, which gives up when the stream is dropped. An
/// error is the last thing a stream gives.
pub struct ItemStream {
    ready: VecDeque<Item>,
    state: State,
    next_index: u64,
    /// The index of the first item that is not wanted.
    end: u64,
    _needed: Needed,
}

enum State {
    Closed(Open),
    Open(Box<dyn Items>),
    Reading(JoinHandle<Batch>),
    /// All is read, or something went wrong that was not told yet.
    Ended(Option<ItemsError>),
}

/// What was read at once.
struct Batch {
    items: Vec<Item>,
    next_index: u64,
    then: State,
}

/// What is to be read.
#[derive(Clone, Copy)]
struct Wanted {
    first_index: u64,
    /// Items before this one are read and dropped.
    skip_to: u64,
    /// The index of the first item that is not wanted.
    end: u64,
}

impl ItemStream {
    pub(super) fn new(open: Open, max_items: Option<u64>, needed: Needed) -> Self {
        Self {
            ready: VecDeque::new(),
            state: State::Closed(open),
            next_index: 0,
            end: max_items.unwrap_or(u64::MAX),
            _needed: needed,
        }
    }

    /// Returns the next item, or `None` after the last one. A call that is given up loses nothing.
    ///
    /// # Errors
    /// The dataset cannot be read or is malformed.
    pub async fn next(&mut self) -> Result<Option<Item>, ItemsError> {
        self.next_from(0).await
    }

    /// Returns the first item whose index is `index` or more. Nothing is kept of the items before
    /// it, so this is how reading goes on after a restart.
    ///
    /// # Errors
    /// The dataset cannot be read or is malformed.
    pub async fn next_from(&mut self, index: u64) -> Result<Option<Item>, ItemsError> {
        loop {
            while let Some(item) = self.ready.pop_front() {
                if item.index >= index {
                    if self.ready.len() < READ_AHEAD_BELOW {
                        self.begin_batch(index);
                    }
                    return Ok(Some(item));
                }
            }
            if let State::Ended(error) = &mut self.state {
                return error.take().map_or(Ok(None), Err);
            }
            self.begin_batch(index);
            self.await_batch().await;
        }
    }

    /// Begins to read, unless that has begun already.
    fn begin_batch(&mut self, skip_to: u64) {
        let wanted = Wanted { first_index: self.next_index, skip_to, end: self.end };
        self.state = match std::mem::replace(&mut self.state, State::Ended(None)) {
            State::Closed(open) => State::Reading(task::spawn_blocking(move || match open() {
                Ok(items) => wanted.read(items),
                Err(error) => wanted.nothing(error),
            })),
            State::Open(items) => State::Reading(task::spawn_blocking(move || wanted.read(items))),
            state @ (State::Reading(_) | State::Ended(_)) => state,
        };
    }

    async fn await_batch(&mut self) {
        if let State::Reading(handle) = &mut self.state {
            let batch = handle.await.unwrap_or_else(|_| {
                let wanted = Wanted { first_index: self.next_index, skip_to: 0, end: self.end };
                wanted.nothing(ItemsError::interrupted())
            });
            self.next_index = batch.next_index;
            self.ready.extend(batch.items);
            self.state = batch.then;
        }
    }
}

impl Wanted {
    /// Reads a batch; runs where it may block.
    fn read(self, mut source: Box<dyn Items>) -> Batch {
        let (mut items, mut bytes) = (Vec::new(), 0);
        let mut next_index = self.first_index;
        let then = loop {
            let scanned = next_index - self.first_index;
            let is_full = items.len() >= BATCH_ITEMS_MAX || bytes >= BATCH_BYTES_MAX;
            if is_full || scanned >= BATCH_SCANNED_MAX {
                break State::Open(source);
            }
            if next_index >= self.end {
                break State::Ended(None);
            }
            match source.next() {
                Ok(Some(found)) => {
                    if next_index >= self.skip_to {
                        bytes += found.bytes;
                        items.push(Item {
                            index: next_index,
                            key: found.key,
                            value: found.value,
                            source: found.source,
                        });
                    }
                    next_index += 1;
                }
                Ok(None) => break State::Ended(None),
                Err(error) => break State::Ended(Some(error)),
            }
        };
        Batch { items, next_index, then }
    }

    fn nothing(self, error: ItemsError) -> Batch {
        Batch { items: Vec::new(), next_index: self.first_index, then: State::Ended(Some(error)) }
    }
}
