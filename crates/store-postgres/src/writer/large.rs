//! Writing the large values that rows refer to: each once for an execution, with the first such row.

use std::collections::BTreeSet;

use compasso_store::large::{Values, names};

use super::plan::{Plan, State};
use super::undone::Undone;
use crate::link::Live;

const KNOWN: &str = "
    SELECT execution, name FROM large_value
    JOIN unnest($1::bigint[], $2::text[]) AS asked (execution, name) USING (execution, name)";

const ADD: &str = "INSERT INTO large_value (execution, name, body) VALUES ($1, $2, $3)";

/// Writes those of `values` that rows of the plan refer to and that are not there yet.
pub(super) async fn write(live: &Live, plan: &Plan<'_>, values: &Values) -> Result<(), Undone> {
    if values.is_empty() {
        return Ok(());
    }
    let mut wanted = referred(plan);
    let (ids, names): (Vec<i64>, Vec<&str>) = wanted.iter().copied().unzip();
    let known = live.prepare(KNOWN).await?;
    let known = live.client.query(&known, &[&ids, &names]).await?;
    for row in &known {
        wanted.remove(&(row.try_get(0)?, row.try_get(1)?));
    }
    let add = live.prepare(ADD).await?;
    // One by one: together they may be larger than one message can be.
    for (id, name) in wanted {
        if let Some(value) = values.get(name) {
            live.client.execute(&add, &[&id, &name, &&value[..]]).await?;
        }
    }
    Ok(())
}

/// Returns what the rows of a plan refer to: executions and names.
fn referred<'a>(plan: &Plan<'a>) -> BTreeSet<(i64, &'a str)> {
    let created = plan.created.iter();
    let starts = created.clone().map(|(id, created)| (*id, created.start));
    let states = created.map(|(id, created)| (*id, created.state));
    let states = states.chain(plan.changed.iter().map(|(id, state)| (*id, *state)));
    let states = states.flat_map(|(id, State { image, outcome, .. })| {
        let bodies = image.map(|(image, _)| image).into_iter().chain(outcome);
        bodies.map(move |body| (id, &**body))
    });
    let journal = plan.journal.iter().map(|row| (row.execution, &*row.entry.body));
    let bodies = starts.chain(states).chain(journal);
    bodies.flat_map(|(id, body)| names(body).map(move |name| (id, name))).collect()
}
