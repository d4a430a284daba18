//! Looking for what the rules of alerts are about.

use std::sync::Arc;
use std::time::Duration;

use compasso_pipeline::tree::AlertRule;
use compasso_store::{ExecutionFilter, ExecutionHeader, Status};
use compasso_types::{Arn, Json, Timestamp};

use super::rules::{
    Cause, FAILURES, Now, before, gone, many_failures, name_of, old_queues, shown, workflow_of,
};
use super::{Alerts, CURSOR, Memory};
use crate::Triggers;
use crate::inbox::Later;
use crate::limits::PAGE;
use crate::slot::Slot;
use crate::starts::WorkerThere;
use crate::watch::seen::Seen;
use crate::watch::{Found, millis};

/// Failures that a look counts beyond those of the rule.
const COUNTED_MAX: usize = 1_000;
/// Most rows of the store that one look reads.
const ROWS_MAX: usize = 20_000;
/// Listings that no list of runs shows.
const HIDDEN: [&str; 2] = [":mapRun:", ":deadline:"];
const FAILED: [Status; 2] = [Status::Failed, Status::TimedOut];

impl Triggers {
    /// Looks for what somebody is to be told of.
    pub(in crate::watch) async fn find_alerts(
        &self,
        slot: &Slot,
        alerts: &Alerts,
        seen: &Seen,
        memory: &mut Memory,
    ) -> Result<Found, Later> {
        let at = self.now();
        let began = *memory.began.get_or_insert(at);
        if let Some(anew) = alerts.anew(at, seen) {
            return Ok(anew);
        }
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
                let fits = |worker: &&WorkerThere| {
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
