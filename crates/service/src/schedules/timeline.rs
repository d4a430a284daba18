//! All schedules over some days: what became of past ticks, and which ones come.

use std::collections::HashMap;
use std::sync::Arc;

use compasso_schedule::describe;
use compasso_scheduler::{Described, TickRecord, TickState};
use compasso_store::{ExecutionFilter, ExecutionHeader, Status};
use compasso_types::Timestamp;
use serde::Serialize;

use super::ScheduleSpec;
use crate::dates::iso;
use crate::executions::status_name;
use crate::runs::Durations;
use crate::{Error, Service, Viewer};

/// Longest time that is shown.
const SPAN_DAYS_MAX: i64 = 62;
const DAY_MS: i64 = 86_400_000;
/// How far back runs are measured, at least.
const MEASURED_MS: i64 = 7 * DAY_MS;
/// Most schedules that are shown.
const LANES_MAX: usize = 500;
/// Most ticks of a schedule that are shown, of the past and of the future each.
const TICKS_MAX: usize = 400;

/// All schedules over some days.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Timeline {
    /// From when on.
    #[serde(serialize_with = "iso")]
    pub from: Timestamp,
    /// Until when.
    #[serde(serialize_with = "iso")]
    pub to: Timestamp,
    /// The present, which divides what was from what comes.
    #[serde(serialize_with = "iso")]
    pub now: Timestamp,
    /// The schedules, by what they belong to.
    pub items: Vec<TimelineLane>,
    /// Whether there are more schedules than these.
    pub is_partial: bool,
}

/// A schedule over some days.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct TimelineLane {
    /// Its ARN.
    pub arn: String,
    /// The ARN of what it starts.
    pub workflow: Arc<str>,
    /// The name of what it starts.
    pub workflow_name: String,
    /// Its own name.
    pub id: Arc<str>,
    /// When it is due.
    pub spec: ScheduleSpec,
    /// The same in plain words.
    pub words: String,
    /// Whether it rests.
    pub is_paused: bool,
    /// How long half of its workflow's runs took at most, in milliseconds; absent if none succeeded.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub median_ms: Option<u64>,
    /// Its ticks, the earliest first.
    pub ticks: Vec<TimelineTick>,
    /// Whether there are more ticks than these.
    pub is_partial: bool,
}

/// A tick.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct TimelineTick {
    /// Its instant.
    #[serde(serialize_with = "iso")]
    pub at: Timestamp,
    /// What became of it; absent if it is to come.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state: Option<TickState>,
    /// The ARN of its run.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub run: Option<Arc<str>>,
    /// How its run is, where it was looked at.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<&'static str>,
    /// How long its run took, or is under way, in milliseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub took_ms: Option<u64>,
}

/// The runs of the time that is shown.
struct Runs {
    by_id: HashMap<Arc<str>, ExecutionHeader>,
    medians: HashMap<Arc<str>, u64>,
}

impl Service {
    /// Shows all schedules from one instant to another.
    ///
    /// # Errors
    /// The time is no time, or too long.
    pub async fn timeline(
        &self,
        viewer: &Viewer,
        from: Timestamp,
        to: Timestamp,
    ) -> Result<Timeline, Error> {
        if from >= to || to.0 - from.0 > SPAN_DAYS_MAX * DAY_MS {
            let message =
                format!("to: write an instant after 'from', at most {SPAN_DAYS_MAX} days");
            return Err(Error::validation(message));
        }
        let (found, last) = self.inner.scheduler.list("arn:", None, LANES_MAX).await?;
        let (now, runs) = (self.now(), self.runs_since(viewer, from).await?);
        let mut items = Vec::new();
        for (arn, described) in found.into_iter().filter(|(arn, _)| viewer.sees(arn)) {
            let mut past = self.past_ticks(&arn, from, to).await?;
            let mut coming = coming_ticks(&described, from.max(now), to);
            let is_partial = past.len() > TICKS_MAX || coming.len() > TICKS_MAX;
            past.truncate(TICKS_MAX);
            coming.truncate(TICKS_MAX);
            let past = past.into_iter().rev().map(|tick| runs.tick(tick, now));
            let ticks = past.chain(coming.into_iter().map(TimelineTick::coming)).collect();
            items.push(runs.lane(arn, described, ticks, is_partial));
        }
        Ok(Timeline { from, to, now, items, is_partial: last.is_some() })
    }

    /// Returns what became of ticks, the newest first, one more than are shown.
    async fn past_ticks(
        &self,
        arn: &str,
        from: Timestamp,
        to: Timestamp,
    ) -> Result<Vec<TickRecord>, Error> {
        let found = self.inner.scheduler.ticks(arn, Some(to), TICKS_MAX + 1).await?;
        Ok(found.into_iter().take_while(|tick| tick.at >= from).collect())
    }

    async fn runs_since(&self, viewer: &Viewer, from: Timestamp) -> Result<Runs, Error> {
        let since = Some(from.min(Timestamp(self.now().0 - MEASURED_MS)));
        let filter = ExecutionFilter { since, ..ExecutionFilter::default() };
        let (headers, _) = self.headers(viewer, filter).await?;
        let mut by_workflow = HashMap::<Arc<str>, Vec<ExecutionHeader>>::new();
        for header in &headers {
            let workflow = header.workflow.split('#').next().unwrap_or_default();
            by_workflow.entry(workflow.into()).or_default().push(header.clone());
        }
        let medians = by_workflow
            .into_iter()
            .filter_map(|(workflow, headers)| Some((workflow, Durations::of(&headers)?.p50_ms)));
        let medians = medians.collect();
        let by_id = headers.into_iter().map(|header| (header.key.0.clone(), header)).collect();
        Ok(Runs { by_id, medians })
    }
}

impl Runs {
    fn lane(
        &self,
        arn: String,
        described: Described,
        ticks: Vec<TimelineTick>,
        is_partial: bool,
    ) -> TimelineLane {
        let record = described.record;
        let workflow = record.target.arn().clone();
        let machine = workflow.split(':').take(7).collect::<Vec<_>>().join(":");
        TimelineLane {
            arn,
            workflow_name: workflow.split(':').nth(6).unwrap_or_default().to_owned(),
            median_ms: self.medians.get(machine.as_str()).copied(),
            workflow,
            id: record.name,
            words: describe(&record.spec),
            spec: record.spec,
            is_paused: record.paused.is_some(),
            ticks,
            is_partial,
        }
    }

    /// Shows a tick of the past with its run.
    fn tick(&self, tick: TickRecord, now: Timestamp) -> TimelineTick {
        let header = tick.execution.as_ref().and_then(|run| self.by_id.get(run));
        let took = |header: &ExecutionHeader| {
            let until = if header.status == Status::Running { Some(now) } else { header.stopped };
            until.map(|until| until.0.abs_diff(header.started.0))
        };
        TimelineTick {
            at: tick.at,
            state: Some(tick.state),
            status: header.map(|header| status_name(header.status)),
            took_ms: header.and_then(took),
            run: tick.execution,
        }
    }
}

impl TimelineTick {
    fn coming(at: Timestamp) -> Self {
        Self { at, state: None, run: None, status: None, took_ms: None }
    }
}

/// Returns the ticks of a schedule that come, one more than are shown.
fn coming_ticks(described: &Described, from: Timestamp, to: Timestamp) -> Vec<Timestamp> {
    if described.record.ended || described.problem.is_some() {
        return Vec::new();
    }
    let from = from.max(Timestamp(described.record.cursor.0 + 1));
    let ticks = described.schedule.between(from, to).filter(|tick| !tick.closed);
    ticks.map(|tick| tick.at).take(TICKS_MAX + 1).collect()
}
