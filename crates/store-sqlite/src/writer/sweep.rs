//! Removing files of large values that no row refers to: those of writes that were refused, that
//! conflicted, or that a crash came before.
//!
//! **Invariant:** only the thread that writes makes and removes files, so none goes between being
//! made and being referred to.

use std::fs;
use std::path::{Path, PathBuf};

use compasso_store::{Batch, Turn, Write, large};
use rusqlite::{Connection, params};
use tracing::warn;

use crate::blobs::Blobs;
use crate::gate::Gate;

const NOTE: &str = "INSERT INTO blob (name) VALUES (?) ON CONFLICT DO NOTHING";

const NOTE_USE: &str = "INSERT OR IGNORE INTO blob_use (execution, name) VALUES (?, ?)";

const FORGET: &str = "
    DELETE FROM blob WHERE name = ?1 AND NOT EXISTS (SELECT 1 FROM blob_use WHERE name = ?1)";

const KNOWN: &str = "SELECT 1 FROM blob WHERE name = ?";

/// Notes the files that a turn of the execution `id` refers to, in the transaction that writes it.
pub(super) fn note(connection: &Connection, id: i64, turn: &Turn) -> rusqlite::Result<()> {
    for name in large::names_of(turn) {
        connection.prepare_cached(NOTE)?.execute([name])?;
        connection.prepare_cached(NOTE_USE)?.execute(params![id, name])?;
    }
    Ok(())
}

/// Forgets the files that the execution `id` referred to; returns those that no other one refers to,
/// which may go once the transaction is durable.
pub(super) fn forget(connection: &Connection, id: i64) -> rusqlite::Result<Vec<String>> {
    let used: Vec<String> = connection
        .prepare_cached("DELETE FROM blob_use WHERE execution = ? RETURNING name")?
        .query_map([id], |row| row.get(0))?
        .collect::<rusqlite::Result<_>>()?;
    let mut forget = connection.prepare_cached(FORGET)?;
    let mut unused = Vec::new();
    for name in used {
        if forget.execute([&name])? > 0 {
            unused.push(name);
        }
    }
    Ok(unused)
}

/// Removes the files of turns that were not written, if nothing else refers to them.
pub(super) fn turns<'b>(
    connection: &Connection,
    gate: &Gate,
    blobs: &Blobs,
    turns: impl Iterator<Item = &'b Turn>,
) {
    for name in turns.flat_map(large::names_of) {
        remove_unknown(connection, gate, &blobs.path(name));
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
        Write::Turn(_) | Write::Documents(_) | Write::Removal(_) => None,
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
    pub(super) fn step(&mut self, connection: &Connection, gate: &Gate) {
        let files = self.shelves.pop().and_then(|shelf| fs::read_dir(shelf).ok());
        for file in files.into_iter().flatten().flatten() {
            remove_unknown(connection, gate, &file.path());
        }
    }
}

/// Removes a file that is not noted; an unfinished one never is. Once the outcome of a commit is
/// unknown, a restart may find more noted than is now, so every file stays.
pub(super) fn remove_unknown(connection: &Connection, gate: &Gate, path: &Path) {
    if gate.check().is_err() {
        return;
    }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema;

    #[test]
    fn no_file_goes_once_the_outcome_of_a_commit_is_unknown() {
        let mut connection = Connection::open_in_memory().unwrap();
        schema::migrate(&mut connection).unwrap();
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("0".repeat(64));
        let sweep = |gate: &Gate| {
            fs::write(&file, "left").unwrap();
            let mut sweep = Sweep { shelves: vec![directory.path().to_owned()] };
            sweep.step(&connection, gate);
            assert!(sweep.is_over());
            file.exists()
        };
        let gate = Gate::default();
        assert!(!sweep(&gate));
        gate.shut("a sync failed");
        assert!(sweep(&gate));
    }
}
