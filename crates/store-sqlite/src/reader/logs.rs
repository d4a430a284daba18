//! Reading task output.

use compasso_store::{ExecutionKey, LogLine};
use compasso_types::Timestamp;
use rusqlite::{Connection, Row, params};

use crate::value::{StoredStream, key_hash};

const LINES: &str = "
    SELECT number, at, entry, attempt, state, stream, text FROM log
    WHERE execution = (SELECT id FROM execution WHERE key_hash = ? AND key = ?) AND number > ?
    ORDER BY number LIMIT ?";

/// Reads lines behind number `after`.
pub(crate) fn lines(
    connection: &Connection,
    key: &ExecutionKey,
    after: u64,
    limit: usize,
) -> rusqlite::Result<Vec<(u64, LogLine)>> {
    let after = i64::try_from(after).unwrap_or(i64::MAX);
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let mut statement = connection.prepare_cached(LINES)?;
    statement.query_map(params![key_hash(key), &*key.0, after, limit], line)?.collect()
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
