//! Rules of alerts: what somebody is to be told of the server, once for one cause.
//!
//! What was told is kept as what other triggers have seen, so that it is told once whenever the server
//! ends, and its end is known for one. Failures are counted from where the last look was: those of a
//! time in which the server was down as well.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use compasso_pipeline::tree::{AlertRule, AlertTrigger};
use compasso_store::{ExecutionFilter, ExecutionHeader, Status};
use compasso_types::glob::Glob;
use compasso_types::{Arn, Json, Timestamp};
use serde::{Deserialize, Serialize};

use super::seen::Seen;
use super::{Found, Note, Watch, millis, news};
use crate::Triggers;
use crate::entry::Unusable;
use crate::health::Health;
use crate::inbox::{Arrival, Later};
use crate::limits::PAGE;
use crate::record::{self, Delivery, SEEN};
use crate::slot::Slot;
use crate::starts::QueueAge;

/// The pause between two looks at the store. Usually a look is asked for when a run ends.
const EVERY: Duration = Duration::from_secs(30);
/// The pause between two looks at what is in memory.
const EVERY_IN_MEMORY: Duration = Duration::from_secs(2);
/// What the instant is kept as from which on a rule counts. No cause is called so.
const CURSOR: &str = "(cursor)";
/// How far back a look goes: runs may become visible a little out of order.
const OVERLAP: Duration = Duration::from_secs(5);
/// Most causes of a rule that people are shown.
const FIRING_MAX: usize = 1_000;
/// Most rows of the store that one look reads.
const ROWS_MAX: usize = 20_000;
/// Listings that no list of runs shows.
const HIDDEN: [&str; 2] = [":mapRun:", ":deadline:"];
const FAILED: [Status; 2] = [Status::Failed, Status::TimedOut];

/// A rule that is looked at.
#[derive(Debug)]
pub(super) struct Alerts {
    rule: AlertRule,
    repeat: Option<Duration>,
    tells_end: bool,
    /// The pattern of names, where the rule has one.
    names: Option<Glob>,
}

/// Something that somebody is to be told of.
#[derive(Clone, Debug, PartialEq)]
struct Cause {
    /// Since when it is so.
    since: Timestamp,
    summary: String,
    details: Json,
}

/// What is kept of what was told.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ToldAlert {
    /// Since when it is so.
    pub since: Timestamp,
    /// When it was told last.
    pub at: Timestamp,
    /// How often it was told.
    pub times: u32,
    /// What was told.
    pub summary: String,
}

/// A rule at work.
#[derive(Clone, Debug)]
pub struct AlertAt {
    /// The ARN of the pipeline that tells.
    pub pipeline: Arc<str>,
    /// The id of its trigger.
    pub trigger: Arc<str>,
    /// What it is about.
    pub rule: &'static str,
    /// Whether its pipeline is paused.
    pub paused: bool,
    /// Whether it does its work.
    pub health: Health,
}

/// What holds now.
#[derive(Default)]
struct Now {
    causes: BTreeMap<String, Cause>,
    /// When to look again, if sooner than usual.
    sooner: Option<Timestamp>,
    /// From when on the rule counts next time.
    cursor: Option<Timestamp>,
}

impl Alerts {
    pub(super) fn of(trigger: &AlertTrigger) -> Result<Self, Unusable> {
        let pattern = match &trigger.rule {
            AlertRule::Failures { workflow, .. } => Some(workflow),
            AlertRule::TriggerUnhealthy { pipeline, .. } => Some(pipeline),
            AlertRule::WorkerGone { name, .. } => Some(name),
            AlertRule::NoSuccess { .. } | AlertRule::QueueOlderThan { .. } => None,
        };
        Ok(Self {
            rule: trigger.rule.clone(),
            repeat: trigger.repeat,
            tells_end: trigger.resolved,
            names: pattern.map(|pattern| Glob::parse(pattern)).transpose()?,
        })
    }

    /// Returns the pause between two looks.
    pub(super) fn every(&self) -> Duration {
        if self.counts_runs() { EVERY } else { EVERY_IN_MEMORY }
    }

    /// Says whether it is about runs, whose ends it is told of.
    pub(super) fn counts_runs(&self) -> bool {
        matches!(self.rule, AlertRule::Failures { .. } | AlertRule::NoSuccess { .. })
    }

    fn fits(&self, name: &str) -> bool {
        self.names.as_ref().is_none_or(|names| names.matches(name))
    }

    /// Compares what holds with what was told.
    fn news(&self, now: Now, at: Timestamp, seen: &Seen) -> Found {
        let Now { causes, sooner, cursor } = now;
        let mut found = Found { sooner, ..Found::default() };
        let kind = self.kind();
        for (subject, cause) in &causes {
            let told =
                seen.get(subject).and_then(|text| serde_json::from_str::<ToldAlert>(text).ok());
            let again = told.as_ref().and_then(|told| Some(told.at.after(self.repeat?)));
            let (since, times) = match &told {
                None => (cause.since, 1),
                Some(told) if again.is_some_and(|again| again <= at) => {
                    (told.since, told.times + 1)
                }
                Some(_) => {
                    found.sooner = found.sooner.into_iter().chain(again).min();
                    continue;
                }
            };
            let told = ToldAlert { since, at, times, summary: cause.summary.clone() };
            found.sooner =
                found.sooner.into_iter().chain(self.repeat.map(|repeat| at.after(repeat))).min();
            found.news.push(telling(subject, kind, "firing", &told, &cause.details, true));
        }
        let over = seen.iter().filter(|(name, _)| *name != CURSOR && !causes.contains_key(*name));
        for (subject, text) in over {
            let told = serde_json::from_str::<ToldAlert>(text).ok();
            match told.filter(|_| self.tells_end) {
                Some(told) => {
                    let told = ToldAlert { at, ..told };
                    found.news.push(telling(subject, kind, "resolved", &told, &Json::Null, false));
                }
                None => found.notes.push((subject.clone(), None)),
            }
        }
        // The cursor moves once what was found is taken in.
        if found.news.is_empty() {
            let cursor = cursor.map(|cursor| cursor.0.to_string());
            let moved = cursor.filter(|cursor| seen.get(CURSOR) != Some(cursor));
            found.notes.extend(moved.map(|cursor| (CURSOR.to_owned(), Some(cursor))));
        } else {
            found.more = true;
        }
        found
    }

    /// Returns what it is about, as pipelines have it.
    pub(super) fn kind(&self) -> &'static str {
        match self.rule {
            AlertRule::Failures { .. } => "failures",
            AlertRule::NoSuccess { .. } => "no_success",
            AlertRule::TriggerUnhealthy { .. } => "trigger_unhealthy",
            AlertRule::WorkerGone { .. } => "worker_gone",
            AlertRule::QueueOlderThan { .. } => "queue_older_than",
        }
    }
}

/// Returns what expressions see of what is told.
fn alert_value(
    subject: &str,
    kind: &str,
    state: &'static str,
    told: &ToldAlert,
    details: &Json,
) -> Json {
    let summary = match state {
        "resolved" => format!("resolved: {}", told.summary),
        _ => told.summary.clone(),
    };
    Json::object([
        ("rule", Json::from(kind)),
        ("state", Json::from(state)),
        ("subject", Json::from(subject)),
        ("summary", Json::from(summary)),
        ("since", Json::from(told.since.to_string())),
        ("at", Json::from(told.at.to_string())),
        ("times", i64::from(told.times).into()),
        ("details", details.clone()),
    ])
}

/// Makes news of a cause.
fn telling(
    subject: &str,
    kind: &str,
    state: &'static str,
    told: &ToldAlert,
    details: &Json,
    is_kept: bool,
) -> super::News {
    let shown = alert_value(subject, kind, state, told, details);
    let look = serde_json::to_string(told).expect("what was told is plain data");
    let key = format!("{subject}@{}#{}{state}", told.since.0, told.times);
    news(subject, is_kept.then_some(look), key, "alert", shown)
}

impl Triggers {
    /// Lists the rules of all pipelines.
    pub fn alerts(&self) -> Vec<AlertAt> {
        self.registry().alerts()
    }

    /// Lists what holds and was told by a rule, with what it is about.
    ///
    /// # Errors
    /// The store does not answer.
    pub async fn firing(
        &self,
        pipeline: &str,
        trigger: &str,
    ) -> Result<Vec<(String, ToldAlert)>, Later> {
        let prefix = record::prefix(pipeline, trigger);
        let store = self.inner.runtime.store();
        let page = store.documents(SEEN, &prefix, None, FIRING_MAX).await?;
        let mut firing = Vec::with_capacity(page.len());
        for document in page {
            let Note { name, look } = record::read(&document)?;
            firing.extend(serde_json::from_str(&look).ok().map(|told| (name, told)));
        }
        Ok(firing)
    }

    /// Has a rule tell that it is tried out; `None` if there is no such rule.
    ///
    /// # Errors
    /// It cannot be stored now.
    pub async fn test_alert(
        &self,
        pipeline: &str,
        trigger: &str,
    ) -> Result<Option<Delivery>, Later> {
        let slot = self.registry().get(pipeline).and_then(|it| it.slots.get(trigger)).cloned();
        let Some(slot) = slot else { return Ok(None) };
        let Some(rule) = slot.entry.watch.as_ref().and_then(Watch::alert_rule) else {
            return Ok(None);
        };
        let at = self.now();
        let summary = "this is a test".to_owned();
        let told = ToldAlert { since: at, at, times: 1, summary };
        let alert = alert_value("test", rule, "test", &told, &Json::Null);
        let trigger = Json::object([("alert", alert)]);
        let arrival = Arrival { trigger, known_by: None, fits: true };
        Ok(self.receive(&slot, vec![arrival], None).await?.pop())
    }

    /// Looks for what somebody is to be told of. `waits` is since when something holds that is not told
    /// of before it lasts.
    pub(super) async fn find_alerts(
        &self,
        slot: &Slot,
        alerts: &Alerts,
        seen: &Seen,
        waits: &mut Option<Timestamp>,
    ) -> Result<Found, Later> {
        let at = self.now();
        let owner: Arn = slot.pipeline.parse().map_err(|_| Later("no ARN of a pipeline".into()))?;
        let cursor = seen.get(CURSOR).and_then(|text| text.parse().ok()).map(Timestamp);
        let from = cursor.unwrap_or(at);
        let now = match &alerts.rule {
            AlertRule::Failures { count, within, .. } => {
                let failed = self.failed_since(&owner, alerts, before(from, *within)).await?;
                let count = *count as usize;
                many_failures(&failed, count, *within, (from, at), seen.contains_key(FAILURES))
            }
            AlertRule::NoSuccess { limit, workflow } => {
                self.no_success(&owner, workflow, *limit, (from, at)).await?
            }
            AlertRule::TriggerUnhealthy { limit, .. } => self.unhealthy(&owner, alerts, *limit, at),
            AlertRule::WorkerGone { limit, name, tags, at_least } => {
                let workers = self.starts()?.workers(owner.account());
                let fits = |worker: &&crate::starts::WorkerThere| {
                    alerts.fits(&worker.name) && tags.iter().all(|tag| worker.tags.contains(tag))
                };
                let there = workers.iter().filter(fits).count();
                gone(there, *at_least as usize, (&**name, tags.as_slice()), *limit, at, waits)
            }
            AlertRule::QueueOlderThan { age, tags } => {
                old_queues(self.starts()?.queues(owner.account()), *age, tags, at)
            }
        };
        Ok(alerts.news(now, at, seen))
    }

    /// Lists when runs failed that a rule counts, the oldest first, each with its ARN.
    async fn failed_since(
        &self,
        owner: &Arn,
        alerts: &Alerts,
        since: Timestamp,
    ) -> Result<Vec<(Timestamp, Arc<str>)>, Later> {
        let own = format!(":run:{}:", name_of(owner));
        let mut failed = Vec::new();
        for status in FAILED {
            let filter = ExecutionFilter {
                status: Some(status),
                since: Some(since),
                ..ExecutionFilter::default()
            };
            let fits = |header: &ExecutionHeader| {
                let name = workflow_of(&header.key.0, owner);
                // Rules that count their own failures would never end.
                let is_own = header.key.0.contains(&own);
                let is_hidden = HIDDEN.iter().any(|hidden| header.workflow.contains(hidden));
                !is_hidden && !is_own && name.is_some_and(|name| alerts.fits(name))
            };
            let mut after = None;
            for _ in 0..ROWS_MAX / PAGE {
                let store = self.inner.runtime.store();
                let page = store.executions(filter.clone(), after, PAGE).await?;
                let those = page.items.into_iter().filter(fits);
                failed.extend(those.map(|header| (header.changed(), header.key.0)));
                after = page.next;
                if after.is_none() {
                    break;
                }
            }
        }
        failed.sort();
        Ok(failed)
    }

    async fn no_success(
        &self,
        owner: &Arn,
        workflow: &Arc<str>,
        limit: Duration,
        (from, at): (Timestamp, Timestamp),
    ) -> Result<Now, Later> {
        let mut last: Option<Timestamp> = None;
        for kind in ["pipeline", "stateMachine"] {
            let arn = Arn::new(owner.region(), owner.account(), kind, workflow);
            let listing = self.starts()?.listing(arn.as_str()).await;
            let Some(listing) = listing.map_err(|error| Later(error.to_string()))? else {
                continue;
            };
            let filter = ExecutionFilter {
                workflow: Some(listing),
                status: Some(Status::Succeeded),
                ..ExecutionFilter::default()
            };
            let page = self.inner.runtime.store().executions(filter, None, 1).await?;
            last = last.max(page.items.first().map(ExecutionHeader::changed));
        }
        // A workflow that never succeeded is watched from the first look on.
        let since = last.map_or(from, |last| last.max(from));
        let due = since.after(limit);
        let mut now = Now { cursor: Some(from), ..Now::default() };
        if due > at {
            now.sooner = Some(due);
            return Ok(now);
        }
        let summary =
            format!("no run of {workflow} succeeded for {} (since {since})", shown(limit));
        let last = last.map_or(Json::Null, |last| Json::from(last.to_string()));
        let details = Json::object([("workflow", Json::from(&**workflow)), ("last_success", last)]);
        now.causes.insert(workflow.to_string(), Cause { since: due, summary, details });
        Ok(now)
    }

    fn unhealthy(&self, owner: &Arn, alerts: &Alerts, limit: Duration, at: Timestamp) -> Now {
        let mut now = Now::default();
        for (pipeline, id, trouble) in self.registry().troubles() {
            let name = pipeline
                .parse::<Arn>()
                .ok()
                .filter(|arn| (arn.region(), arn.account()) == (owner.region(), owner.account()));
            let Some(name) = name.filter(|arn| alerts.fits(name_of(arn))) else { continue };
            let name = name_of(&name);
            let due = trouble.since.after(limit);
            if due > at {
                now.sooner = now.sooner.into_iter().chain([due]).min();
                continue;
            }
            let summary = format!("trigger {id} of {name} is unhealthy: {}", trouble.error);
            let details = Json::object([
                ("pipeline", Json::from(name)),
                ("trigger", Json::from(&*id)),
                ("error", Json::from(trouble.error.as_str())),
            ]);
            let cause = Cause { since: trouble.since, summary, details };
            now.causes.insert(format!("{name}/{id}"), cause);
        }
        now
    }
}

/// What failures are told of as: all of a rule together.
const FAILURES: &str = "failures";

/// Says whether there were so many failures within a time since the last look, or are there still.
fn many_failures(
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

fn gone(
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
    if due > at {
        now.sooner = Some(due);
        return now;
    }
    let tags = tags.join(",");
    let asked = if tags.is_empty() { name.to_owned() } else { format!("{name} [{tags}]") };
    let summary = format!("{there} of {at_least} workers like {asked} are there");
    let details = Json::object([
        ("workers", Json::from(there as i64)),
        ("at_least", Json::from(at_least as i64)),
    ]);
    now.causes.insert(asked, Cause { since, summary, details });
    now
}

fn old_queues(queues: Vec<QueueAge>, age: Duration, tags: &[Arc<str>], at: Timestamp) -> Now {
    let mut now = Now::default();
    for queue in queues.into_iter().filter(|queue| tags.iter().all(|tag| queue.tags.contains(tag)))
    {
        let due = queue.oldest.after(age);
        if due > at {
            now.sooner = now.sooner.into_iter().chain([due]).min();
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
fn workflow_of<'a>(execution: &'a str, owner: &Arn) -> Option<&'a str> {
    let mut parts = execution.splitn(8, ':').skip(3);
    let is_near = parts.next()? == owner.region() && parts.next()? == owner.account();
    parts.next()?;
    parts.next().filter(|_| is_near)
}

fn name_of(pipeline: &Arn) -> &str {
    pipeline.rest()
}

/// Writes a time as rules have it.
fn shown(span: Duration) -> String {
    let millis = span.as_millis();
    let units = [(86_400_000, "d"), (3_600_000, "h"), (60_000, "m"), (1_000, "s")];
    let unit = units.into_iter().find(|(unit, _)| millis > 0 && millis.is_multiple_of(*unit));
    unit.map_or_else(|| format!("{millis}ms"), |(unit, word)| format!("{}{word}", millis / unit))
}

fn before(at: Timestamp, span: Duration) -> Timestamp {
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
