//! The items of many files, one file after the other.

use super::ReaderConfig;
use crate::formats::{self, Found, Items};
use crate::objects::Location;
use crate::{ItemsError, Stores};

/// The files, in order.
pub(super) type Files = Box<dyn Iterator<Item = Result<Location, ItemsError>> + Send>;

/// The items of many files of one format.
pub(super) struct Chain {
    stores: Stores,
    files: Files,
    config: ReaderConfig,
    open: Option<Box<dyn Items>>,
}

impl Chain {
    pub(super) fn new(stores: &Stores, files: Files, config: &ReaderConfig) -> Self {
        Self { stores: stores.clone(), files, config: config.clone(), open: None }
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
            let Some(location) = self.files.next().transpose()? else {
                return Ok(None);
            };
            self.open = Some(formats::open(&self.stores, &location, &self.config)?);
        }
    }
}
