//! Large values: kept in files beside the database, each named by its content, which never changes.
//!
//! The row holds references (`compasso_store::large`). **Invariant:** a file is durable before the row
//! that refers to it; it is never changed, and not removed while a row refers to it
//! (`writer/sweep.rs` removes those that none refers to).

use std::borrow::Cow;
use std::collections::HashMap;
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use bytes::Bytes;
use compasso_store::large;
use compasso_store::{Batch, Execution, JournalEntry};
use rusqlite::types::Type;

/// Name of the directory in the data directory.
pub(crate) const DIRECTORY_NAME: &str = "blobs";

/// The files of large values.
#[derive(Clone, Debug)]
pub(crate) struct Blobs {
    data: PathBuf,
    directory: PathBuf,
}

/// What a reference refers to is not there, or is something else.
#[derive(Debug, thiserror::Error)]
enum BlobError {
    #[error("blob {0} cannot be read")]
    Unreadable(String, #[source] io::Error),
    #[error("blob {0} is damaged")]
    Damaged(String),
}

impl Blobs {
    /// Names the files of the store in `data`; none of them is made before it is needed.
    pub(crate) fn new(data: &Path) -> Self {
        Self { data: data.to_owned(), directory: data.join(DIRECTORY_NAME) }
    }

    /// Keeps the large values of a batch in files; returns the batch that is written instead.
    pub(crate) fn keep<'b>(&self, batch: &'b Batch) -> io::Result<Cow<'b, Batch>> {
        let Some((batch, values)) = large::cut_batch(batch) else {
            return Ok(Cow::Borrowed(batch));
        };
        for (name, value) in &values {
            self.write(name, value)?;
        }
        Ok(Cow::Owned(batch))
    }

    /// Makes a value durable in its file.
    fn write(&self, name: &str, value: &[u8]) -> io::Result<()> {
        let path = self.path(name);
        let shelf = path.parent().expect("a blob lies on a shelf");
        fs::create_dir_all(shelf)?;
        if !path.exists() {
            // A crash leaves at most an unfinished file, which the next try writes over.
            let unfinished = path.with_extension("unfinished");
            let mut file = File::create(&unfinished)?;
            file.write_all(value)?;
            file.sync_all()?;
            fs::rename(&unfinished, &path)?;
        }
        for directory in [shelf, &self.directory, &self.data] {
            File::open(directory)?.sync_all()?;
        }
        Ok(())
    }

    /// Resolves all bodies of an execution.
    pub(crate) fn resolve_execution(&self, execution: Execution) -> rusqlite::Result<Execution> {
        let mut values = Values::of(self);
        Ok(Execution {
            start: values.resolve(execution.start)?,
            image: values.resolve(execution.image)?,
            outcome: execution.outcome.map(|outcome| values.resolve(outcome)).transpose()?,
            ..execution
        })
    }

    /// Resolves the bodies of a journal.
    pub(crate) fn resolve_journal(
        &self,
        rows: Vec<JournalEntry>,
    ) -> rusqlite::Result<Vec<JournalEntry>> {
        let mut values = Values::of(self);
        let resolve =
            |row: JournalEntry| Ok(JournalEntry { body: values.resolve(row.body)?, ..row });
        rows.into_iter().map(resolve).collect()
    }

    fn read(&self, name: &str) -> Result<Bytes, BlobError> {
        let body = fs::read(self.path(name))
            .map_err(|error| BlobError::Unreadable(name.to_owned(), error))?;
        if large::name(&body) != name {
            return Err(BlobError::Damaged(name.to_owned()));
        }
        Ok(body.into())
    }

    /// Returns the directories that hold the files.
    pub(crate) fn shelves(&self) -> Vec<PathBuf> {
        let shelves = fs::read_dir(&self.directory).into_iter().flatten().flatten();
        shelves.map(|shelf| shelf.path()).filter(|shelf| shelf.is_dir()).collect()
    }

    /// Looks whether the file of this name is there and is what it was.
    ///
    /// # Errors
    /// What is wrong with it.
    pub(crate) fn check(&self, name: &str) -> Result<(), String> {
        let told = |error: BlobError| match &error {
            BlobError::Unreadable(_, source) => format!("{error}: {source}"),
            BlobError::Damaged(_) => error.to_string(),
        };
        self.read(name).map(drop).map_err(told)
    }

    /// Spreads the files over directories: no directory has very many.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.directory.join(&name[..2]).join(name)
    }
}

/// What one read has fetched of the files: a value often stands in several rows.
struct Values<'b> {
    blobs: &'b Blobs,
    read: HashMap<String, Bytes>,
}

impl<'b> Values<'b> {
    fn of(blobs: &'b Blobs) -> Self {
        Self { blobs, read: HashMap::new() }
    }

    /// Returns what a body of a row stands for.
    fn resolve(&mut self, body: Bytes) -> rusqlite::Result<Bytes> {
        let joined = match large::referred(&body) {
            Some(name) => self.value(name),
            None => large::joined(body, |name| self.value(name)),
        };
        joined.map_err(|error| {
            rusqlite::Error::FromSqlConversionFailure(0, Type::Text, Box::new(error))
        })
    }

    fn value(&mut self, name: &str) -> Result<Bytes, BlobError> {
        if let Some(value) = self.read.get(name) {
            return Ok(value.clone());
        }
        let value = self.blobs.read(name)?;
        self.read.insert(name.to_owned(), value.clone());
        Ok(value)
    }
}
