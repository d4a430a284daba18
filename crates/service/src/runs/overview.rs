//! How things go: the runs of the last day in figures.

use std::collections::BTreeMap;
use std::sync::Arc;

use compasso_store::{ExecutionFilter, ExecutionHeader, SearchBounds, Status};
use compasso_types::Timestamp;
use compasso_types::limits::SEARCH_ROWS_MAX;
use serde::Serialize;

use super::list::is_shown;
use super::{FailureGroup, RunItem, Viewer};
use crate::dates::iso;
use crate::{Error, Service};

/// How far back the figures go.
const SPAN_MS: i64 = 24 * HOUR_MS;
const HOUR_MS: i64 = 3_600_000;
/// Latest runs of a workflow that are shown.
const LATEST_SHOWN: usize = 30;

/// The runs of the last 24 hours.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Overview {
    /// Since when runs count that have ended.
    #[serde(serialize_with = "iso")]
    pub since: Timestamp,
    /// How many runs are under way, whenever they began.
    pub running: usize,
    /// How many have ended with each status.
    pub ended: BTreeMap<&'static str, usize>,
    /// How long those took that succeeded; absent if none did.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub durations: Option<Durations>,
    /// The same of the 24 hours before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub durations_before: Option<Durations>,
    /// How long tasks waited in their queues before they ran, since the start of the server at most;
    /// absent if none did.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub waits: Option<Durations>,
    /// How many ended in each hour, the earliest first.
    pub hours: Vec<Hour>,
    /// The workflows that have runs, those that ran last first.
    pub workflows: Vec<WorkflowCourse>,
    /// What went wrong, runs with the same error together; those that failed last come first.
    pub failures: Vec<FailureGroup>,
    /// How many of those that failed were dismissed.
    pub dismissed: usize,
    /// Whether there are more runs than were looked at, so that all figures are too low.
    pub is_partial: bool,
}

/// How long runs took, in milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Durations {
    /// Half of them took no longer.
    pub p50_ms: u64,
    /// 95 of a hundred took no longer.
    pub p95_ms: u64,
}

/// An hour.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Hour {
    /// When it began.
    #[serde(serialize_with = "iso")]
    pub at: Timestamp,
    /// Runs that succeeded.
    pub succeeded: usize,
    /// Runs that ended otherwise.
    pub failed: usize,
}

/// How the runs of a workflow go.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct WorkflowCourse {
    /// Its ARN.
    pub id: Arc<str>,
    /// Its name.
    pub name: String,
    /// How many of its runs are under way.
    pub running: usize,
    /// How many have succeeded.
    pub succeeded: usize,
    /// How many ended otherwise.
    pub failed: usize,
    /// How long those took that succeeded; absent if none did.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub durations: Option<Durations>,
    /// Its latest runs, the latest change first.
    pub latest: Vec<RunItem>,
}

impl Service {
    /// Tells how the runs of the last 24 hours went.
    ///
    /// # Errors
    /// The store does not answer.
    pub async fn overview(&self, viewer: &Viewer) -> Result<Overview, Error> {
        let now = self.now();
        let since = Timestamp(now.0 - SPAN_MS);
        let closed = ExecutionFilter { since: Some(since), ..ExecutionFilter::default() };
        let before = ExecutionFilter {
            since: Some(Timestamp(since.0 - SPAN_MS)),
            until: Some(Timestamp(since.0 - 1)),
            status: Some(Status::Succeeded),
            ..ExecutionFilter::default()
        };
        let open = ExecutionFilter { status: Some(Status::Running), ..ExecutionFilter::default() };
        let (ended, is_cut) = self.headers(viewer, closed).await?;
        let (running, is_open_cut) = self.headers(viewer, open).await?;
        // Of very many the latest do: how long most take is no sum.
        let (before, _) = self.headers(viewer, before).await?;
        let ended: Vec<_> = ended.into_iter().filter(|header| header.stopped.is_some()).collect();
        let mut counts = BTreeMap::new();
        for header in &ended {
            *counts.entry(crate::executions::status_name(header.status)).or_default() += 1;
        }
        let (hours, durations) = (hours(&ended, since, now), Durations::of(&ended));
        let dismissed = self.dismissed(viewer).await?;
        let failures = self.failure_groups(viewer, &ended, &dismissed).await?;
        let dismissed = ended.iter().filter(|it| dismissed.has(it)).count();
        let running_count = running.len();
        let workflows = courses(running.into_iter().chain(ended));
        Ok(Overview {
            since,
            running: running_count,
            ended: counts,
            durations,
            durations_before: Durations::of(&before),
            waits: self.task_waits(viewer),
            hours,
            failures,
            dismissed,
            workflows,
            is_partial: is_cut || is_open_cut,
        })
    }

    fn task_waits(&self, viewer: &Viewer) -> Option<Durations> {
        let waits = self.inner.dispatcher.waits(viewer.account.as_deref())?;
        Some(Durations { p50_ms: waits.p50_ms, p95_ms: waits.p95_ms })
    }

    pub(crate) async fn headers(
        &self,
        viewer: &Viewer,
        filter: ExecutionFilter,
    ) -> Result<(Vec<ExecutionHeader>, bool), Error> {
        let viewer = viewer.clone();
        let wanted = Arc::new(move |header: &ExecutionHeader| is_shown(&viewer, header));
        let bounds = SearchBounds { items: SEARCH_ROWS_MAX, rows: SEARCH_ROWS_MAX };
        let page = self.runtime.search(filter, wanted, None, bounds).await?;
        Ok((page.items, page.next.is_some()))
    }
}

/// Sorts runs by their workflows; those that changed last come first.
fn courses(headers: impl Iterator<Item = ExecutionHeader>) -> Vec<WorkflowCourse> {
    let mut by_workflow = BTreeMap::<Arc<str>, Vec<ExecutionHeader>>::new();
    for header in headers {
        let workflow: Arc<str> = header.workflow.split('#').next().unwrap_or_default().into();
        by_workflow.entry(workflow).or_default().push(header);
    }
    let mut courses: Vec<_> = by_workflow.into_iter().collect();
    for (_, headers) in &mut courses {
        headers.sort_by_key(|header| std::cmp::Reverse(header.changed()));
    }
    courses.sort_by_key(|(_, headers)| headers.first().map(|it| std::cmp::Reverse(it.changed())));
    courses.into_iter().map(|(id, headers)| WorkflowCourse::of(id, headers)).collect()
}

impl WorkflowCourse {
    fn of(id: Arc<str>, headers: Vec<ExecutionHeader>) -> Self {
        let count = |is: fn(Status) -> bool| headers.iter().filter(|it| is(it.status)).count();
        let running = headers.iter().filter(|header| header.stopped.is_none()).count();
        let succeeded = count(|status| status == Status::Succeeded);
        Self {
            name: id.split(':').nth(6).unwrap_or_default().to_owned(),
            id,
            running,
            succeeded,
            failed: count(|status| matches!(status, Status::Failed | Status::TimedOut)),
            durations: Durations::of(&headers),
            latest: headers.into_iter().take(LATEST_SHOWN).map(RunItem::of).collect(),
        }
    }
}

impl Durations {
    /// Measures the runs that succeeded.
    pub(crate) fn of(headers: &[ExecutionHeader]) -> Option<Self> {
        let succeeded = headers.iter().filter(|header| header.status == Status::Succeeded);
        let took = succeeded.filter_map(|it| Some(it.stopped?.0.abs_diff(it.started.0)));
        Self::of_ms(took.collect())
    }

    /// Measures what took so many milliseconds each.
    pub(super) fn of_ms(mut took: Vec<u64>) -> Option<Self> {
        took.sort_unstable();
        let at = |percent: usize| took.get((took.len() * percent / 100).min(took.len() - 1));
        (!took.is_empty()).then(|| Self {
            p50_ms: at(50).copied().unwrap_or_default(),
            p95_ms: at(95).copied().unwrap_or_default(),
        })
    }
}

/// Counts the runs that ended in each hour.
fn hours(ended: &[ExecutionHeader], since: Timestamp, now: Timestamp) -> Vec<Hour> {
    let first = since.0.div_euclid(HOUR_MS) + 1;
    let last = now.0.div_euclid(HOUR_MS);
    let hour = |hour: i64| Hour { at: Timestamp(hour * HOUR_MS), succeeded: 0, failed: 0 };
    let mut hours: Vec<Hour> = (first..=last).map(hour).collect();
    for header in ended {
        let at = header.stopped.unwrap_or(since).0.div_euclid(HOUR_MS) - first;
        let Some(hour) = usize::try_from(at).ok().and_then(|at| hours.get_mut(at)) else {
            continue;
        };
        if header.status == Status::Succeeded { hour.succeeded += 1 } else { hour.failed += 1 }
    }
    hours
}
