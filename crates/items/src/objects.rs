//! Where files are: stores of objects, each in a bucket under a key.

mod local;

use std::io::{self, Read, Write};
use std::sync::Arc;

pub(crate) use local::LocalFiles;

use crate::ItemsError;

/// What a bucket begins with that is a local directory.
const FILE_SCHEME: &str = "file://";

/// The stores that readers and writers use. `clone` is cheap.
#[derive(Clone)]
pub struct Stores {
    local: Arc<LocalFiles>,
}

/// The name of an object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Location {
    pub(crate) bucket: String,
    pub(crate) key: String,
    /// The account that must own the bucket.
    pub(crate) owner: Option<String>,
    /// The version of the object; absent: the last one.
    pub(crate) version: Option<String>,
}

/// A store of objects. Its calls may block, each for a bounded time.
pub(crate) trait ObjectStore: Send + Sync {
    /// Opens an object to read it from its beginning to its end. An [`io::Error`] while it is read
    /// may hold a [`Failure`].
    fn open(&self, location: &Location) -> Result<Box<dyn Read + Send>, Failure>;

    /// Begins to write an object, which replaces one of the same name once it is finished.
    fn create(&self, location: &Location) -> Result<Box<dyn Upload>, Failure>;
}

/// An object that is being written. Unless it is finished, nothing is left of it.
pub(crate) trait Upload: Write + Send {
    /// Makes what was written the object.
    fn finish(self: Box<Self>) -> Result<(), Failure>;
}

/// Why a store did not do what it was asked.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct Failure(pub(crate) String);

impl Stores {
    /// Makes the stores.
    pub fn new() -> Self {
        Self { local: Arc::new(LocalFiles) }
    }

    /// Returns the store that holds the object.
    pub(crate) fn of(&self, _location: &Location) -> &dyn ObjectStore {
        &*self.local
    }
}

impl Default for Stores {
    fn default() -> Self {
        Self::new()
    }
}

impl Location {
    pub(crate) fn new(bucket: &str, key: &str) -> Self {
        Self { bucket: bucket.to_owned(), key: key.to_owned(), owner: None, version: None }
    }

    /// Returns the object `name` in this folder.
    pub(crate) fn below(&self, name: &str) -> Self {
        Self { key: format!("{}/{name}", self.key), ..self.clone() }
    }

    /// Returns the object's address, as `Map.Item.Source` in the context object has it.
    pub(crate) fn source(&self) -> String {
        let scheme = if self.bucket.starts_with(FILE_SCHEME) { "" } else { "S3://" };
        format!("{scheme}{}/{}", self.bucket.trim_end_matches('/'), self.key)
    }
}

impl Failure {
    pub(crate) fn into_reader_error(self) -> ItemsError {
        ItemsError::reader(self.0)
    }

    /// Returns the failure that an error while an object is read or written stands for.
    pub(crate) fn of(error: &io::Error) -> Self {
        let held = error.get_ref().and_then(|inner| inner.downcast_ref::<Self>());
        held.cloned().unwrap_or_else(|| Self(error.to_string()))
    }
}
