//! Putting large values back into the bodies that refer to them.

use std::collections::{BTreeSet, HashMap};

use bytes::Bytes;
use compasso_store::{Execution, JournalEntry, large};

use crate::link::Live;
use crate::value::{ReadFailure, bytes, text};

const VALUES: &str = "
    SELECT name, body FROM large_value
    WHERE execution = (SELECT id FROM execution WHERE key = $1) AND name = ANY($2)";

/// Completes the rows of the journal of the execution `key`.
pub(super) async fn journal(
    live: &Live,
    key: &str,
    mut rows: Vec<JournalEntry>,
) -> Result<Vec<JournalEntry>, ReadFailure> {
    join(live, key, rows.iter_mut().map(|row| &mut row.body).collect()).await?;
    Ok(rows)
}

/// Completes an execution.
pub(super) async fn execution(
    live: &Live,
    mut execution: Execution,
) -> Result<Execution, ReadFailure> {
    let Execution { header, start, image, outcome, .. } = &mut execution;
    let bodies = [start, image].into_iter().chain(outcome).collect();
    join(live, &header.key.0, bodies).await?;
    Ok(execution)
}

/// Says whether an execution refers to no large value.
pub(super) fn is_complete(execution: &Execution) -> bool {
    let Execution { start, image, outcome, .. } = execution;
    [start, image].into_iter().chain(outcome).all(|body| large::names(body).next().is_none())
}

async fn join(live: &Live, key: &str, bodies: Vec<&mut Bytes>) -> Result<(), ReadFailure> {
    let names: BTreeSet<&str> = bodies.iter().flat_map(|body| large::names(body)).collect();
    if names.is_empty() {
        return Ok(());
    }
    let names: Vec<&str> = names.into_iter().collect();
    let statement = live.prepare(VALUES).await?;
    let mut values = HashMap::new();
    for row in &live.client.query(&statement, &[&key, &names]).await? {
        values.insert(text(row, 0)?, bytes(row, 1)?);
    }
    for body in bodies {
        *body = large::joined(std::mem::take(body), |name| {
            let missing = || ReadFailure::Corrupt(format!("large value {name} is not there"));
            values.get(name).cloned().ok_or_else(missing)
        })?;
    }
    Ok(())
}
