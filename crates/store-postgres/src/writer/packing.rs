//! Packing journals of closed executions, a few rows at a time.
//!
//! Executions are packed in the order of their changes, and it is remembered how far that has come: one that is
//! redriven comes again when it closes again. Only rows that the image holds are packed. What is read and
//! compressed holds nobody up; only what is then written passes the fence, and nobody else owns the store if it
//! does. **Invariant:** what is packed is read as before, whenever the process ends; no row is packed twice.

use std::collections::BTreeMap;
use std::sync::Arc;

use compasso_store::pack::{self, Pack, Packed};
use compasso_types::Timestamp;
use tokio_postgres::types::ToSql;

use super::transaction::{Hold, bounded, pass};
use super::undone::Undone;
use crate::link::{Link, Live};
use crate::reader::journal::sealed;
use crate::value::{ReadFailure, stored};

/// Executions that are looked at in one step.
const STEP_EXECUTIONS: i64 = 32;

const NEXT: &str = "
    SELECT id, changed, status IN (0, 5) FROM execution
    WHERE (changed, id) > (SELECT changed, execution FROM packing) AND changed <= $1
    ORDER BY changed, id LIMIT $2";

/// The rows of several executions, one pack of each at most.
const ROWS: &str = "
    SELECT execution.id, oldest.first_event, oldest.events, oldest.body, oldest.before, oldest.seal, oldest.revision
    FROM execution CROSS JOIN LATERAL (
        SELECT * FROM (
            SELECT first_event, events, body, before, seal, journal.revision,
                sum(length(body)) OVER (ORDER BY first_event, journal.revision) - length(body) AS before_it
            FROM journal
            WHERE journal.execution = execution.id AND journal.revision <= execution.reach
            ORDER BY first_event, journal.revision LIMIT $2
        ) AS first WHERE before_it <= $3
    ) AS oldest
    WHERE execution.id = ANY($1)
    ORDER BY execution.id, oldest.first_event, oldest.revision";

/// The packs of an execution are numbered, for several may end with the same event.
const ADD: &str = "
    INSERT INTO pack (execution, next_event, number, rows, before, seal, body)
    SELECT execution, next_event,
        (SELECT count(*) FROM pack WHERE pack.execution = new.execution), rows, before, seal, body
    FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bytea[])
    AS new (execution, next_event, rows, before, seal, body)";

/// Each execution has its rows in the order of its turns.
const REMOVE: &str = "
    DELETE FROM journal USING unnest($1::bigint[], $2::bigint[]) AS gone (execution, revision)
    WHERE journal.execution = gone.execution AND journal.revision <= gone.revision";

const CAME_TO: &str = "UPDATE packing SET changed = $1, execution = $2";

/// What a step writes.
#[derive(Default)]
struct Step {
    /// A pack of an execution, and the revision of its last row.
    packs: Vec<(i64, i64, Pack)>,
    /// All executions up to this one are done.
    came_to: Option<(i64, i64)>,
    is_over: bool,
}

/// Takes one step; returns what was packed, and the number of the commit if there was one.
pub(super) async fn step(
    link: &Link,
    hold: Hold,
    until: Timestamp,
) -> Result<(Packed, Option<u64>), Undone> {
    let live = link.live().await.map_err(|error| Undone::Surely(error.to_string()))?;
    let step = bounded(read(&live, until)).await?;
    let rows = step.packs.iter().map(|(.., pack)| pack.rows as u64).sum();
    let executions = step.packs.len() as u64;
    let packed = Packed { executions, rows, is_over: step.is_over };
    if step.packs.is_empty() && step.came_to.is_none() {
        return Ok((packed, None));
    }
    let commits = pass(link, hold, |live, commits| async move {
        write(&live, &step).await?;
        Ok(commits)
    });
    Ok((packed, Some(commits.await?)))
}

async fn read(live: &Live, until: Timestamp) -> Result<Step, Undone> {
    let statement = live.prepare(NEXT).await?;
    let candidates = live.client.query(&statement, &[&until.0, &STEP_EXECUTIONS]).await?;
    let mut step = Step { is_over: candidates.is_empty(), ..Step::default() };
    let mut closed = Vec::new();
    for row in &candidates {
        if !row.try_get::<_, bool>(2)? {
            closed.push(row.try_get::<_, i64>(0)?);
        }
    }
    let mut found = rows(live, &closed).await?;
    for row in &candidates {
        let (id, changed) = (row.try_get(0)?, row.try_get(1)?);
        if let Some((rows, revisions)) = found.remove(&id) {
            match pack::pack(&rows) {
                Ok(Some(pack)) => {
                    let is_all = pack.rows == rows.len();
                    step.packs.push((id, revisions[pack.rows - 1], pack));
                    if !is_all || rows.len() == pack::PACK_ROWS {
                        // There may be more of it.
                        break;
                    }
                }
                Ok(None) => {}
                Err(damage) => tracing::warn!(execution = id, %damage, "a journal is not packed"),
            }
        }
        step.came_to = Some((changed, id));
    }
    Ok(step)
}

type Rows = BTreeMap<i64, (Vec<pack::Row>, Vec<i64>)>;

/// Reads rows of executions, with their revisions.
async fn rows(live: &Live, executions: &[i64]) -> Result<Rows, Undone> {
    let mut rows = Rows::new();
    if executions.is_empty() {
        return Ok(rows);
    }
    let statement = live.prepare(ROWS).await?;
    let (most, bytes) = (pack::PACK_ROWS as i64, pack::PACK_BYTES as i64);
    let parameters: [&(dyn ToSql + Sync); 3] = [&executions, &most, &bytes];
    for row in &live.client.query(&statement, &parameters).await? {
        let of = rows.entry(row.try_get(0)?).or_default();
        of.0.push(sealed(row)?);
        of.1.push(row.try_get(6)?);
    }
    Ok(rows)
}

async fn write(live: &Arc<Live>, step: &Step) -> Result<(), Undone> {
    let packs = || step.packs.iter();
    let executions: Vec<i64> = packs().map(|(id, ..)| *id).collect();
    let revisions: Vec<i64> = packs().map(|(_, revision, _)| *revision).collect();
    let next_events: Vec<i64> = packs().map(|(.., pack)| stored(pack.next_event)).collect();
    let counts: Vec<i64> = packs().map(|(.., pack)| pack.rows as i64).collect();
    let before: Vec<Option<i64>> =
        packs().map(|(.., pack)| pack.link.map(|link| link.before.stored())).collect();
    let seals: Vec<Option<i64>> =
        packs().map(|(.., pack)| pack.link.map(|link| link.seal.stored())).collect();
    let bodies: Vec<&[u8]> = packs().map(|(.., pack)| &*pack.body).collect();
    let columns: [&(dyn ToSql + Sync); 6] =
        [&executions, &next_events, &counts, &before, &seals, &bodies];
    let add = live.prepare(ADD).await?;
    live.client.execute(&add, &columns).await?;
    let remove = live.prepare(REMOVE).await?;
    let removed = live.client.execute(&remove, &[&executions, &revisions]).await?;
    if removed != packs().map(|(.., pack)| pack.rows as u64).sum::<u64>() {
        // A step whose answer was lost has come to its end since they were read.
        return Err(Undone::Surely("rows that were to be packed are packed".to_owned()));
    }
    if let Some((changed, id)) = step.came_to {
        let came_to = live.prepare(CAME_TO).await?;
        live.client.execute(&came_to, &[&changed, &id]).await?;
    }
    Ok(())
}

impl From<ReadFailure> for Undone {
    fn from(failure: ReadFailure) -> Self {
        Self::Surely(compasso_store::ReadError::from(failure).to_string())
    }
}
