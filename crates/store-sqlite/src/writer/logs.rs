//! Task output on its way to the file.

use compasso_store::chunk::{self, SMALL_BYTES, filling};
use compasso_store::{LogLine, Pending};
use rusqlite::{Connection, OptionalExtension, params};

use crate::value::key_hash;

const LAST: &str = "
    SELECT id, max(
        coalesce((SELECT max(number) FROM log WHERE log.execution = execution.id), 0),
        coalesce((SELECT max(last) FROM log_chunk WHERE log_chunk.execution = execution.id), 0)
    )
    FROM execution WHERE key_hash = ? AND key = ?";

const CHUNK: &str = "
    SELECT rowid, lines FROM log_chunk
    WHERE execution = ? AND last = ? AND length(lines) <= ?";

const REPLACE: &str = "UPDATE log_chunk SET last = ?, lines = ? WHERE rowid = ?";

const APPEND: &str = "INSERT INTO log_chunk (execution, first, last, lines) VALUES (?, ?, ?, ?)";

/// Writes all lines, numbered on from the last of their execution.
pub(super) fn write(pending: &Pending, connection: &Connection) -> rusqlite::Result<()> {
    let mut last = connection.prepare_cached(LAST)?;
    for (key, lines) in pending.chunks() {
        let found: Option<(i64, i64)> = last
            .query_row(params![key_hash(key), &*key.0], |row| Ok((row.get(0)?, row.get(1)?)))
            .optional()?;
        if let Some((execution, last)) = found {
            write_lines(connection, execution, last, lines)?;
        }
    }
    Ok(())
}

/// Writes lines of an execution whose last one has the number `last`.
fn write_lines(
    connection: &Connection,
    execution: i64,
    mut last: i64,
    mut lines: &[LogLine],
) -> rusqlite::Result<()> {
    if let Some((row, mut whole)) = small_chunk(connection, execution, last)? {
        let (begun, added) = (whole.len(), filling(&whole, lines));
        whole.extend_from_slice(&lines[..added]);
        if whole.len() > begun {
            last += added as i64;
            lines = &lines[added..];
            let mut replace = connection.prepare_cached(REPLACE)?;
            replace.execute(params![last, chunk::write(&whole), row])?;
        }
    }
    let mut append = connection.prepare_cached(APPEND)?;
    while !lines.is_empty() {
        let (these, rest) = lines.split_at(filling(&[], lines));
        let first = last + 1;
        last += these.len() as i64;
        append.execute(params![execution, first, last, chunk::write(these)])?;
        lines = rest;
    }
    Ok(())
}

/// Returns the last chunk of an execution with its row, if it is small; one that cannot be read is
/// left as it is.
fn small_chunk(
    connection: &Connection,
    execution: i64,
    last: i64,
) -> rusqlite::Result<Option<(i64, Vec<LogLine>)>> {
    let mut statement = connection.prepare_cached(CHUNK)?;
    let found = statement
        .query_row(params![execution, last, SMALL_BYTES as i64], |row| {
            Ok((row.get::<_, i64>(0)?, chunk::read(row.get_ref(1)?.as_blob()?).ok()))
        })
        .optional()?;
    Ok(found.and_then(|(row, lines)| Some((row, lines?))))
}
