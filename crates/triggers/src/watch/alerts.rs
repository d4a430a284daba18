//! Rules of alerts: what somebody is to be told of the server, once for one cause.
//!
//! What was told is kept as what other triggers have seen, so that it is told once whenever the server
//! ends, and its end is known for one. Failures are counted from where the last look was: those of a
//! time in which the server was down as well.

mod rules;

use std::sync::Arc;
use std::time::Duration;

use compasso_pipeline::tree::{AlertRule, AlertTrigger};
use compasso_store::{ExecutionFilter, ExecutionHeader, Status};
use compasso_types::glob::Glob;
use compasso_types::{Arn, Json, Timestamp};
use serde::{Deserialize, Serialize};

use self::rules::{
    Cause, FAILURES, Now, before, gone, many_failures, name_of, old_queues, shown, workflow_of,
};
use super::seen::Seen;
use super::{Found, Note, Watch, millis, news};
use crate::Triggers;
use crate::entry::Unusable;
use crate::health::Health;
use crate::inbox::{Arrival, Later};
use crate::limits::PAGE;
use crate::record::{self, Delivery, SEEN};
use crate::slot::Slot;

/// The pause between two looks at the store. Usually a look is asked for when a run ends.
const EVERY: Duration = Duration::from_secs(30);
/// The least pause between two looks at the store.
const REST: Duration = Duration::from_secs(1);
/// The pause between two looks at what is in memory.
const EVERY_IN_MEMORY: Duration = Duration::from_secs(2);
/// What the instant is kept as from which on a rule counts. No cause is called so.
const CURSOR: &str = "(cursor)";
/// How long what was told lasts at most, after a server began, before its end is believed: what tells of it has to be
/// there again first.
const SETTLED: Duration = Duration::from_secs(60);
/// Most causes of a rule that people are shown.
const FIRING_MAX: usize = 1_000;
/// Failures that a look counts beyond those of the rule.
const COUNTED_MAX: usize = 1_000;
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

/// What is known of a rule as long as the server runs.
#[derive(Debug, Default)]
pub(super) struct Memory {
    /// When it was looked at first.
    began: Option<Timestamp>,
    /// Since when something holds that is not told of before it lasts.
    waits: Option<Timestamp>,
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

    /// Returns the least pause between two looks, whatever happens.
    pub(super) fn rest(&self) -> Duration {
        if self.counts_runs() { REST } else { Duration::ZERO }
    }

    /// Returns how long after the first look nothing that was told is over.
    fn settling(&self) -> Duration {
        match self.rule {
            AlertRule::TriggerUnhealthy { limit, .. } => limit.min(SETTLED),
            AlertRule::QueueOlderThan { age, .. } => age.min(SETTLED),
            AlertRule::Failures { .. }
            | AlertRule::NoSuccess { .. }
            | AlertRule::WorkerGone { .. } => Duration::ZERO,
        }
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
        let Now { causes, early, sooner, cursor } = now;
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
        let is_begun = !found.news.is_empty();
        let lasts =
            |name: &String| name == CURSOR || causes.contains_key(name) || early.contains(name);
        let over = seen.iter().filter(|(name, _)| !lasts(name));
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
        found.more = !found.news.is_empty();
        // The cursor moves once it is known of what begins that it was told.
        if !is_begun {
            let cursor = cursor.map(|cursor| cursor.0.to_string());
            let moved = cursor.filter(|cursor| seen.get(CURSOR) != Some(cursor));
            found.notes.extend(moved.map(|cursor| (CURSOR.to_owned(), Some(cursor))));
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

    /// Looks for what somebody is to be told of.
    pub(super) async fn find_alerts(
        &self,
        slot: &Slot,
        alerts: &Alerts,
        seen: &Seen,
        memory: &mut Memory,
    ) -> Result<Found, Later> {
        let at = self.now();
        let began = *memory.began.get_or_insert(at);
        let owner: Arn = slot.pipeline.parse().map_err(|_| Later("no ARN of a pipeline".into()))?;
        let cursor = seen.get(CURSOR).and_then(|text| text.parse().ok()).map(Timestamp);
        let from = cursor.unwrap_or(at);
        let mut now = match &alerts.rule {
            AlertRule::Failures { count, within, .. } => {
                let count = *count as usize;
                let since = before(from, *within);
                let failed = self.failed_since(&owner, alerts, since, count + COUNTED_MAX).await?;
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
                gone(
                    there,
                    *at_least as usize,
                    (&**name, tags.as_slice()),
                    *limit,
                    at,
                    &mut memory.waits,
                )
            }
            AlertRule::QueueOlderThan { age, tags } => {
                old_queues(self.starts()?.queues(owner.account()), *age, tags, at)
            }
        };
        let settled = began.after(alerts.settling());
        if at < settled {
            now.early.extend(seen.keys().cloned());
            now.sooner = now.sooner.into_iter().chain([settled]).min();
        }
        Ok(alerts.news(now, at, seen))
    }

    /// Lists when runs failed that a rule counts, the oldest first, each with its ARN.
    async fn failed_since(
        &self,
        owner: &Arn,
        alerts: &Alerts,
        since: Timestamp,
        enough: usize,
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
                !is_hidden && !is_own && name.is_some_and(|name| alerts.fits(&name))
            };
            let (mut after, mut rows, known) = (None, 0, failed.len());
            loop {
                let store = self.inner.runtime.store();
                let page = store.executions(filter.clone(), after, PAGE).await?;
                rows += page.items.len();
                let those = page.items.into_iter().filter(fits);
                failed.extend(those.map(|header| (header.changed(), header.key.0)));
                after = page.next;
                // The newest come first: so many tell enough.
                if after.is_none() || failed.len() - known >= enough {
                    break;
                }
                if rows >= ROWS_MAX {
                    return Err(Later(format!(
                        "more than {ROWS_MAX} runs failed, too many to look through"
                    )));
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
        // What it is watched from stays known when the run itself is removed; a note for each success would be many.
        let is_later = since.0 - from.0 > millis(limit) / 4;
        let cursor = Some(if is_later { since } else { from });
        let mut now = Now { cursor, ..Now::default() };
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
                now.wait(format!("{name}/{id}"), due);
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

#[cfg(test)]
mod tests;
