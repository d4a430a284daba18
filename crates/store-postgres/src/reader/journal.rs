//! Reading journals.

use std::pin::pin;

use compasso_store::JournalEntry;
use futures::TryStreamExt;
use tokio_postgres::Row;

use crate::link::Live;
use crate::value::{ReadFailure, bytes, count, stored};

/// The row before `first_event` is read along: it may reach beyond. If several begin with the same
/// event, all but the last hold none.
const ROWS: &str = "
    SELECT first_event, events, body FROM journal
    WHERE execution = (SELECT id FROM execution WHERE key = $1)
      AND first_event >= coalesce(
        (SELECT max(first_event) FROM journal
         WHERE execution = (SELECT id FROM execution WHERE key = $1) AND first_event < $2),
        0)
    ORDER BY first_event, revision";

const TAIL: &str = "
    SELECT first_event, events, body
    FROM execution JOIN journal ON journal.execution = execution.id
    WHERE key = $1 AND journal.revision > reach
    ORDER BY first_event, journal.revision";

/// Reads rows from the one that holds `first_event`, until they hold `events` events.
pub(crate) async fn rows(
    live: &Live,
    key: &str,
    first_event: u64,
    events: usize,
) -> Result<Vec<JournalEntry>, ReadFailure> {
    let statement = live.prepare(ROWS).await?;
    let first = stored(first_event);
    let parameters: [&(dyn tokio_postgres::types::ToSql + Sync); 2] = [&key, &first];
    let mut rows = pin!(live.client.query_raw(&statement, parameters).await?);
    let mut entries = Vec::new();
    let mut read = 0;
    while read < events.max(1)
        && let Some(row) = rows.try_next().await?
    {
        let entry = entry(&row)?;
        let is_before = entry.first_event < first_event
            && entry.first_event + u64::from(entry.events) <= first_event;
        if !is_before {
            read += entry.events as usize;
            entries.push(entry);
        }
    }
    Ok(entries)
}

/// Reads the rows that the image of an execution does not hold.
pub(crate) async fn tail(live: &Live, key: &str) -> Result<Vec<JournalEntry>, ReadFailure> {
    let statement = live.prepare(TAIL).await?;
    let rows = live.client.query(&statement, &[&key]).await?;
    rows.iter().map(entry).collect()
}

fn entry(row: &Row) -> Result<JournalEntry, ReadFailure> {
    let events = u32::try_from(count(row, 1)?);
    Ok(JournalEntry {
        first_event: count(row, 0)?,
        events: events.map_err(|_| ReadFailure::Corrupt("a row of a journal".to_owned()))?,
        body: bytes(row, 2)?,
    })
}
