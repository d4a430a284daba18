//! Reading journals.

use compasso_store::pack;
use compasso_store::seal::{self, Broken, Chain, Link, Seal};
use compasso_store::{ExecutionKey, JournalEntry, JournalPage};
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

/// Packed rows from `first_event` on. The row that ends before it may hold no event, and so begin with it.
const PACKS: &str = "
    SELECT before, seal, body FROM pack
    WHERE execution = (SELECT id FROM execution WHERE key_hash = ?3 AND key = ?1) AND next_event >= ?2
    ORDER BY next_event, number";

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
    let rows = statement.query_map(params![execution, reach], sealed)?;
    let rows = rows.collect::<rusqlite::Result<Vec<_>>>()?;
    let mut chain = Chain::from_anywhere();
    let entries = seal::checked(&mut chain, rows).map_err(corrupt)?;
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
    // Rows may be packed between one statement and the next.
    let connection = connection.unchecked_transaction()?;
    let mut page = JournalPage::new(first_event, events);
    each(&connection, key, first_event, |row| {
        page.take(row)?;
        Ok(!page.is_full())
    })?;
    Ok(page.into_entries())
}

/// Gives rows to `take`, oldest first, from the one that holds `first_event` or one before it, for as long as
/// it asks for more.
fn each(
    connection: &Connection,
    key: &ExecutionKey,
    first_event: u64,
    mut take: impl FnMut(pack::Row) -> Result<bool, Broken>,
) -> rusqlite::Result<()> {
    let first = i64::try_from(first_event).unwrap_or(i64::MAX);
    let mut statement = connection.prepare_cached(PACKS)?;
    let mut packs = statement.query(params![&*key.0, first, key_hash(key)])?;
    while let Some(row) = packs.next()? {
        let link = Link::from_stored(row.get(0)?, row.get(1)?);
        for row in pack::unpack(row.get_ref(2)?.as_blob()?, link).map_err(corrupt)? {
            if !take(row).map_err(corrupt)? {
                return Ok(());
            }
        }
    }
    let mut statement = connection.prepare_cached(ROWS)?;
    let mut rows = statement.query(params![&*key.0, first, key_hash(key)])?;
    while let Some(row) = rows.next()? {
        if !take(sealed(row)?).map_err(corrupt)? {
            return Ok(());
        }
    }
    Ok(())
}

/// Looks at all rows of an execution's journal, from the first to the one its execution says is the last.
pub(crate) fn check(connection: &Connection, key: &ExecutionKey) -> rusqlite::Result<()> {
    let connection = connection.unchecked_transaction()?;
    let last: Option<i64> = connection
        .prepare_cached("SELECT seal FROM execution WHERE key_hash = ? AND key = ?")?
        .query_row(params![key_hash(key), &*key.0], |row| row.get(0))?;
    let mut chain = Chain::from_start();
    each(&connection, key, 0, |(row, link)| chain.check(&row, link).map(|()| true))?;
    chain.end(last.map(Seal::from_stored)).map_err(corrupt)
}

/// Reads a row with its seals, which are yet to be looked at.
pub(crate) fn sealed(row: &Row<'_>) -> rusqlite::Result<pack::Row> {
    let body = row.get::<_, Content>(2)?.0;
    let entry = JournalEntry { first_event: row.get(0)?, events: row.get(1)?, body };
    Ok((entry, Link::from_stored(row.get(3)?, row.get(4)?)))
}
