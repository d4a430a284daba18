//! Runs of other pipelines that end.

use std::sync::Arc;
use std::time::Duration;

use compasso_pipeline::tree::PipelineTrigger;
use compasso_store::{AttributeValue, ExecutionFilter, ExecutionHeader, Status};
use compasso_types::{Arn, Json, Timestamp};

use super::seen::Seen;
use super::{Found, millis, news};
use crate::entry::Unusable;
use crate::inbox::Later;
use crate::limits::PAGE;
use crate::slot::Slot;
use crate::{RunEnd, Triggers};

/// The pause between two looks. Usually a look is asked for when a run ends.
pub(super) const EVERY: Duration = Duration::from_secs(30);
/// What the instant is kept as up to which runs were seen.
const CURSOR: &str = "cursor";
/// How far back a look goes: runs may become visible a little out of order.
const OVERLAP: Duration = Duration::from_secs(5);
/// What runs are searched by that are about an interval.
pub const INTERVAL: &str = "run.interval";

/// Returns what a run that is about the interval from `start` to `end` is found by.
pub fn interval_value(start: &str, end: &str) -> AttributeValue {
    AttributeValue::Text(format!("{start}/{end}").into())
}

/// Runs that are looked at.
#[derive(Debug)]
pub(super) struct Runs {
    /// The name of their pipeline.
    pub(super) name: Arc<str>,
    state: State,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Success,
    Failed,
    Finished,
}

impl Runs {
    pub(super) fn of(trigger: &PipelineTrigger, is_alone: bool) -> Result<Self, Unusable> {
        if trigger.same_interval && !is_alone {
            let why = "'interval: same' makes one run of each: leave 'debounce' and 'batch' away, \
                       or 'interval'";
            return Err(Unusable::Wrong(why.to_owned()));
        }
        Ok(Self { name: trigger.name.clone(), state: State::named(trigger.state) })
    }
}

impl Triggers {
    /// Returns the last run of a pipeline that ended so since an instant, as triggers see it.
    ///
    /// # Errors
    /// The store does not answer.
    pub async fn ended_since(
        &self,
        pipeline: &Arn,
        state: &str,
        since: Timestamp,
    ) -> Result<Option<Json>, Later> {
        let runs = Runs { name: pipeline.rest().into(), state: State::named(state) };
        let closed = self.closed_since(pipeline, since).await?;
        let last = closed.iter().rev().find(|header| {
            runs.state.takes(header.status) && header.stopped.is_some_and(|at| at >= since)
        });
        match last {
            Some(header) => self.ended_run(header, &runs).await.map(Some),
            None => Ok(None),
        }
    }

    /// Returns the last run of a pipeline that ended so and is about the interval from `start` to
    /// `end`, whatever started it, as triggers see it.
    ///
    /// # Errors
    /// The store does not answer.
    pub async fn ended_about(
        &self,
        pipeline: &Arn,
        state: &str,
        (start, end): (Timestamp, Timestamp),
    ) -> Result<Option<Json>, Later> {
        let runs = Runs { name: pipeline.rest().into(), state: State::named(state) };
        let Some(of_pipeline) = self.runs_of(pipeline).await? else { return Ok(None) };
        let interval = interval_value(&start.to_string(), &end.to_string());
        let filter =
            ExecutionFilter { attribute: Some((INTERVAL.into(), interval)), ..of_pipeline };
        let mut after = None;
        loop {
            let page = self.inner.runtime.store().executions(filter.clone(), after, PAGE).await?;
            if let Some(header) = page.items.iter().find(|header| runs.state.takes(header.status)) {
                return self.ended_run(header, &runs).await.map(Some);
            }
            after = page.next;
            if after.is_none() {
                return Ok(None);
            }
        }
    }

    /// Looks for runs that ended since the last look. Those that had ended when a trigger came are
    /// no news.
    pub(super) async fn find_runs(
        &self,
        slot: &Slot,
        runs: &Runs,
        seen: &Seen,
    ) -> Result<Found, Later> {
        let now = self.now();
        let cursor = seen.get(CURSOR).and_then(|text| text.parse().ok()).map(Timestamp);
        let back = Timestamp(cursor.unwrap_or(now).0 - millis(OVERLAP));
        let arn: Arn = slot.pipeline.parse().map_err(|_| Later("no ARN of a pipeline".into()))?;
        let pipeline = Arn::new(arn.region(), arn.account(), "pipeline", &runs.name);
        let closed = self.closed_since(&pipeline, back).await?;
        let noted = |header: &ExecutionHeader| {
            let stopped = header.stopped.unwrap_or(header.started);
            (header.key.0.to_string(), Some(stopped.0.to_string()))
        };
        let mut found = Found::default();
        let Some(cursor) = cursor else {
            found.notes.extend(closed.iter().map(noted));
            found.notes.push((CURSOR.to_owned(), Some(now.0.to_string())));
            return Ok(found);
        };
        let mut latest = cursor;
        for header in closed {
            let (name, look) = noted(&header);
            latest = latest.max(header.stopped.unwrap_or(cursor));
            if seen.get(&name) == look.as_ref() {
                continue;
            }
            if !runs.state.takes(header.status) {
                found.notes.push((name, look));
                continue;
            }
            let value = self.ended_run(&header, runs).await?;
            // A run that was redriven ends once more.
            let key = format!("{name}@{}", look.as_deref().unwrap_or(""));
            let mut news = news(&name, look, key, "run", Json::Null);
            news.arrival.trigger = value;
            found.news.push(news);
        }
        // What lies behind the cursor need not be remembered one by one.
        let is_past =
            |at: &String| at.parse().is_ok_and(|at: i64| at < latest.0 - 2 * millis(OVERLAP));
        let past = seen.iter().filter(|(name, at)| *name != CURSOR && is_past(at));
        found.notes.extend(past.map(|(name, _)| (name.clone(), None)));
        if latest > cursor && found.news.is_empty() {
            found.notes.push((CURSOR.to_owned(), Some(latest.0.to_string())));
        } else if !found.news.is_empty() {
            // The cursor moves once they are taken in.
            found.more = true;
        }
        Ok(found)
    }

    /// Returns what finds the runs of a pipeline, if it has had any.
    async fn runs_of(&self, pipeline: &Arn) -> Result<Option<ExecutionFilter>, Later> {
        let listing = self.starts()?.listing(pipeline.as_str()).await;
        let workflow = listing.map_err(|error| Later(error.to_string()))?;
        let of =
            |workflow| ExecutionFilter { workflow: Some(workflow), ..ExecutionFilter::default() };
        Ok(workflow.map(of))
    }

    /// Lists the runs of a pipeline that closed since an instant, the oldest first.
    async fn closed_since(
        &self,
        pipeline: &Arn,
        since: Timestamp,
    ) -> Result<Vec<ExecutionHeader>, Later> {
        let Some(of_pipeline) = self.runs_of(pipeline).await? else { return Ok(Vec::new()) };
        let filter = ExecutionFilter { since: Some(since), ..of_pipeline };
        let store = self.inner.runtime.store();
        let mut all = Vec::new();
        let mut after = None;
        loop {
            let page = store.executions(filter.clone(), after, PAGE).await?;
            all.extend(page.items.into_iter().filter(|header| !header.status.is_open()));
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        all.sort_by_key(|header| header.stopped);
        Ok(all)
    }

    /// Returns what expressions see of a run that ended.
    async fn ended_run(&self, header: &ExecutionHeader, runs: &Runs) -> Result<Json, Later> {
        let ended = self.starts()?.ended(&header.key.0).await;
        let ended = ended.map_err(|error| Later(error.to_string()))?;
        let gone =
            || RunEnd { state: "failed", output: Json::Null, error: Json::Null, about: Json::Null };
        let ended = ended.unwrap_or_else(gone);
        Ok(ended.shown(&header.key.0, &runs.name, header.started))
    }
}

impl State {
    /// Reads the word of a pipeline, which was checked.
    fn named(word: &str) -> Self {
        match word {
            "failed" => Self::Failed,
            "finished" => Self::Finished,
            _ => Self::Success,
        }
    }

    fn takes(self, status: Status) -> bool {
        match (self, status) {
            (_, Status::Running | Status::Quarantined) => false,
            (Self::Success, status) => status == Status::Succeeded,
            (Self::Failed, status) => matches!(status, Status::Failed | Status::TimedOut),
            (Self::Finished, _) => true,
        }
    }
}
