//! One transaction, and how it ends.

use rusqlite::{Connection, ErrorCode};
use tracing::error;

use crate::gate::Gate;

/// A transaction failed.
pub(super) enum Failure {
    /// Definitely nothing was written.
    Undone(String),
    /// Nobody knows what was written; the gate is shut.
    Unknown(String),
}

/// Does `work` in one transaction. Its answer counts only if the transaction is durable.
pub(super) fn transact<T>(
    connection: &Connection,
    gate: &Gate,
    work: impl FnOnce(&Connection) -> rusqlite::Result<T>,
) -> Result<T, Failure> {
    gate.check().map_err(|broken| Failure::Unknown(broken.to_string()))?;
    let begin = |()| connection.prepare_cached("BEGIN IMMEDIATE")?.execute([]);
    let done = begin(()).and_then(|_| work(connection));
    let committed = done.map_err(|error| (false, error)).and_then(|value| {
        match connection.prepare_cached("COMMIT").and_then(|mut commit| commit.execute([])) {
            Ok(_) => Ok(value),
            Err(error) => Err((true, error)),
        }
    });
    committed.map_err(|(committing, error)| {
        if committing && !leaves_nothing(&error) {
            error!(%error, "outcome of a commit is unknown, the store stops");
            gate.shut(&error.to_string());
            return Failure::Unknown(error.to_string());
        }
        roll_back(connection, gate);
        Failure::Undone(error.to_string())
    })
}

/// Says whether a COMMIT that failed so has certainly written nothing: without space the last
/// frame, the one that makes a transaction count, cannot have been written.
fn leaves_nothing(error: &rusqlite::Error) -> bool {
    matches!(
        error.sqlite_error_code(),
        Some(ErrorCode::DiskFull | ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked)
    )
}

/// Undoes what SQLite has not undone by itself.
fn roll_back(connection: &Connection, gate: &Gate) {
    if connection.is_autocommit() {
        return;
    }
    if let Err(error) = connection.execute_batch("ROLLBACK") {
        error!(%error, "a transaction cannot be undone, the store stops");
        gate.shut(&error.to_string());
    }
}
