//! Reading journals.

use compasso_store::JournalEntry;
use compasso_store::seal::{self, Chain, Link, Seal};
use tokio_postgres::Row;
use tokio_postgres::types::ToSql;

use super::large;
use crate::link::Live;
use crate::value::{ReadFailure, bytes, count, limit, stored};

/// Most rows that are asked for at once: the server sends all that is asked for, wanted or not.
const ROWS_MAX: usize = 64;

/// The row before `first_event` is read along: it may reach beyond. If several begin with the same
/// event, all but the last hold none.
const ROWS: &str = "
    SELECT first_event, events, body, before, seal, revision FROM journal
    WHERE execution = (SELECT id FROM execution WHERE key = $1)
      AND first_event >= coalesce(
        (SELECT max(first_event) FROM journal
         WHERE execution = (SELECT id FROM execution WHERE key = $1) AND first_event < $2),
        0)
    ORDER BY first_event, revision LIMIT $3";

const BEHIND: &str = "
    SELECT first_event, events, body, before, seal, revision FROM journal
    WHERE execution = (SELECT id FROM execution WHERE key = $1)
      AND (first_event, revision) > ($2, $3)
    ORDER BY first_event, revision LIMIT $4";

/// Goes back from the last row to those that the image holds, however many there are of them.
const TAIL: &str = "
    WITH RECURSIVE back (execution, reach, last, first_event, revision) AS (
        SELECT id, reach, seal, last.first_event, last.revision
        FROM execution CROSS JOIN LATERAL (
            SELECT first_event, journal.revision FROM journal
            WHERE journal.execution = execution.id
            ORDER BY first_event DESC, journal.revision DESC LIMIT 1
        ) AS last
        WHERE key = $1
      UNION ALL
        SELECT back.execution, reach, last, before.first_event, before.revision
        FROM back CROSS JOIN LATERAL (
            SELECT journal.first_event, journal.revision FROM journal
            WHERE journal.execution = back.execution
              AND (journal.first_event, journal.revision) < (back.first_event, back.revision)
            ORDER BY journal.first_event DESC, journal.revision DESC LIMIT 1
        ) AS before
        WHERE back.revision > reach
    )
    SELECT first_event, events, body, before, seal, last
    FROM back JOIN journal USING (execution, first_event, revision)
    WHERE revision > reach
    ORDER BY first_event, revision";

/// Reads rows from the one that holds `first_event`, until they hold `events` events.
pub(crate) async fn rows(
    live: &Live,
    key: &str,
    first_event: u64,
    events: usize,
) -> Result<Vec<JournalEntry>, ReadFailure> {
    // One more than needed if each holds an event: the first may end before.
    let at_once = events.clamp(1, ROWS_MAX) + 1;
    let statement = live.prepare(ROWS).await?;
    let parameters: [&(dyn ToSql + Sync); 3] = [&key, &stored(first_event), &limit(at_once)];
    let mut rows = live.client.query(&statement, &parameters).await?;
    let mut chain = Chain::from_event(first_event);
    let mut entries = Vec::new();
    let mut read = 0;
    loop {
        for row in &rows {
            let (entry, link) = sealed(row)?;
            let is_before = entry.first_event < first_event
                && entry.first_event + u64::from(entry.events) <= first_event;
            if is_before {
                continue;
            }
            chain.check(&entry, link)?;
            read += entry.events as usize;
            entries.push(entry);
            if read >= events.max(1) {
                return large::journal(live, key, entries).await;
            }
        }
        let Some(last) = rows.last().filter(|_| rows.len() == at_once) else {
            return large::journal(live, key, entries).await;
        };
        let (first, revision): (i64, i64) = (last.try_get(0)?, last.try_get(5)?);
        let statement = live.prepare(BEHIND).await?;
        let place: [&(dyn ToSql + Sync); 4] = [&key, &first, &revision, &limit(at_once)];
        rows = live.client.query(&statement, &place).await?;
    }
}

/// Reads the rows that the image of an execution does not hold.
pub(crate) async fn tail(live: &Live, key: &str) -> Result<Vec<JournalEntry>, ReadFailure> {
    let statement = live.prepare(TAIL).await?;
    let rows = live.client.query(&statement, &[&key]).await?;
    let sealed = rows.iter().map(sealed).collect::<Result<Vec<_>, _>>()?;
    let mut chain = Chain::from_anywhere();
    let entries = seal::checked(&mut chain, sealed)?;
    if let Some(row) = rows.first() {
        chain.end(row.try_get::<_, Option<i64>>(5)?.map(Seal::from_stored))?;
    }
    large::journal(live, key, entries).await
}

/// Reads a row with its seals, which are yet to be looked at.
fn sealed(row: &Row) -> Result<(JournalEntry, Option<Link>), ReadFailure> {
    let events = u32::try_from(count(row, 1)?);
    let entry = JournalEntry {
        first_event: count(row, 0)?,
        events: events.map_err(|_| ReadFailure::Corrupt("a row of a journal".to_owned()))?,
        body: bytes(row, 2)?,
    };
    Ok((entry, Link::from_stored(row.try_get(3)?, row.try_get(4)?)))
}
