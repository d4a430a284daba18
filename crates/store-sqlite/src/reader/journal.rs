//! Reading journals.

use compasso_store::{ExecutionKey, JournalEntry};
use rusqlite::{Connection, OptionalExtension, params};

use crate::value::{Content, key_hash};

/// The row before `first_event` is read along: it may reach beyond. If several begin with the same
/// event, all but the last hold none.
const ROWS: &str = "
    SELECT first_event, events, body FROM journal
    WHERE execution = (SELECT id FROM execution WHERE key_hash = ?3 AND key = ?1)
      AND first_event >= coalesce(
        (SELECT max(first_event) FROM journal
         WHERE execution = (SELECT id FROM execution WHERE key_hash = ?3 AND key = ?1) AND first_event < ?2),
        0)
    ORDER BY first_event, id";

/// Rows of turns that the image does not hold. They follow the last row that it holds, by number and
/// by event, as each execution has its rows in the order of its turns.
const TAIL: &str = "
    SELECT first_event, events, body FROM journal
    WHERE execution = ?1 AND id > ?2
      AND first_event >= coalesce((SELECT first_event FROM journal WHERE id = ?2), 0)
    ORDER BY first_event, id";

const REACH: &str = "
    SELECT id, reach FROM execution WHERE key_hash = ?2 AND key = ?1 AND reach IS NOT NULL";

/// Reads the rows that the image of an execution does not hold.
pub(crate) fn tail(
    connection: &Connection,
    key: &ExecutionKey,
) -> rusqlite::Result<Vec<JournalEntry>> {
    let mut reach = connection.prepare_cached(REACH)?;
    let found = reach
        .query_row(params![&*key.0, key_hash(key)], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    let Some((execution, reach)): Option<(i64, i64)> = found else { return Ok(Vec::new()) };
    let mut statement = connection.prepare_cached(TAIL)?;
    let rows = statement.query_map(params![execution, reach], |row| {
        let body = row.get::<_, Content>(2)?.0;
        Ok(JournalEntry { first_event: row.get(0)?, events: row.get(1)?, body })
    })?;
    rows.collect()
}

/// Reads rows from the one that holds `first_event`, until they hold `events` events.
pub(crate) fn rows(
    connection: &Connection,
    key: &ExecutionKey,
    first_event: u64,
    events: usize,
) -> rusqlite::Result<Vec<JournalEntry>> {
    let first = i64::try_from(first_event).unwrap_or(i64::MAX);
    let mut statement = connection.prepare_cached(ROWS)?;
    let mut rows = statement.query(params![&*key.0, first, key_hash(key)])?;
    let mut entries = Vec::new();
    let mut read = 0;
    while let Some(row) = rows.next()? {
        let (begins, held): (u64, u32) = (row.get(0)?, row.get(1)?);
        if begins < first_event && begins + u64::from(held) <= first_event {
            continue;
        }
        let body = row.get::<_, Content>(2)?.0;
        entries.push(JournalEntry { first_event: begins, events: held, body });
        read += held as usize;
        if read >= events.max(1) {
            break;
        }
    }
    Ok(entries)
}
