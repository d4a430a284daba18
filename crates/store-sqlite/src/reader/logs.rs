//! Reading task output.

use compasso_store::{ExecutionKey, LogLine, chunk};
use compasso_types::Timestamp;
use rusqlite::types::Type;
use rusqlite::{Connection, OptionalExtension as _, Row, params};

use crate::value::{StoredStream, key_hash};

/// Lines of older files.
const LINES: &str = "
    SELECT number, at, entry, attempt, state, stream, text FROM log
    WHERE execution = (SELECT id FROM execution WHERE key_hash = ? AND key = ?) AND number > ?
    ORDER BY number LIMIT ?";

const CHUNKS: &str = "
    SELECT first, lines FROM log_chunk
    WHERE execution = (SELECT id FROM execution WHERE key_hash = ? AND key = ?) AND last > ?
    ORDER BY last";

/// Lines of older files come before those of chunks.
const END: &str = "
    SELECT coalesce(
        (SELECT max(last) FROM log_chunk WHERE log_chunk.execution = execution.id),
        (SELECT max(number) FROM log WHERE log.execution = execution.id),
        0
    )
    FROM execution WHERE key_hash = ? AND key = ?";

/// Reads lines behind number `after`.
pub(crate) fn lines(
    connection: &Connection,
    key: &ExecutionKey,
    after: u64,
    limit: usize,
) -> rusqlite::Result<Vec<(u64, LogLine)>> {
    let place = i64::try_from(after).unwrap_or(i64::MAX);
    let most = i64::try_from(limit).unwrap_or(i64::MAX);
    let mut statement = connection.prepare_cached(LINES)?;
    let old = statement.query_map(params![key_hash(key), &*key.0, place, most], line)?;
    let mut found = old.collect::<rusqlite::Result<Vec<_>>>()?;
    let mut statement = connection.prepare_cached(CHUNKS)?;
    let mut chunks = statement.query(params![key_hash(key), &*key.0, place])?;
    while found.len() < limit
        && let Some(row) = chunks.next()?
    {
        let first: u64 = row.get(0)?;
        let broken =
            |error| rusqlite::Error::FromSqlConversionFailure(1, Type::Blob, Box::new(error));
        let lines = chunk::read(row.get_ref(1)?.as_blob()?).map_err(broken)?;
        let wanted = (first..).zip(lines).filter(|(number, _)| *number > after);
        found.extend(wanted.take(limit - found.len()));
    }
    Ok(found)
}

/// Returns the number of the last line; 0 without any.
pub(crate) fn end(connection: &Connection, key: &ExecutionKey) -> rusqlite::Result<u64> {
    let mut statement = connection.prepare_cached(END)?;
    let found =
        statement.query_row(params![key_hash(key), &*key.0], |row| row.get(0)).optional()?;
    Ok(found.unwrap_or(0))
}

fn line(row: &Row<'_>) -> rusqlite::Result<(u64, LogLine)> {
    let line = LogLine {
        at: Timestamp(row.get(1)?),
        entry: row.get(2)?,
        attempt: row.get(3)?,
        state: row.get(4)?,
        stream: row.get::<_, StoredStream>(5)?.0,
        text: row.get(6)?,
    };
    Ok((row.get(0)?, line))
}
