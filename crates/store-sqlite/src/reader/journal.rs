//! Reading journals.

use compasso_store::seal::{Chain, Link, Seal};
use compasso_store::{ExecutionKey, JournalEntry};
use rusqlite::{Connection, OptionalExtension, Row, params};

use crate::value::{Content, corrupt, key_hash};

/// The row before `first_event` is read along: it may reach beyond. If several begin with the same
/// event, all but the last hold none.
const ROWS: &str = "
    SELECT first_event, events, body, before, seal FROM journal
    WHERE execution = (SELECT id FROM execution WHERE key_hash = ?3 AND key = ?1)
      AND first_event >= coalesce(
        (SELECT max(first_event) FROM journal
         WHERE execution = (SELECT id FROM execution WHERE key_hash = ?3 AND key = ?1) AND first_event < ?2),
        0)
    ORDER BY first_event, id";

/// Rows of turns that the image does not hold. They follow the last row that it holds, by number and
/// by event, as each execution has its rows in the order of its turns.
const TAIL: &str = "
    SELECT first_event, events, body, before, seal FROM journal
    WHERE execution = ?1 AND id > ?2
      AND first_event >= coalesce((SELECT first_event FROM journal WHERE id = ?2), 0)
    ORDER BY first_event, id";

const REACH: &str = "
    SELECT id, reach, seal FROM execution WHERE key_hash = ?2 AND key = ?1 AND reach IS NOT NULL";

/// Reads the rows that the image of an execution does not hold.
pub(crate) fn tail(
    connection: &Connection,
    key: &ExecutionKey,
) -> rusqlite::Result<Vec<JournalEntry>> {
    // The execution and its rows are of one instant.
    let connection = connection.unchecked_transaction()?;
    let mut reach = connection.prepare_cached(REACH)?;
    let found = reach
        .query_row(params![&*key.0, key_hash(key)], |row| {
            Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?, row.get::<_, Option<i64>>(2)?))
        })
        .optional()?;
    let Some((execution, reach, last)) = found else { return Ok(Vec::new()) };
    let mut statement = connection.prepare_cached(TAIL)?;
    let mut rows = statement.query(params![execution, reach])?;
    let mut chain = Chain::from_anywhere();
    let mut entries = Vec::new();
    while let Some(row) = rows.next()? {
        entries.push(entry(row, &mut chain)?);
    }
    chain.end(last.map(Seal::from_stored)).map_err(corrupt)?;
    Ok(entries)
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
    let mut chain = Chain::from_event(first_event);
    let mut entries = Vec::new();
    let mut read = 0;
    while let Some(row) = rows.next()? {
        let (begins, held): (u64, u32) = (row.get(0)?, row.get(1)?);
        if begins < first_event && begins + u64::from(held) <= first_event {
            continue;
        }
        entries.push(entry(row, &mut chain)?);
        read += held as usize;
        if read >= events.max(1) {
            break;
        }
    }
    Ok(entries)
}

/// Looks at all rows of an execution's journal, from the first to the one its execution says is the last.
pub(crate) fn check(connection: &Connection, key: &ExecutionKey) -> rusqlite::Result<()> {
    let connection = connection.unchecked_transaction()?;
    let last: Option<i64> = connection
        .prepare_cached("SELECT seal FROM execution WHERE key_hash = ? AND key = ?")?
        .query_row(params![key_hash(key), &*key.0], |row| row.get(0))?;
    let mut statement = connection.prepare_cached(ROWS)?;
    let mut rows = statement.query(params![&*key.0, 0, key_hash(key)])?;
    let mut chain = Chain::from_start();
    while let Some(row) = rows.next()? {
        entry(row, &mut chain)?;
    }
    chain.end(last.map(Seal::from_stored)).map_err(corrupt)
}

/// Reads a row if it is what was written.
fn entry(row: &Row<'_>, chain: &mut Chain) -> rusqlite::Result<JournalEntry> {
    let body = row.get::<_, Content>(2)?.0;
    let entry = JournalEntry { first_event: row.get(0)?, events: row.get(1)?, body };
    chain.check(&entry, Link::from_stored(row.get(3)?, row.get(4)?)).map_err(corrupt)?;
    Ok(entry)
}
