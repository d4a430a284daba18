//! Removing files of large bodies that no row refers to: those of writes that were refused, that
//! conflicted, or that a crash came before.
//!
//! **Invariant:** only the thread that writes makes and removes files, so none goes between being
//! made and being referred to.

use std::fs;
use std::path::{Path, PathBuf};

use compasso_store::{Batch, Turn, Write};
use rusqlite::{Connection, params};
use tracing::warn;

use crate::blobs::{Blobs, referred_bodies};

const NOTE: &str = "INSERT INTO blob (name) VALUES (?) ON CONFLICT DO NOTHING";

const KNOWN: &str = "SELECT 1 FROM blob WHERE name = ?";

/// Notes the files that a turn refers to, in the transaction that writes it.
pub(super) fn note(connection: &Connection, turn: &Turn) -> rusqlite::Result<()> {
    for name in referred_bodies(turn) {
        connection.prepare_cached(NOTE)?.execute([name])?;
    }
    Ok(())
}

/// Removes the files of turns that were not written, if nothing else refers to them.
pub(super) fn turns<'b>(
    connection: &Connection,
    blobs: &Blobs,
    turns: impl Iterator<Item = &'b Turn>,
) {
    for name in turns.flat_map(referred_bodies) {
        remove_unknown(connection, &blobs.path(name));
    }
}

/// Returns the turns of a batch, or of its writes that conflicted.
pub(super) fn unwritten<'b>(
    batch: &'b Batch,
    conflicts: Option<&'b [usize]>,
) -> impl Iterator<Item = &'b Turn> {
    let writes = batch.writes.iter().enumerate();
    writes.filter_map(move |(index, write)| match write {
        Write::Turn(turn) if conflicts.is_none_or(|all| all.contains(&index)) => Some(&**turn),
        Write::Turn(_) | Write::Documents(_) => None,
    })
}

/// Goes once over all files, a directory at a time, when there is nothing to write.
pub(super) struct Sweep {
    shelves: Vec<PathBuf>,
}

impl Sweep {
    pub(super) fn new(blobs: &Blobs) -> Self {
        Self { shelves: blobs.shelves() }
    }

    pub(super) fn is_over(&self) -> bool {
        self.shelves.is_empty()
    }

    /// Looks through one directory.
    pub(super) fn step(&mut self, connection: &Connection) {
        let files = self.shelves.pop().and_then(|shelf| fs::read_dir(shelf).ok());
        for file in files.into_iter().flatten().flatten() {
            remove_unknown(connection, &file.path());
        }
    }
}

/// Removes a file that is not noted; an unfinished one never is.
fn remove_unknown(connection: &Connection, path: &Path) {
    let Some(name) = path.file_name().and_then(|name| name.to_str()) else { return };
    let known = connection.prepare_cached(KNOWN).and_then(|mut known| known.exists(params![name]));
    let removed = match known {
        Ok(true) => return,
        Ok(false) => fs::remove_file(path).map_err(|error| error.to_string()),
        Err(error) => Err(error.to_string()),
    };
    if let Err(error) = removed {
        warn!(file = %path.display(), error, "a file that nothing refers to stays");
    }
}
