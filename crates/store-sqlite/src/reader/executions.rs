//! Reading executions.

use std::sync::Arc;

use bytes::Bytes;
use compasso_store::seal::Seal;
use compasso_store::{
    Cursor, Execution, ExecutionHeader, ExecutionKey, Page, Redriven, Revision, SearchBounds,
};
use compasso_types::Timestamp;
use rusqlite::types::ValueRef;
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::listings::page;
use crate::attributes;
use crate::value::{Content, StoredStatus, key_hash};

pub(super) const ONE: &str = "
    SELECT id, key, (SELECT name FROM workflow WHERE workflow.id = execution.workflow),
        (SELECT name FROM workflow WHERE workflow.id = execution.version),
        (SELECT name FROM workflow WHERE workflow.id = execution.alias),
        status, started, stopped, redrives, redriven, attributes, revision, start,
        image, outcome,
        CASE WHEN reach IS NULL THEN 0
            ELSE reach < coalesce((SELECT id FROM journal WHERE journal.execution = execution.id
                ORDER BY first_event DESC, id DESC LIMIT 1), 0) END,
        reach IS NOT NULL, image_seal
    FROM execution WHERE key_hash = ? AND key = ?";

const IMAGE: &str = "SELECT body FROM image WHERE execution = ? ORDER BY part";

pub(super) const OPEN: &str =
    "SELECT count(*) FROM execution WHERE status <> 1 AND status IN (0, 5)";

pub(super) const DUE: &str = "
    SELECT wake_at, key FROM execution
    WHERE wake_at > ? AND wake_at <= ? ORDER BY wake_at, id LIMIT ?";

pub(super) const OWING: &str =
    "SELECT id, key FROM execution WHERE owes = 1 AND id > ?1 ORDER BY id LIMIT ?2";

/// Reads one execution.
pub(crate) fn one(
    connection: &Connection,
    key: &ExecutionKey,
) -> rusqlite::Result<Option<Execution>> {
    let execution = |row: &Row<'_>| {
        let image = row.get::<_, Content>(13)?.0;
        let apart = if row.get(16)? { image_apart(connection, row.get(0)?)? } else { None };
        let image = apart.unwrap_or(image);
        let seal: Option<i64> = row.get(17)?;
        Ok(Execution {
            header: header(row)?,
            revision: Revision(row.get(11)?),
            start: row.get::<_, Content>(12)?.0,
            is_image_whole: seal.is_none_or(|seal| Seal::of_image(&image).stored() == seal),
            image,
            outcome: row.get::<_, Option<Content>>(14)?.map(|content| content.0),
            has_tail: row.get(15)?,
        })
    };
    connection.prepare_cached(ONE)?.query_row(params![key_hash(key), &*key.0], execution).optional()
}

/// Reads the image that stands apart from the row of an execution, if it does.
fn image_apart(connection: &Connection, id: i64) -> rusqlite::Result<Option<Bytes>> {
    let mut parts = connection.prepare_cached(IMAGE)?;
    let mut rows = parts.query([id])?;
    let mut image: Option<Vec<u8>> = None;
    while let Some(row) = rows.next()? {
        let (ValueRef::Text(part) | ValueRef::Blob(part)) = row.get_ref(0)? else { continue };
        image.get_or_insert_default().extend_from_slice(part);
    }
    Ok(image.map(Bytes::from))
}

/// Counts open executions.
pub(crate) fn count_open(connection: &Connection) -> rusqlite::Result<u64> {
    connection.prepare_cached(OPEN)?.query_row([], |row| row.get(0))
}

/// Lists executions to wake, earliest first.
pub(crate) fn due(
    connection: &Connection,
    (after, until): (Timestamp, Timestamp),
    limit: usize,
) -> rusqlite::Result<Vec<(Timestamp, ExecutionKey)>> {
    let mut statement = connection.prepare_cached(DUE)?;
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let rows = statement.query_map(params![after.0, until.0, limit], |row| {
        Ok((Timestamp(row.get(0)?), ExecutionKey(row.get(1)?)))
    })?;
    rows.collect()
}

/// Lists executions that owe something.
pub(crate) fn owing(
    connection: &Connection,
    after: Option<Cursor>,
    limit: usize,
) -> rusqlite::Result<Page<ExecutionKey>> {
    let after = after.map_or(0, |cursor| cursor.row as i64);
    let mut statement = connection.prepare_cached(OWING)?;
    let rows = statement.query(params![after, one_more(limit)])?;
    let cursor = |row: &Row<'_>| Ok(Cursor { changed: Timestamp(0), row: row.get(0)? });
    let bounds = SearchBounds { items: limit, rows: limit };
    page(rows, bounds, cursor, |row| Ok(ExecutionKey(row.get(1)?)), |_| true)
}

pub(super) fn header(row: &Row<'_>) -> rusqlite::Result<ExecutionHeader> {
    Ok(ExecutionHeader {
        key: ExecutionKey(row.get(1)?),
        workflow: row.get::<_, Arc<str>>(2)?,
        version: row.get(3)?,
        alias: row.get(4)?,
        status: row.get::<_, StoredStatus>(5)?.0,
        started: Timestamp(row.get(6)?),
        stopped: row.get::<_, Option<i64>>(7)?.map(Timestamp),
        redriven: redriven(row.get(8)?, row.get(9)?),
        attributes: attributes::read(row.get_ref(10)?)?,
        failure: None,
    })
}

fn redriven(count: u32, at: Option<i64>) -> Option<Redriven> {
    at.map(|at| Redriven { count, at: Timestamp(at) })
}

/// One row more than the page shows tells whether there is another page.
pub(super) fn one_more(limit: usize) -> i64 {
    i64::try_from(limit).unwrap_or(i64::MAX).saturating_add(1)
}
