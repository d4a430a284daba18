//! What holds of the rules of alerts. Pure.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use compasso_types::{Arn, Json, Timestamp};

use crate::starts::QueueAge;
use crate::watch::millis;

/// How far back a look goes: runs may become visible a little out of order.
const OVERLAP: Duration = Duration::from_secs(5);

/// Something that somebody is to be told of.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Cause {
    /// Since when it is so.
    pub(super) since: Timestamp,
    pub(super) summary: String,
    pub(super) details: Json,
}

/// What holds now.
#[derive(Default)]
pub(super) struct Now {
    pub(super) causes: BTreeMap<String, Cause>,
    /// What holds, but not for as long as the rule says.
    pub(super) early: BTreeSet<String>,
    /// When to look again, if sooner than usual.
    pub(super) sooner: Option<Timestamp>,
    /// From when on the rule counts next time.
    pub(super) cursor: Option<Timestamp>,
}

impl Now {
    /// Takes note of what holds, but is told of only if it still does then.
    pub(super) fn wait(&mut self, subject: String, due: Timestamp) {
        self.early.insert(subject);
        self.sooner = self.sooner.into_iter().chain([due]).min();
    }
}

/// What failures are told of as: all of a rule together.
pub(super) const FAILURES: &str = "failures";

/// Says whether there were so many failures within a time since the last look, or are there still.
pub(super) fn many_failures(
    failed: &[(Timestamp, Arc<str>)],
    count: usize,
    within: Duration,
    (from, at): (Timestamp, Timestamp),
    is_told: bool,
) -> Now {
    let span = millis(within);
    // The oldest of so many that came within the time, the last of which is new.
    let new = failed.windows(count).rfind(|those| {
        let (first, last) = (those[0].0, those[count - 1].0);
        last.0 - first.0 < span && last > from
    });
    let still = failed.len().checked_sub(count).map(|first| &failed[first..]);
    let still = still.filter(|those| those[0].0.after(within) > at);
    let cursor = failed.last().map_or(from, |(last, _)| (*last).max(from));
    let sooner = still.map(|those| those[0].0.after(within));
    let mut now = Now { cursor: Some(cursor), sooner, ..Now::default() };
    // What is told of already lasts while there are so many, and is over then.
    let Some(those) = still.or(new.filter(|_| !is_told)) else { return now };
    let (_, last) = &those[count - 1];
    let summary = format!("{count} runs failed within {}, the last {last}", shown(within));
    let runs = those.iter().rev().take(RUNS_SHOWN).map(|(_, run)| Json::from(&**run));
    let details = Json::object([
        ("count", Json::from(count as i64)),
        ("runs", Json::array(runs.collect::<Vec<_>>())),
    ]);
    let since = those[count - 1].0;
    now.causes.insert(FAILURES.to_owned(), Cause { since, summary, details });
    now
}

/// Runs that are named in what is told.
const RUNS_SHOWN: usize = 10;

pub(super) fn gone(
    there: usize,
    at_least: usize,
    (name, tags): (&str, &[Arc<str>]),
    limit: Duration,
    at: Timestamp,
    waits: &mut Option<Timestamp>,
) -> Now {
    let mut now = Now::default();
    if there >= at_least {
        *waits = None;
        return now;
    }
    let since = *waits.get_or_insert(at);
    let due = since.after(limit);
    let tags = tags.join(",");
    let asked = if tags.is_empty() { name.to_owned() } else { format!("{name} [{tags}]") };
    if due > at {
        now.wait(asked, due);
        return now;
    }
    let summary = format!("{there} of {at_least} workers like {asked} are there");
    let details = Json::object([
        ("workers", Json::from(there as i64)),
        ("at_least", Json::from(at_least as i64)),
    ]);
    now.causes.insert(asked, Cause { since, summary, details });
    now
}

pub(super) fn old_queues(
    queues: Vec<QueueAge>,
    age: Duration,
    tags: &[Arc<str>],
    at: Timestamp,
) -> Now {
    let mut now = Now::default();
    for queue in queues.into_iter().filter(|queue| tags.iter().all(|tag| queue.tags.contains(tag)))
    {
        let due = queue.oldest.after(age);
        if due > at {
            now.wait(queue.name, due);
            continue;
        }
        let waiting = queue.waiting;
        let summary = format!(
            "a task waits since {} in queue {}; {waiting} wait there",
            queue.oldest, queue.name
        );
        let details = Json::object([
            ("queue", Json::from(queue.name.as_str())),
            ("waiting", Json::from(waiting as i64)),
        ]);
        now.causes.insert(queue.name, Cause { since: due, summary, details });
    }
    now
}

/// Returns the name of the workflow of an execution in the same account and region.
pub(super) fn workflow_of(execution: &str, owner: &Arn) -> Option<String> {
    let arn: Arn = execution.parse().ok()?;
    let is_near = (arn.region(), arn.account()) == (owner.region(), owner.account());
    arn.parts().next().filter(|_| is_near).map(str::to_owned)
}

pub(super) fn name_of(pipeline: &Arn) -> &str {
    pipeline.rest()
}

/// Writes a time as rules have it.
pub(super) fn shown(span: Duration) -> String {
    let millis = span.as_millis();
    let units = [(86_400_000, "d"), (3_600_000, "h"), (60_000, "m"), (1_000, "s")];
    let unit = units.into_iter().find(|(unit, _)| millis > 0 && millis.is_multiple_of(*unit));
    unit.map_or_else(|| format!("{millis}ms"), |(unit, word)| format!("{}{word}", millis / unit))
}

pub(super) fn before(at: Timestamp, span: Duration) -> Timestamp {
    Timestamp(at.0 - millis(span) - millis(OVERLAP))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failed(seconds: &[i64]) -> Vec<(Timestamp, Arc<str>)> {
        seconds.iter().map(|at| (Timestamp(at * 1_000), format!("run {at}").into())).collect()
    }

    /// Counts three failures within ten seconds; returns since when they are told, and when to look again.
    fn check(seconds: &[i64], from: i64, at: i64, is_told: bool) -> (Option<i64>, Option<i64>) {
        let span = (Timestamp(from * 1_000), Timestamp(at * 1_000));
        let within = Duration::from_secs(10);
        let now = many_failures(&failed(seconds), 3, within, span, is_told);
        let seconds = |at: Timestamp| at.0 / 1_000;
        let cause = now.causes.get(FAILURES).map(|cause| seconds(cause.since));
        (cause, now.sooner.map(seconds))
    }

    #[test]
    fn failures_count_while_there_are_so_many_within_the_time() {
        assert_eq!(check(&[1, 2], 0, 3, false), (None, None));
        assert_eq!(check(&[1, 2, 3], 0, 3, false), (Some(3), Some(11)));
        assert_eq!(check(&[1, 2, 3], 3, 10, true), (Some(3), Some(11)));
        assert_eq!(check(&[1, 2, 3], 3, 11, true), (None, None));
        assert_eq!(check(&[1, 8, 12], 0, 12, false), (None, None));
    }

    #[test]
    fn failures_before_the_server_was_down_are_told_afterwards() {
        assert_eq!(check(&[1, 2, 3], 2, 500, false), (Some(3), None));
        assert_eq!(check(&[1, 2, 3], 3, 500, false), (None, None));
    }

    #[test]
    fn times_are_written_as_rules_have_them() {
        let written =
            [86_400_000, 5_400_000, 60_000, 1_500].map(|ms| shown(Duration::from_millis(ms)));
        assert_eq!(written, ["1d", "90m", "1m", "1500ms"]);
    }
}
