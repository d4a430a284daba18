//! Where files are: stores of objects, each in a bucket under a key.

mod local;
mod s3;

use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use compasso_aws::AwsSettings;
use tokio::sync::watch;

use local::LocalFiles;
use s3::S3;

/// What a bucket begins with that is a local directory.
const FILE_SCHEME: &str = "file://";

/// The stores that readers and writers use. `clone` is cheap.
#[derive(Clone)]
pub struct Stores {
    local: Arc<LocalFiles>,
    s3: Arc<S3>,
}

/// While it exists, somebody needs what is asked of stores; once it is dropped, whatever waits for
/// them gives up.
pub(crate) struct Needed(#[expect(dead_code, reason = "its end is the signal")] watch::Sender<()>);

/// The name of an object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Location {
    pub(crate) bucket: String,
    pub(crate) key: String,
    /// The account that must own the bucket.
    pub(crate) owner: Option<String>,
    /// The version of the object; absent: the last one.
    pub(crate) version: Option<String>,
    /// The tag that it must have from its beginning to its end; absent: any.
    pub(crate) tag: Option<String>,
}

/// A store of objects. Its calls may block, each for a bounded time.
pub(crate) trait ObjectStore: Send + Sync {
    /// Opens an object to read it from its beginning to its end. An [`io::Error`] while it is read
    /// may hold a [`Failure`].
    fn open(&self, location: &Location) -> Result<Box<dyn Read + Send>, Failure>;

    /// Returns how large an object is, and which one exactly it is.
    fn info(&self, location: &Location) -> Result<Info, Failure>;

    /// Returns `length` bytes from `start` on of an object whose [`Info`] is known.
    fn read_at(
        &self,
        location: &Location,
        info: &Info,
        start: u64,
        length: usize,
    ) -> Result<Vec<u8>, Failure>;

    /// Lists the objects whose keys begin with that of `prefix`, in the order of their keys.
    fn list(&self, prefix: &Location) -> Result<List, Failure>;

    /// Begins to write an object, which replaces one of the same name once it is finished.
    fn create(&self, location: &Location) -> Result<Box<dyn Upload>, Failure>;
}

/// An object that is being written. Unless it is finished, nothing is left of it.
pub(crate) trait Upload: Write + Send {
    /// Makes what was written the object.
    fn finish(self: Box<Self>) -> Result<(), Failure>;
}

/// An object as it was at one time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Info {
    pub(crate) size: u64,
    /// Changes when the object does; absent where a store has none.
    pub(crate) tag: Option<String>,
}

/// The entries of a list; after a failure there are no more.
pub(crate) type List = Box<dyn Iterator<Item = Result<Entry, Failure>> + Send>;

/// An object in a list.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// Its key.
    pub key: String,
    /// Changes when the object does.
    pub tag: String,
    /// Seconds since 1970.
    pub last_modified: f64,
    /// Its size, bytes.
    pub size: u64,
    /// How S3 keeps it.
    pub storage_class: String,
}

/// Why a store did not do what it was asked.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{cause}")]
pub struct Failure {
    pub(crate) cause: String,
    /// Whether what was named is not there.
    pub(crate) is_missing: bool,
    /// Whether what was named is another one than before.
    pub(crate) is_changed: bool,
}

impl Stores {
    /// Makes stores that know nothing of AWS: S3 is where AWS has it, and nobody calls it. Every
    /// local directory can be used.
    pub fn new() -> Self {
        Self { local: Arc::default(), s3: Arc::new(S3::new(AwsSettings::default(), None)) }
    }

    /// Says who calls AWS and where it is; `own` is this server's own URL, which is no S3 even if it
    /// is given as the endpoint of all services.
    #[must_use]
    pub fn with_aws(mut self, settings: AwsSettings, own: Option<String>) -> Self {
        self.s3 = Arc::new(S3::new(settings, own));
        self
    }

    /// Allows no local directories but these and those below them.
    #[must_use]
    pub fn with_directories(mut self, directories: Vec<PathBuf>) -> Self {
        self.local = Arc::new(LocalFiles { directories: Some(directories) });
        self
    }

    /// Returns whether the directory of this machine may be used, whether it is there or not.
    pub fn allows(&self, directory: &Path) -> bool {
        self.local.allows(directory)
    }

    /// Lists the objects of a bucket whose keys begin with `prefix`, in the order of their keys. Its
    /// calls may block, each for a bounded time.
    ///
    /// # Errors
    /// The store does not answer; after an error there are no more entries.
    pub fn list(
        &self,
        bucket: &str,
        prefix: &str,
    ) -> Result<impl Iterator<Item = Result<Entry, Failure>> + use<>, Failure> {
        let location = Location::new(bucket, prefix);
        self.of(&location).list(&location)
    }

    /// Returns the stores for one reader or writer.
    pub(crate) fn for_one(&self) -> (Self, Needed) {
        let (needed, until) = watch::channel(());
        (Self { s3: Arc::new(self.s3.until(until)), ..self.clone() }, Needed(needed))
    }

    /// Returns the store that holds the object.
    pub(crate) fn of(&self, location: &Location) -> &dyn ObjectStore {
        if location.is_local() { &*self.local } else { &*self.s3 }
    }
}

impl Default for Stores {
    fn default() -> Self {
        Self::new()
    }
}

impl Location {
    pub(crate) fn new(bucket: &str, key: &str) -> Self {
        Self {
            bucket: bucket.to_owned(),
            key: key.to_owned(),
            owner: None,
            version: None,
            tag: None,
        }
    }

    /// Returns the object `name` in this folder.
    pub(crate) fn below(&self, name: &str) -> Self {
        Self { key: format!("{}/{name}", self.key), ..self.clone() }
    }

    /// Returns whether the bucket is a directory of this machine.
    pub(crate) fn is_local(&self) -> bool {
        self.bucket.starts_with(FILE_SCHEME)
    }

    /// Returns the object's address, as `Map.Item.Source` in the context object has it.
    pub(crate) fn source(&self) -> String {
        format!("{}/{}", self.bucket_source(), self.key)
    }

    /// Returns the bucket's address.
    pub(crate) fn bucket_source(&self) -> String {
        let scheme = if self.is_local() { "" } else { "S3://" };
        format!("{scheme}{}", self.bucket.trim_end_matches('/'))
    }
}

impl Failure {
    pub(crate) fn new(cause: impl Into<String>) -> Self {
        Self { cause: cause.into(), is_missing: false, is_changed: false }
    }

    /// Makes that of what is not there.
    pub(crate) fn missing(cause: impl Into<String>) -> Self {
        Self { is_missing: true, ..Self::new(cause) }
    }

    /// Makes that of what is another one than before.
    pub(crate) fn changed(location: &Location) -> Self {
        let cause = format!("The object {} changed while it was read.", location.source());
        Self { is_changed: true, ..Self::new(cause) }
    }

    /// Returns the failure that an error while an object is read or written stands for.
    pub(crate) fn of(error: &io::Error) -> Self {
        let held = error.get_ref().and_then(|inner| inner.downcast_ref::<Self>());
        held.cloned().unwrap_or_else(|| Self::new(error.to_string()))
    }
}
