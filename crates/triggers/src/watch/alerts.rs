//! Rules of alerts: what somebody is to be told of the server, once for one cause.
//!
//! What was told is kept as what other triggers have seen, so that it is told once whenever the server
//! ends, and its end is known for one. Failures are counted from where the last look was: those of a
//! time in which the server was down as well.

mod find;
mod rules;

use std::sync::Arc;
use std::time::Duration;

use compasso_pipeline::tree::{AlertRule, AlertTrigger};
use compasso_types::glob::Glob;
use compasso_types::{Json, Timestamp};
use serde::{Deserialize, Serialize};

use self::rules::Now;
use super::seen::Seen;
use super::{Found, Note, Watch, millis, news};
use crate::Triggers;
use crate::entry::Unusable;
use crate::health::Health;
use crate::inbox::{Arrival, Later};
use crate::record::{self, Delivery, SEEN};

/// The pause between two looks at the store. Usually a look is asked for when a run ends.
const EVERY: Duration = Duration::from_secs(30);
/// The least pause between two looks at the store.
const REST: Duration = Duration::from_secs(1);
/// The pause between two looks at what is in memory.
const EVERY_IN_MEMORY: Duration = Duration::from_secs(2);
/// What the instant is kept as from which on a rule counts. No cause is called so.
const CURSOR: &str = "(cursor)";
/// What a rule's condition is kept as, and from when on it holds. Nor is a cause called so.
const RULE: &str = "(rule)";
/// How long what was told lasts at most, after a server began, before its end is believed: what tells of it has to be
/// there again first.
const SETTLED: Duration = Duration::from_secs(60);
/// Most causes of a rule that people are shown.
const FIRING_MAX: usize = 1_000;

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

/// What is kept of a rule: another condition under its id is another rule.
#[derive(Serialize, Deserialize)]
struct Condition {
    condition: String,
    began: Timestamp,
}

impl Condition {
    fn of(seen: &Seen) -> Option<Self> {
        serde_json::from_str(seen.get(RULE)?).ok()
    }
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

    /// Lets a rule begin that is new, or whose condition was another one: what that told is over.
    fn anew(&self, at: Timestamp, seen: &Seen) -> Option<Found> {
        let (condition, before) = (self.condition(), Condition::of(seen));
        if before.as_ref().is_some_and(|before| before.condition == condition) {
            return None;
        }
        let mut found = Found { more: true, ..Found::default() };
        if let Some(before) = &before {
            let kind = before.condition.split(' ').next().unwrap_or_default();
            for (subject, text) in seen.iter().filter(|(name, _)| *name != CURSOR && *name != RULE)
            {
                self.tell_end(&mut found, (subject, text), (kind, before.began), at);
            }
            found.notes.push((CURSOR.to_owned(), None));
        }
        let now = serde_json::to_string(&Condition { condition, began: at });
        found.notes.push((RULE.to_owned(), Some(now.expect("a condition is plain data"))));
        Some(found)
    }

    /// Tells, if that is asked for, that a cause is over.
    fn tell_end(
        &self,
        found: &mut Found,
        (subject, text): (&str, &str),
        (kind, began): (&str, Timestamp),
        at: Timestamp,
    ) {
        let told = serde_json::from_str::<ToldAlert>(text).ok();
        match told.filter(|_| self.tells_end) {
            Some(told) => {
                let told = ToldAlert { at, ..told };
                let over = telling((subject, kind, began), "resolved", &told, &Json::Null, false);
                found.news.push(over);
            }
            None => found.notes.push((subject.to_owned(), None)),
        }
    }

    /// Compares what holds with what was told.
    fn news(&self, now: Now, at: Timestamp, seen: &Seen) -> Found {
        let Now { causes, early, sooner, cursor } = now;
        let mut found = Found { sooner, ..Found::default() };
        let rule = (self.kind(), Condition::of(seen).map_or(Timestamp(0), |it| it.began));
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
            let about = (subject.as_str(), rule.0, rule.1);
            found.news.push(telling(about, "firing", &told, &cause.details, true));
        }
        let is_begun = !found.news.is_empty();
        let lasts = |name: &String| {
            [CURSOR, RULE].contains(&&**name) || causes.contains_key(name) || early.contains(name)
        };
        for (subject, text) in seen.iter().filter(|(name, _)| !lasts(name)) {
            self.tell_end(&mut found, (subject, text), rule, at);
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

    /// Returns what tells its condition from another one; its first word is what it is about.
    fn condition(&self) -> String {
        let rest = match &self.rule {
            AlertRule::Failures { count, within, workflow } => {
                format!("{count} {} {workflow}", millis(*within))
            }
            AlertRule::NoSuccess { limit, workflow } => format!("{} {workflow}", millis(*limit)),
            AlertRule::TriggerUnhealthy { limit, pipeline } => {
                format!("{} {pipeline}", millis(*limit))
            }
            AlertRule::WorkerGone { limit, name, tags, at_least } => {
                format!("{} {at_least} {name} {}", millis(*limit), tags.join(","))
            }
            AlertRule::QueueOlderThan { age, tags } => {
                format!("{} {}", millis(*age), tags.join(","))
            }
        };
        format!("{} {rest}", self.kind())
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

/// Makes news of a cause, given what it is about and when its rule began.
fn telling(
    (subject, kind, began): (&str, &str, Timestamp),
    state: &'static str,
    told: &ToldAlert,
    details: &Json,
    is_kept: bool,
) -> super::News {
    let shown = alert_value(subject, kind, state, told, details);
    let look = serde_json::to_string(told).expect("what was told is plain data");
    let key = format!("{subject}@{}#{}{state}~{}", told.since.0, told.times, began.0);
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
        let arrival = Arrival { trigger, known_by: None, judged: None };
        Ok(self.receive(&slot, vec![arrival], None).await?.pop())
    }
}

#[cfg(test)]
mod tests;
