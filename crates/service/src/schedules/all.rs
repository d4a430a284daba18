//! The schedules of all workflows, for people: what is next, and what became of the last tick?

use std::sync::Arc;

use serde::Serialize;

use super::views::{PipelineScheduleView, PipelineTick};
use crate::constraints::Constraints;
use crate::paging::page_items;
use crate::{Error, Service, Viewer};

const SCHEDULES_MAX: i64 = 1_000;
const TOKEN_CHARS_MAX: usize = 1_024;
/// The ARNs of all schedules begin so.
const PREFIX: &str = "arn:";
const LISTING: &str = "schedules";

/// A schedule of a pipeline or of a state machine.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ScheduleView {
    /// Its own ARN.
    pub arn: String,
    /// The ARN of what it starts.
    pub workflow: Arc<str>,
    /// The name of what it starts.
    pub workflow_name: String,
    /// The schedule.
    #[serde(flatten)]
    pub schedule: PipelineScheduleView,
    /// What became of its latest tick; absent until there was one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last: Option<PipelineTick>,
}

/// Some schedules.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ScheduleViews {
    /// The schedules, by what they belong to.
    pub items: Vec<ScheduleView>,
    /// Where the next page starts; absent at the end.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

impl Service {
    /// Lists the schedules of all workflows. A page may hold fewer than asked for and still not be
    /// the last.
    ///
    /// # Errors
    /// The token or the page size is invalid.
    pub async fn all_schedules(
        &self,
        viewer: &Viewer,
        limit: Option<i64>,
        next: Option<&str>,
    ) -> Result<ScheduleViews, Error> {
        Constraints::default()
            .number_if("limit", limit, 1..=SCHEDULES_MAX)
            .chars_if("next", next, 1..=TOKEN_CHARS_MAX)
            .check()?;
        let after = self.position(LISTING, next).await?;
        let scheduler = &self.inner.scheduler;
        let (found, last) = scheduler.list(PREFIX, after.as_deref(), page_items(limit)).await?;
        let (mut items, now) = (Vec::with_capacity(found.len()), self.now());
        for (arn, described) in found.into_iter().filter(|(arn, _)| viewer.sees(arn)) {
            let id = described.record.name.clone();
            let workflow = described.record.target.arn().clone();
            let tick = scheduler.ticks(&arn, None, 1).await?.pop();
            items.push(ScheduleView {
                workflow_name: workflow.split(':').nth(6).unwrap_or_default().to_owned(),
                workflow,
                schedule: PipelineScheduleView::of(described, now),
                arn,
                last: tick.map(|tick| PipelineTick::of((id, tick))),
            });
        }
        let next = match last {
            Some(last) => Some(self.page_tokens().await?.seal(LISTING, &last, now)),
            None => None,
        };
        Ok(ScheduleViews { items, next })
    }
}
