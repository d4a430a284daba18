//! Packing journals of closed executions, a few rows at a time.
//!
//! Executions are packed in the order of their changes, and it is remembered how far that has come: one that is
//! redriven comes again when it closes again. Only rows that the image holds are packed, so that the turns since
//! are found as before. **Invariant:** what is packed is read as before, whenever the process ends.

use compasso_store::pack::{self, Pack, Packed};
use compasso_types::Timestamp;
use rusqlite::{Connection, params};
use tracing::warn;

use crate::reader::journal::sealed;
use crate::value::StoredStatus;

/// Executions that are looked at in one step.
const STEP_EXECUTIONS: i64 = 32;
/// Packs that are made in one step, at most.
const STEP_PACKS: u64 = 32;

const NEXT: &str = "
    SELECT id, changed, status, reach FROM execution
    WHERE (changed, id) > (SELECT changed, execution FROM packing) AND changed <= ?
    ORDER BY changed, id LIMIT ?";

const CAME_TO: &str = "UPDATE packing SET changed = ?, execution = ?";

const ROWS: &str = "
    SELECT first_event, events, body, before, seal, id FROM journal
    WHERE execution = ?1 AND (?2 IS NULL OR id <= ?2)
    ORDER BY first_event, id LIMIT ?3";

/// The packs of an execution are numbered, for several may end with the same event.
const ADD: &str = "
    INSERT INTO pack (execution, next_event, number, rows, before, seal, body)
    VALUES (?1, ?2, (SELECT count(*) FROM pack WHERE execution = ?1), ?3, ?4, ?5, ?6)";

/// Each execution has its rows in the order of its turns.
const REMOVE: &str = "DELETE FROM journal WHERE execution = ? AND id <= ?";

/// The number of a row that goes may be given again: those that come are all newer than the image.
const FORGET_REACH: &str = "
    UPDATE execution SET reach = 0 WHERE id = ?1 AND reach IS NOT NULL
        AND NOT EXISTS (SELECT 1 FROM journal WHERE execution = ?1)";

/// An execution to pack.
struct Candidate {
    id: i64,
    changed: i64,
    is_open: bool,
    reach: Option<i64>,
}

/// Takes one step, in a transaction.
pub(super) fn step(connection: &Connection, until: Timestamp) -> rusqlite::Result<Packed> {
    let candidates = candidates(connection, until)?;
    let mut packed = Packed { is_over: candidates.is_empty(), ..Packed::NOTHING };
    let mut done = None;
    let mut packs = STEP_PACKS;
    for candidate in &candidates {
        let before = packed.rows;
        while packs > 0 && !candidate.is_open {
            let Some(rows) = pack_some(connection, candidate)? else { break };
            packed.rows += rows;
            packs -= 1;
        }
        packed.executions += u64::from(packed.rows > before);
        if packs == 0 {
            // There may be more of it.
            break;
        }
        connection.prepare_cached(FORGET_REACH)?.execute([candidate.id])?;
        done = Some(candidate);
    }
    if let Some(Candidate { changed, id, .. }) = done {
        connection.prepare_cached(CAME_TO)?.execute(params![changed, id])?;
    }
    Ok(packed)
}

fn candidates(connection: &Connection, until: Timestamp) -> rusqlite::Result<Vec<Candidate>> {
    let mut next = connection.prepare_cached(NEXT)?;
    let rows = next.query_map(params![until.0, STEP_EXECUTIONS], |row| {
        let is_open = row.get::<_, StoredStatus>(2)?.0.is_open();
        Ok(Candidate { id: row.get(0)?, changed: row.get(1)?, is_open, reach: row.get(3)? })
    })?;
    rows.collect()
}

/// Makes one pack of the oldest rows of an execution; returns how many there were, if any. Damaged ones
/// stay as they are.
fn pack_some(connection: &Connection, of: &Candidate) -> rusqlite::Result<Option<u64>> {
    let mut statement = connection.prepare_cached(ROWS)?;
    let mut found = statement.query(params![of.id, of.reach, pack::PACK_ROWS as i64])?;
    let (mut rows, mut ids, mut bytes) = (Vec::new(), Vec::new(), 0);
    while let Some(row) = found.next()? {
        ids.push(row.get::<_, i64>(5)?);
        let sealed = sealed(row)?;
        bytes += sealed.0.body.len();
        rows.push(sealed);
        if bytes > pack::PACK_BYTES {
            break;
        }
    }
    let pack = match pack::pack(&rows) {
        Ok(Some(pack)) => pack,
        Ok(None) => return Ok(None),
        Err(damage) => {
            warn!(execution = of.id, %damage, "a journal is not packed");
            return Ok(None);
        }
    };
    add(connection, of.id, &pack)?;
    connection.prepare_cached(REMOVE)?.execute(params![of.id, ids[pack.rows - 1]])?;
    Ok(Some(pack.rows as u64))
}

fn add(connection: &Connection, execution: i64, pack: &Pack) -> rusqlite::Result<()> {
    let Pack { rows, next_event, link, body } = pack;
    connection.prepare_cached(ADD)?.execute(params![
        execution,
        next_event,
        *rows as i64,
        link.map(|link| link.before.stored()),
        link.map(|link| link.seal.stored()),
        body,
    ])?;
    Ok(())
}
