//! Removing executions. The commit that removes one takes its row, so that nobody finds it any more; its
//! journal and its logs, which may have millions of rows, go a few at a time between other commits.

use std::time::Duration;

use tokio::time::Instant;

use super::transaction::{Hold, pass};
use super::undone::Undone;
use crate::link::Link;

/// Rows of each table that go in one step.
const STEP_ROWS: i64 = 1_000;
/// Executions that go in one step, if they have no more rows than that: most have few.
const STEP_EXECUTIONS: i64 = 100;
/// How long other orders come first, between two steps.
const PAUSE: Duration = Duration::from_millis(10);
/// How long nobody looks whether there are some that another owner left, or tries again what failed.
const LOOK_AFTER: Duration = Duration::from_secs(5);

const FIRST: &str = "SELECT execution FROM removal ORDER BY execution LIMIT $1";

/// Rows are named by their keys, which every database has.
const BIT_BY_BIT: [&str; 4] = [
    "DELETE FROM journal WHERE (execution, first_event, revision) IN (
        SELECT execution, first_event, revision FROM journal WHERE execution = ANY($1) LIMIT $2)",
    "DELETE FROM pack WHERE (execution, next_event, number) IN (
        SELECT execution, next_event, number FROM pack WHERE execution = ANY($1) LIMIT $2)",
    "DELETE FROM large_value WHERE (execution, name) IN (
        SELECT execution, name FROM large_value WHERE execution = ANY($1) LIMIT $2)",
    "DELETE FROM log_chunk WHERE (execution, first) IN (
        SELECT execution, first FROM log_chunk WHERE execution = ANY($1) LIMIT $2)",
];

const DONE: &str = "DELETE FROM removal WHERE execution = ANY($1)";

/// When rows are to be taken away that are left.
#[derive(Debug, Default)]
pub(super) struct Leftovers {
    next: Option<Instant>,
    /// Whether it was looked for those of the owner before, or will be.
    is_looked_for: bool,
}

impl Leftovers {
    /// There are some; more of them do not put off the step that is to come.
    pub(super) fn stir(&mut self) {
        let soon = Instant::now() + PAUSE;
        self.next = Some(self.next.map_or(soon, |next| next.min(soon)));
    }

    /// The owner before may have left some; the first commit has shown that the database is there.
    pub(super) fn look_once(&mut self) {
        if !std::mem::replace(&mut self.is_looked_for, true) && self.next.is_none() {
            self.wait();
        }
    }

    /// There may be some.
    pub(super) fn wait(&mut self) {
        self.next = Some(Instant::now() + LOOK_AFTER);
    }

    /// There are none.
    pub(super) fn over(&mut self) {
        self.next = None;
    }

    /// Returns when to take a step, if there is something to do.
    pub(super) fn next(&self) -> Option<Instant> {
        self.next
    }
}

/// Takes a few rows away; returns the number of the commit, and whether none are left.
pub(super) async fn step(link: &Link, hold: Hold) -> Result<(u64, bool), Undone> {
    pass(link, hold, |live, commits| async move {
        let first = live.prepare(FIRST).await?;
        let rows = live.client.query(&first, &[&STEP_EXECUTIONS]).await?;
        let executions: Vec<i64> =
            rows.iter().map(|row| row.try_get(0)).collect::<Result<_, _>>()?;
        let mut is_rest_left = false;
        for sql in BIT_BY_BIT {
            let statement = live.prepare(sql).await?;
            let gone = live.client.execute(&statement, &[&executions, &STEP_ROWS]).await?;
            is_rest_left |= gone >= STEP_ROWS.cast_unsigned();
        }
        if is_rest_left {
            return Ok((commits, false));
        }
        live.client.execute(DONE, &[&executions]).await?;
        Ok((commits, executions.len() < STEP_EXECUTIONS as usize))
    })
    .await
}

#[cfg(test)]
mod tests {
    use tokio::time::advance;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn removals_without_a_pause_do_not_put_off_the_next_step() {
        let mut leftovers = Leftovers::default();
        leftovers.stir();
        let due = leftovers.next();
        for _ in 0..3 {
            advance(PAUSE / 2).await;
            leftovers.stir();
            assert_eq!(leftovers.next(), due);
        }
        leftovers.over();
        leftovers.stir();
        assert_eq!(leftovers.next(), Some(Instant::now() + PAUSE));
    }
}
