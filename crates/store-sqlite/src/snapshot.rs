//! A copy of a store that may be in use, as it was at one instant.
//!
//! The database is read in one transaction, which holds up no writer. Files of large bodies never
//! change, so they are copied before, and those that came meanwhile after. **Invariant:** every file
//! that the copied rows refer to is there when [`snapshot`] returns, and all of it is durable.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use rusqlite::Connection;
use rusqlite::backup::{Backup, StepResult};

use crate::blobs::{Blobs, DIRECTORY_NAME};
use crate::open::{self, OpenError, Options};
use crate::shelves::copy_shelves;

/// Pages that are copied before it is told how far the copy is.
const STEP_PAGES: i32 = 1_000;
/// How often the database is copied again because files went that its rows refer to.
const TRIES: u32 = 3;

/// How far the copy of the database is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Pages that are copied.
    pub done: u64,
    /// Pages there are.
    pub pages: u64,
}

/// No copy was made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SnapshotError {
    /// There is no store, or none of this release.
    #[error("there is no store to copy")]
    Open(#[from] OpenError),
    /// The database cannot be read, or the copy not be written.
    #[error("the database cannot be copied")]
    Database(#[from] rusqlite::Error),
    /// A file of a large body cannot be copied.
    #[error("{} cannot be copied", .0.display())]
    Files(PathBuf, #[source] io::Error),
    /// What rows refer to went each time they were copied. Try again when less is removed.
    #[error("blob {0} went while it was copied")]
    Gone(String),
}

/// Copies the store in the data directory `data`, which a server may use, into the directory `target`,
/// which has none.
///
/// # Errors
/// See [`SnapshotError`]; what is in `target` then is of no use.
pub fn snapshot(
    data: &Path,
    target: &Path,
    on_progress: &mut dyn FnMut(Progress),
) -> Result<(), SnapshotError> {
    let options = Options::default();
    let source = open::reader(data, &options)?;
    crate::schema::check(&source)?;
    let mut missing = String::new();
    for _ in 0..TRIES {
        copy_blobs(data, target)?;
        let copy = copy_database(&source, target, on_progress)?;
        copy_blobs(data, target)?;
        let gone = first_missing(&copy, target)?;
        close(copy, target)?;
        match gone {
            None => return Ok(()),
            Some(name) => missing = name,
        }
    }
    Err(SnapshotError::Gone(missing))
}

/// Copies the files of large bodies that `target` does not have.
fn copy_blobs(data: &Path, target: &Path) -> Result<(), SnapshotError> {
    let copied = copy_shelves(&data.join(DIRECTORY_NAME), &target.join(DIRECTORY_NAME));
    copied.map(drop).map_err(|(shelf, error)| SnapshotError::Files(shelf, error))
}

fn copy_database(
    source: &Connection,
    target: &Path,
    on_progress: &mut dyn FnMut(Progress),
) -> Result<Connection, SnapshotError> {
    let mut copy = Connection::open(target.join(open::FILE_NAME))?;
    // One transaction over all steps: otherwise each write of the server began the copy again.
    let reading = source.unchecked_transaction()?;
    reading.query_row("SELECT epoch FROM fence", [], |_| Ok(()))?;
    {
        let backup = Backup::new(&reading, &mut copy)?;
        while backup.step(STEP_PAGES)? != StepResult::Done {
            let progress = backup.progress();
            let pages = u64::try_from(progress.pagecount).unwrap_or(0);
            let left = u64::try_from(progress.remaining).unwrap_or(0);
            on_progress(Progress { done: pages.saturating_sub(left), pages });
        }
    }
    drop(reading);
    Ok(copy)
}

/// Closes the copy, after which nothing but its one file is left, and makes it durable.
fn close(copy: Connection, target: &Path) -> Result<(), SnapshotError> {
    let path = target.join(open::FILE_NAME);
    let told = |error| SnapshotError::Files(path.clone(), error);
    copy.close().map_err(|(_, error)| error)?;
    File::open(&path).and_then(|file| file.sync_all()).map_err(told)?;
    File::open(target).and_then(|directory| directory.sync_all()).map_err(told)
}

/// Returns a file that the copied rows refer to and that is not there.
fn first_missing(copy: &Connection, target: &Path) -> Result<Option<String>, SnapshotError> {
    let blobs = Blobs::new(target);
    let mut names = copy.prepare("SELECT name FROM blob")?;
    for name in names.query_map([], |row| row.get::<_, String>(0))? {
        let name = name?;
        if !blobs.path(&name).exists() {
            return Ok(Some(name));
        }
    }
    Ok(None)
}
