//! Reading executions.

use std::collections::HashMap;

use compasso_store::seal::Seal;
use compasso_store::{Cursor, Execution, ExecutionKey, Page, ReadError, Revision};
use compasso_types::Timestamp;
use tokio_postgres::Row;

use crate::link::Live;
use crate::value::{
    HEADER, HEADER_COLUMNS, KEY_COLUMN, ReadFailure, bytes, bytes_if, count, header, limit, stored,
    text,
};

const OPEN: &str = "SELECT count(*) FROM execution WHERE status <> 1 AND status IN (0, 5)";

const DUE: &str = "
    SELECT wake_at, key FROM execution
    WHERE wake_at > $1 AND wake_at <= $2 ORDER BY wake_at, id LIMIT $3";

const OWING: &str = "SELECT id, key FROM execution WHERE owes AND id > $1 ORDER BY id LIMIT $2";

/// Reads those of the executions that exist, which still refer to their large values.
pub(crate) async fn many(
    live: &Live,
    keys: &[ExecutionKey],
) -> Result<HashMap<ExecutionKey, Result<Execution, ReadError>>, ReadFailure> {
    let sql = format!(
        "SELECT {HEADER}, revision, start, image, outcome, coalesce((
            SELECT journal.revision FROM journal WHERE journal.execution = execution.id
            ORDER BY first_event DESC, journal.revision DESC LIMIT 1) > reach, FALSE),
            image_seal
        FROM execution WHERE key = ANY($1)"
    );
    let statement = live.prepare(&sql).await?;
    let names: Vec<&str> = keys.iter().map(|key| &*key.0).collect();
    let rows = live.client.query(&statement, &[&names]).await?;
    let read = rows.iter().map(|row| {
        let key = ExecutionKey(text(row, KEY_COLUMN)?);
        Ok((key, execution(row).map_err(ReadError::from)))
    });
    read.collect()
}

fn execution(row: &Row) -> Result<Execution, ReadFailure> {
    let image = bytes(row, HEADER_COLUMNS + 2)?;
    let seal: Option<i64> = row.try_get(HEADER_COLUMNS + 5)?;
    Ok(Execution {
        header: header(row)?,
        revision: Revision(count(row, HEADER_COLUMNS)?),
        start: bytes(row, HEADER_COLUMNS + 1)?,
        is_image_whole: seal.is_none_or(|seal| Seal::of_image(&image).stored() == seal),
        image,
        outcome: bytes_if(row, HEADER_COLUMNS + 3)?,
        has_tail: row.try_get(HEADER_COLUMNS + 4)?,
    })
}

/// Counts open executions.
pub(crate) async fn count_open(live: &Live) -> Result<u64, ReadFailure> {
    let statement = live.prepare(OPEN).await?;
    Ok(count(&live.client.query_one(&statement, &[]).await?, 0)?)
}

/// Lists executions to wake, earliest first.
pub(crate) async fn due(
    live: &Live,
    (after, until): (Timestamp, Timestamp),
    most: usize,
) -> Result<Vec<(Timestamp, ExecutionKey)>, ReadFailure> {
    let statement = live.prepare(DUE).await?;
    let rows = live.client.query(&statement, &[&after.0, &until.0, &limit(most)]).await?;
    let due = rows.iter().map(|row| Ok((Timestamp(row.try_get(0)?), ExecutionKey(text(row, 1)?))));
    due.collect()
}

/// Lists executions that owe something.
pub(crate) async fn owing(
    live: &Live,
    after: Option<Cursor>,
    most: usize,
) -> Result<Page<ExecutionKey>, ReadFailure> {
    let after = after.map_or(0, |cursor| stored(cursor.row));
    let statement = live.prepare(OWING).await?;
    // One row more than the page shows tells whether there is another page.
    let one_more = limit(most).saturating_add(1);
    let rows = live.client.query(&statement, &[&after, &one_more]).await?;
    let items = rows.iter().take(most).map(|row| Ok(ExecutionKey(text(row, 1)?)));
    let items = items.collect::<Result<Vec<_>, ReadFailure>>()?;
    let last = rows.get(most.wrapping_sub(1)).filter(|_| rows.len() > most);
    let cursor = |row| Ok::<_, ReadFailure>(Cursor { changed: Timestamp(0), row: count(row, 0)? });
    Ok(Page { items, next: last.map(cursor).transpose()? })
}
