//! `DescribeSchedule`.

use std::sync::Arc;

use compasso_scheduler::{Described, Pause, Record};
use compasso_types::{Json, Timestamp};
use serde::Serialize;

use super::{NamedSchedule, ScheduleSpec, arn};
use crate::dates::{seconds, seconds_if};
use crate::{Caller, Error, Service};

/// A schedule and what comes next.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "docs/schedules.md has them")]
pub struct DescribedSchedule {
    pub schedule_arn: Arc<str>,
    pub name: Arc<str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    pub status: &'static str,
    #[serde(flatten)]
    pub pause: SchedulePause,
    pub state_machine_arn: Arc<str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub input: Option<String>,
    pub spec: ScheduleSpec,
    #[serde(serialize_with = "seconds_if", skip_serializing_if = "Option::is_none")]
    pub next_tick: Option<Timestamp>,
    pub active_runs: usize,
    pub waiting_ticks: usize,
    pub run_count: u64,
    #[serde(serialize_with = "seconds")]
    pub creation_date: Timestamp,
    #[serde(serialize_with = "seconds")]
    pub update_date: Timestamp,
}

/// That a schedule rests; nothing while it does not.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SchedulePause {
    #[serde(serialize_with = "seconds_if", skip_serializing_if = "Option::is_none")]
    pub paused_date: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub paused_by: Option<Arc<str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pause_reason: Option<String>,
    #[serde(serialize_with = "seconds_if", skip_serializing_if = "Option::is_none")]
    pub paused_until: Option<Timestamp>,
}

impl From<Pause> for SchedulePause {
    fn from(Pause { since, by, reason, until }: Pause) -> Self {
        Self { paused_date: Some(since), paused_by: by, pause_reason: reason, paused_until: until }
    }
}

impl Service {
    /// Describes a schedule of the caller.
    ///
    /// # Errors
    /// There is no such schedule.
    pub async fn describe_schedule(
        &self,
        caller: &Caller,
        request: NamedSchedule,
    ) -> Result<DescribedSchedule, Error> {
        let arn = arn(caller, &request.name);
        let Some(Described { record, next, .. }) = self.inner.scheduler.describe(&arn).await else {
            return Err(Error::ResourceNotFound { arn: arn.to_string() });
        };
        let status = status(&record);
        Ok(DescribedSchedule {
            schedule_arn: arn,
            name: record.name,
            description: record.description,
            status,
            pause: record.paused.map(SchedulePause::from).unwrap_or_default(),
            state_machine_arn: record.target.arn().clone(),
            input: record.input.map(|input| written(&input)),
            spec: record.spec,
            next_tick: next,
            active_runs: record.lane.active.len(),
            waiting_ticks: record.lane.waiting.len(),
            run_count: record.runs,
            creation_date: record.created,
            update_date: record.modified,
        })
    }
}

/// Returns how far a schedule is.
pub(super) fn status(record: &Record) -> &'static str {
    match (&record.paused, record.ended) {
        (_, true) => "ENDED",
        (Some(_), false) => "PAUSED",
        (None, false) => "ACTIVE",
    }
}

fn written(input: &Json) -> String {
    serde_json::to_string(input).expect("JSON can be written")
}
