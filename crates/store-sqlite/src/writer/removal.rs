//! Removing executions. One write takes the row away, so that nobody finds it any more; its journal
//! and its logs go a few rows at a time, between other writes, and after a restart as well.

use compasso_store::{Part, Removal, Revision};
use rusqlite::{Connection, OptionalExtension, params};
use tracing::warn;

use super::batch::Written;
use super::transaction::{Failure, transact};
use super::{documents, sweep};
use crate::attributes;
use crate::blobs::Blobs;
use crate::gate::Gate;
use crate::value::{StoredStatus, key_hash};

/// Rows that go in one step, which takes some milliseconds.
const STEP_ROWS: usize = 512;
/// Executions that go in one step, if they have no more rows than that: most have few.
const STEP_EXECUTIONS: usize = 64;
/// Commits after which a step is taken although there is more to write.
const COMMITS_PER_STEP: u32 = 8;

const FIND: &str = "
    SELECT id, revision, status, changed, attributes FROM execution
    WHERE key_hash = ? AND key = ?";

/// What goes a few rows at a time; each takes an execution and how many rows.
const BIT_BY_BIT: [&str; 4] = [
    "DELETE FROM journal WHERE id IN (SELECT id FROM journal WHERE execution = ?1 LIMIT ?2)",
    "DELETE FROM pack WHERE rowid IN (SELECT rowid FROM pack WHERE execution = ?1 LIMIT ?2)",
    "DELETE FROM log_chunk
        WHERE rowid IN (SELECT rowid FROM log_chunk WHERE execution = ?1 LIMIT ?2)",
    "DELETE FROM log WHERE execution = ?1
        AND number IN (SELECT number FROM log WHERE execution = ?1 LIMIT ?2)",
];

/// Writes a removal; conflicts if the execution is not as it says.
pub(super) fn write(connection: &Connection, removal: &Removal) -> rusqlite::Result<Written> {
    let found = connection
        .prepare_cached(FIND)?
        .query_row(params![key_hash(&removal.key), &*removal.key.0], |row| {
            let status = row.get::<_, StoredStatus>(2)?.0;
            let attributes = attributes::read(row.get_ref(4)?)?;
            Ok((row.get::<_, i64>(0)?, Revision(row.get(1)?), status, row.get(3)?, attributes))
        })
        .optional()?;
    let Some((id, revision, status, changed, attributes)) = found else {
        return Ok(Written::Conflict);
    };
    if revision != removal.base || status.is_open() {
        return Ok(Written::Conflict);
    }
    if documents::change_all(connection, &removal.documents)? == Written::Conflict {
        return Ok(Written::Conflict);
    }
    match removal.part {
        Part::Whole => {
            connection
                .prepare_cached("INSERT INTO removal (execution) VALUES (?)")?
                .execute([id])?;
            attributes::remove(connection, &attributes, id, changed)?;
            connection.prepare_cached("DELETE FROM execution WHERE id = ?")?.execute([id])?;
        }
        Part::Log => {
            for log in
                ["DELETE FROM log_chunk WHERE execution = ?", "DELETE FROM log WHERE execution = ?"]
            {
                connection.prepare_cached(log)?.execute([id])?;
            }
        }
    }
    Ok(Written::Yes)
}

/// What is left to be removed.
#[derive(Debug)]
pub(super) struct Leftovers {
    /// Whether there may be some.
    is_pending: bool,
    commits: u32,
}

impl Leftovers {
    /// There may be some of before.
    pub(super) fn new() -> Self {
        Self { is_pending: true, commits: 0 }
    }

    /// Hears that there may be more.
    pub(super) fn stir(&mut self) {
        self.is_pending = true;
    }

    pub(super) fn are_pending(&self) -> bool {
        self.is_pending
    }

    /// Says whether it is time for a step although there is more to write.
    pub(super) fn are_due(&mut self) -> bool {
        self.commits += 1;
        self.is_pending && self.commits.is_multiple_of(COMMITS_PER_STEP)
    }

    /// Removes a few rows.
    pub(super) fn step(&mut self, connection: &Connection, gate: &Gate, blobs: &Blobs) {
        match transact(connection, gate, few_rows) {
            Ok(Some(files)) => {
                for name in &files {
                    sweep::remove_unknown(connection, gate, &blobs.path(name));
                }
            }
            Ok(None) => self.is_pending = false,
            Err(Failure::Undone(reason) | Failure::Unknown(reason)) => {
                warn!(reason, "rows of removed executions stay for now");
                self.is_pending = false;
            }
        }
    }
}

/// Removes a few rows and returns the files that nothing refers to any more; `None` if there is
/// nothing left.
fn few_rows(connection: &Connection) -> rusqlite::Result<Option<Vec<String>>> {
    let executions = connection
        .prepare_cached("SELECT execution FROM removal LIMIT ?")?
        .query_map([STEP_EXECUTIONS], |row| row.get(0))?
        .collect::<rusqlite::Result<Vec<i64>>>()?;
    if executions.is_empty() {
        return Ok(None);
    }
    let (mut files, mut left) = (Vec::new(), STEP_ROWS);
    for id in executions {
        for statement in BIT_BY_BIT {
            left -= connection.prepare_cached(statement)?.execute(params![id, left])?;
            if left == 0 {
                return Ok(Some(files));
            }
        }
        files.extend(sweep::forget(connection, id)?);
        connection.prepare_cached("DELETE FROM removal WHERE execution = ?")?.execute([id])?;
    }
    Ok(Some(files))
}
