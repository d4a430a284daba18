//! The objects of a bucket as items, or as files to read.

use std::sync::Arc;

use compasso_types::Json;

use super::chain::Files;
use super::dataset::failed;
use crate::formats::{Found, Items};
use crate::objects::{Entry, List, Location};
use crate::{ItemsError, Stores};

/// About how much memory an entry takes beside its key.
const ENTRY_BYTES: usize = 500;

/// The entries of a list.
pub(super) struct ListedObjects {
    list: List,
    source: Arc<str>,
}

impl ListedObjects {
    pub(super) fn open(stores: &Stores, prefix: &Location) -> Result<Self, ItemsError> {
        let list = stores.of(prefix).list(prefix).map_err(failed)?;
        Ok(Self { list, source: prefix.bucket_source().into() })
    }
}

impl Items for ListedObjects {
    fn next(&mut self) -> Result<Option<Found>, ItemsError> {
        let Some(entry) = self.list.next().transpose().map_err(failed)? else {
            return Ok(None);
        };
        let bytes = entry.key.len() + ENTRY_BYTES;
        let source = Arc::clone(&self.source);
        Ok(Some(Found { key: None, value: item(entry), source, bytes }))
    }
}

/// Returns the listed files whose content is wanted: what stands for a folder has none.
pub(super) fn files(stores: &Stores, prefix: &Location) -> Result<Files, ItemsError> {
    let list = stores.of(prefix).list(prefix).map_err(failed)?;
    let is_folder = |entry: &Entry| entry.size == 0 && entry.key.ends_with('/');
    let bucket = prefix.clone();
    let files = list.filter(move |entry| !entry.as_ref().is_ok_and(is_folder));
    Ok(Box::new(files.map(move |entry| {
        let Entry { key, .. } = entry.map_err(failed)?;
        Ok(Location { key, ..bucket.clone() })
    })))
}

fn item(entry: Entry) -> Json {
    Json::object([
        ("Etag", Json::from(entry.tag)),
        ("Key", Json::from(entry.key)),
        ("LastModified", Json::from(entry.last_modified)),
        ("Size", Json::from(i64::try_from(entry.size).unwrap_or(i64::MAX))),
        ("StorageClass", Json::from(entry.storage_class)),
    ])
}
