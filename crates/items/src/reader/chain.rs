//! The items of many files, one file after the other.

use std::collections::VecDeque;
use std::thread::{self, JoinHandle};

use tokio::runtime::Handle;

use super::ReaderConfig;
use crate::formats::{self, Found, Items};
use crate::objects::Location;
use crate::{ItemsError, Stores};

/// How many files are opened ahead: many small ones would otherwise take one answer of the store
/// each, one after the other.
const OPENED_AHEAD: usize = 4;

/// The files, in order.
pub(super) type Files = Box<dyn Iterator<Item = Result<Location, ItemsError>> + Send>;

/// The items of many files of one format.
pub(super) struct Chain {
    stores: Stores,
    files: Files,
    config: ReaderConfig,
    open: Option<OpenFile>,
    next: VecDeque<Opening>,
}

/// A file that is being read.
struct OpenFile {
    items: Box<dyn Items>,
    /// For messages.
    source: String,
}

/// A file that is being opened, or why there is none.
enum Opening {
    /// A thread of its own: those for blocking work are few, and one of them waits for it.
    Thread(JoinHandle<Result<OpenFile, ItemsError>>),
    Failed(ItemsError),
}

impl Chain {
    pub(super) fn new(stores: &Stores, files: Files, config: &ReaderConfig) -> Self {
        Self {
            stores: stores.clone(),
            files,
            config: config.clone(),
            open: None,
            next: VecDeque::new(),
        }
    }

    fn open_ahead(&mut self) {
        while self.next.len() < OPENED_AHEAD
            && let Some(location) = self.files.next()
        {
            self.next.push_back(match location {
                Ok(location) => self.begin(location),
                Err(error) => Opening::Failed(error),
            });
        }
    }

    fn begin(&self, location: Location) -> Opening {
        let (stores, config, runtime) =
            (self.stores.clone(), self.config.clone(), Handle::current());
        Opening::Thread(thread::spawn(move || {
            let _inside = runtime.enter();
            let source = location.source();
            match formats::open(&stores, &location, &config) {
                Ok(items) => Ok(OpenFile { items, source }),
                Err(error) => Err(error.of_file(&source)),
            }
        }))
    }
}

impl OpenFile {
    fn next(&mut self) -> Result<Option<Found>, ItemsError> {
        self.items.next().map_err(|error| error.of_file(&self.source))
    }
}

impl Items for Chain {
    fn next(&mut self) -> Result<Option<Found>, ItemsError> {
        loop {
            if let Some(open) = &mut self.open {
                if let Some(found) = open.next()? {
                    return Ok(Some(found));
                }
                self.open = None;
            }
            self.open_ahead();
            self.open = match self.next.pop_front() {
                None => return Ok(None),
                Some(Opening::Failed(error)) => return Err(error),
                Some(Opening::Thread(thread)) => {
                    Some(thread.join().unwrap_or_else(|_| Err(ItemsError::interrupted()))?)
                }
            };
        }
    }
}
