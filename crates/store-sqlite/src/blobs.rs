//! Large bodies: kept in files beside the database, each named by its content, which never changes.
//!
//! The row holds a reference. **Invariant:** a file is durable before the row that refers to it; it
//! is never changed, and not removed while a row refers to it (`writer/sweep.rs` removes those that
//! none refers to). Images are no such bodies: each turn has another one.

use std::borrow::Cow;
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use bytes::Bytes;
use compasso_store::{Batch, Execution, JournalEntry, Turn, Write};
use rusqlite::types::Type;

/// Name of the directory in the data directory.
const DIRECTORY_NAME: &str = "blobs";
/// Bodies longer than this are kept in files, bytes.
const INLINE_BYTES_MAX: usize = 512 * 1024;
/// How a reference begins. It is JSON, as all bodies that people may query are.
const REFERENCE: &str = r#"{"blob":""#;
/// How a reference ends.
const REFERENCE_END: &str = r#""}"#;
/// Characters of a name.
const NAME_CHARS: usize = 64;

/// The files of large bodies.
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

    /// Keeps the large bodies of a batch in files; returns the batch that is written instead.
    pub(crate) fn keep<'b>(&self, batch: &'b Batch) -> io::Result<Cow<'b, Batch>> {
        let large = |write: &Write| match write {
            Write::Turn(turn) => bodies(turn).any(|body| is_kept(body)),
            Write::Documents(_) | Write::Removal(_) => false,
        };
        if !batch.writes.iter().any(large) {
            return Ok(Cow::Borrowed(batch));
        }
        let mut batch = batch.clone();
        for write in &mut batch.writes {
            if let Write::Turn(turn) = write {
                self.keep_turn(turn)?;
            }
        }
        Ok(Cow::Owned(batch))
    }

    fn keep_turn(&self, turn: &mut Turn) -> io::Result<()> {
        let journal = turn.journal.as_mut().map(|journal| &mut journal.body);
        let bodies = [turn.start.as_mut(), turn.outcome.as_mut(), journal];
        for body in bodies.into_iter().flatten().filter(|body| is_kept(body)) {
            *body = self.write(body)?;
        }
        Ok(())
    }

    /// Makes a body durable in its file and returns the reference to it.
    fn write(&self, body: &Bytes) -> io::Result<Bytes> {
        let name = blake3::hash(body).to_hex();
        let path = self.path(&name);
        let shelf = path.parent().expect("a blob lies on a shelf");
        fs::create_dir_all(shelf)?;
        if !path.exists() {
            // A crash leaves at most an unfinished file, which the next try writes over.
            let unfinished = path.with_extension("unfinished");
            let mut file = File::create(&unfinished)?;
            file.write_all(body)?;
            file.sync_all()?;
            fs::rename(&unfinished, &path)?;
        }
        for directory in [shelf, &self.directory, &self.data] {
            File::open(directory)?.sync_all()?;
        }
        Ok(format!("{REFERENCE}{name}{REFERENCE_END}").into())
    }

    /// Returns what a body of a row stands for.
    pub(crate) fn resolve(&self, body: Bytes) -> rusqlite::Result<Bytes> {
        let Some(name) = referred(&body) else { return Ok(body) };
        self.read(name).map_err(|error| {
            rusqlite::Error::FromSqlConversionFailure(0, Type::Text, Box::new(error))
        })
    }

    /// Resolves all bodies of an execution.
    pub(crate) fn resolve_execution(&self, execution: Execution) -> rusqlite::Result<Execution> {
        Ok(Execution {
            start: self.resolve(execution.start)?,
            outcome: execution.outcome.map(|outcome| self.resolve(outcome)).transpose()?,
            ..execution
        })
    }

    /// Resolves the bodies of a journal.
    pub(crate) fn resolve_journal(
        &self,
        rows: Vec<JournalEntry>,
    ) -> rusqlite::Result<Vec<JournalEntry>> {
        let resolve = |row: JournalEntry| Ok(JournalEntry { body: self.resolve(row.body)?, ..row });
        rows.into_iter().map(resolve).collect()
    }

    fn read(&self, name: &str) -> Result<Bytes, BlobError> {
        let body = fs::read(self.path(name))
            .map_err(|error| BlobError::Unreadable(name.to_owned(), error))?;
        if *blake3::hash(&body).to_hex() != *name {
            return Err(BlobError::Damaged(name.to_owned()));
        }
        Ok(body.into())
    }

    /// Returns the directories that hold the files.
    pub(crate) fn shelves(&self) -> Vec<PathBuf> {
        let shelves = fs::read_dir(&self.directory).into_iter().flatten().flatten();
        shelves.map(|shelf| shelf.path()).filter(|shelf| shelf.is_dir()).collect()
    }

    /// Spreads the files over directories: no directory has very many.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.directory.join(&name[..2]).join(name)
    }
}

fn bodies(turn: &Turn) -> impl Iterator<Item = &Bytes> {
    let journal = turn.journal.as_ref().map(|journal| &journal.body);
    [turn.start.as_ref(), turn.outcome.as_ref(), journal].into_iter().flatten()
}

/// Returns the names of the files that the bodies of a turn refer to.
pub(crate) fn referred_bodies(turn: &Turn) -> impl Iterator<Item = &str> {
    bodies(turn).filter_map(|body| referred(body))
}

/// Says whether a body goes into a file: because it is large, or because it would be taken for a
/// reference.
fn is_kept(body: &[u8]) -> bool {
    body.len() > INLINE_BYTES_MAX || referred(body).is_some()
}

/// Returns the name that a reference holds.
fn referred(body: &[u8]) -> Option<&str> {
    let name = body.strip_prefix(REFERENCE.as_bytes())?.strip_suffix(REFERENCE_END.as_bytes())?;
    let is_name = name.len() == NAME_CHARS && name.iter().all(u8::is_ascii_hexdigit);
    is_name.then(|| std::str::from_utf8(name).expect("digits are text"))
}
