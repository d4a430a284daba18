//! Reading journals.

use compasso_store::pack;
use compasso_store::seal::{self, Chain, Link, Seal};
use compasso_store::{JournalEntry, JournalPage};
use tokio_postgres::Row;
use tokio_postgres::types::ToSql;

use super::large;
use crate::link::Live;
use crate::value::{ReadFailure, bytes, count, limit, stored};

/// Most rows that are asked for at once: the server sends all that is asked for, wanted or not.
const ROWS_MAX: usize = 64;

/// The next pack behind another, if there is one, and rows that are not packed, as they are in the same instant.
/// The last row of a pack may hold no event, and so begin with the number after its last event. The row before
/// `first_event` is read along: it may reach beyond. If several begin with the same event, all but the last hold
/// none.
const FROM: &str = "
    (SELECT TRUE AS is_pack, next_event, 0::bigint, body, before, seal, number FROM pack
    WHERE execution = (SELECT id FROM execution WHERE key = $1) AND (next_event, number) > ($2, $3)
    ORDER BY next_event, number LIMIT 1)
    UNION ALL
    (SELECT FALSE, first_event, events, body, before, seal, revision FROM journal
    WHERE execution = (SELECT id FROM execution WHERE key = $1)
      AND first_event >= coalesce(
        (SELECT max(first_event) FROM journal
         WHERE execution = (SELECT id FROM execution WHERE key = $1) AND first_event < $4),
        0)
    ORDER BY first_event, revision LIMIT $5)";

/// The same, of rows behind another.
const BEHIND: &str = "
    (SELECT TRUE AS is_pack, next_event, 0::bigint, body, before, seal, number FROM pack
    WHERE execution = (SELECT id FROM execution WHERE key = $1) AND (next_event, number) > ($2, $3)
    ORDER BY next_event, number LIMIT 1)
    UNION ALL
    (SELECT FALSE, first_event, events, body, before, seal, revision FROM journal
    WHERE execution = (SELECT id FROM execution WHERE key = $1)
      AND (first_event, revision) > ($4, $5)
    ORDER BY first_event, revision LIMIT $6)";

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
    SELECT FALSE, first_event, events, body, before, seal, last
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
    loop {
        let mut page = JournalPage::new(first_event, events);
        if fill(live, key, (first_event, events), &mut page).await? {
            return large::journal(live, key, page.into_entries()).await;
        }
    }
}

/// Fills a page, first with packed rows; returns whether rows stayed where they were meanwhile.
async fn fill(
    live: &Live,
    key: &str,
    (first_event, events): (u64, usize),
    page: &mut JournalPage,
) -> Result<bool, ReadFailure> {
    // One more than needed if each holds an event: the first may end before.
    let at_once = events.clamp(1, ROWS_MAX) + 1;
    let (first, most) = (stored(first_event), limit(at_once));
    let (from, behind) = (live.prepare(FROM).await?, live.prepare(BEHIND).await?);
    let mut pack = (first, -1_i64);
    let mut rows = live.client.query(&from, &[&key, &pack.0, &pack.1, &first, &most]).await?;
    while let Some(row) = packed(&rows)? {
        let link = Link::from_stored(row.try_get(4)?, row.try_get(5)?);
        for row in pack::unpack(row.try_get(3)?, link)? {
            page.take(row)?;
        }
        if page.is_full() {
            return Ok(true);
        }
        pack = (row.try_get(1)?, row.try_get(6)?);
        rows = live.client.query(&from, &[&key, &pack.0, &pack.1, &first, &most]).await?;
    }
    loop {
        for row in &rows {
            page.take(sealed(row)?)?;
        }
        let Some(last) = rows.last().filter(|_| rows.len() == at_once && !page.is_full()) else {
            return Ok(true);
        };
        let row: (i64, i64) = (last.try_get(1)?, last.try_get(6)?);
        let place: [&(dyn ToSql + Sync); 6] = [&key, &pack.0, &pack.1, &row.0, &row.1, &most];
        rows = live.client.query(&behind, &place).await?;
        if packed(&rows)?.is_some() {
            return Ok(false);
        }
    }
}

/// Returns the pack among rows, if there is one.
fn packed(rows: &[Row]) -> Result<Option<&Row>, ReadFailure> {
    let Some(first) = rows.first() else { return Ok(None) };
    Ok(first.try_get::<_, bool>(0)?.then_some(first))
}

/// Reads the rows that the image of an execution does not hold.
pub(crate) async fn tail(live: &Live, key: &str) -> Result<Vec<JournalEntry>, ReadFailure> {
    let statement = live.prepare(TAIL).await?;
    let rows = live.client.query(&statement, &[&key]).await?;
    let sealed = rows.iter().map(sealed).collect::<Result<Vec<_>, _>>()?;
    let mut chain = Chain::from_anywhere();
    let entries = seal::checked(&mut chain, sealed)?;
    if let Some(row) = rows.first() {
        chain.end(row.try_get::<_, Option<i64>>(6)?.map(Seal::from_stored))?;
    }
    large::journal(live, key, entries).await
}

/// Reads a row with its seals, which are yet to be looked at: the columns of [`FROM`] from the second on.
pub(crate) fn sealed(row: &Row) -> Result<pack::Row, ReadFailure> {
    let events = u32::try_from(count(row, 2)?);
    let entry = JournalEntry {
        first_event: count(row, 1)?,
        events: events.map_err(|_| ReadFailure::Corrupt("a row of a journal".to_owned()))?,
        body: bytes(row, 3)?,
    };
    Ok((entry, Link::from_stored(row.try_get(4)?, row.try_get(5)?)))
}
