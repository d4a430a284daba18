//! When the runs of a listing started: counts over time, by how the runs are.

use std::collections::BTreeSet;

use compasso_store::{ExecutionHeader, SearchBounds, Status};
use compasso_types::Timestamp;
use compasso_types::limits::SEARCH_ROWS_MAX;
use serde::Serialize;

use super::{Durations, ListRuns, Viewer, is_zero};
use crate::dates::iso;
use crate::{Error, Service, search};

/// Bars of a histogram, about.
const BARS: i64 = 60;
/// How long a bar may be: what people count in.
const STEPS_MS: [i64; 14] = [
    1_000,
    5_000,
    15_000,
    60_000,
    5 * 60_000,
    15 * 60_000,
    HOUR_MS,
    3 * HOUR_MS,
    6 * HOUR_MS,
    12 * HOUR_MS,
    24 * HOUR_MS,
    7 * 24 * HOUR_MS,
    30 * 24 * HOUR_MS,
    90 * 24 * HOUR_MS,
];
const HOUR_MS: i64 = 3_600_000;
/// Runs that wait which are looked at for their count: each is a read of the store.
const QUEUED_LOOKED_AT_MAX: usize = 5_000;

/// When the runs of a listing started.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RunHistogram {
    /// The bars, the earliest first; none if there is no run.
    pub items: Vec<RunBar>,
    /// How long a bar is, in milliseconds.
    pub step_ms: i64,
    /// How many runs have started.
    pub total: usize,
    /// How many wait for a place before they start; absent: none.
    #[serde(skip_serializing_if = "is_zero")]
    pub queued: usize,
    /// Whether there are more runs than were looked at; the earliest are left out.
    pub is_partial: bool,
}

/// The runs that started within a while.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct RunBar {
    /// When it begins.
    #[serde(serialize_with = "iso")]
    pub at: Timestamp,
    /// Runs that succeeded.
    pub succeeded: usize,
    /// Runs that failed, or took too long.
    pub failed: usize,
    /// Runs that were stopped.
    pub aborted: usize,
    /// Runs under way.
    pub running: usize,
    /// How long those took that succeeded; absent if none did.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub durations: Option<Durations>,
}

impl Service {
    /// Counts the runs of a listing by when they started.
    ///
    /// # Errors
    /// As of [`Service::list_runs`].
    pub async fn run_histogram(
        &self,
        viewer: &Viewer,
        request: ListRuns,
    ) -> Result<RunHistogram, Error> {
        let query = search::read(request.query.as_deref().unwrap_or_default())?;
        let (request, is_queued) = request.about_queued(&query);
        request.check()?;
        // They have not started, and so have no bar.
        let bounds = SearchBounds { items: QUEUED_LOOKED_AT_MAX, rows: QUEUED_LOOKED_AT_MAX };
        let (waiting, more_wait) = self.queued_runs(viewer, &request, &query, bounds).await?;
        let queued = waiting.len();
        if is_queued {
            return Ok(RunHistogram { queued, ..RunHistogram::of(&[], more_wait) });
        }
        let filter = self.runs_filter(viewer, &request, &query).await?;
        let wanted = self.picks_of(viewer, &request, query).await?;
        let bounds = SearchBounds { items: SEARCH_ROWS_MAX, rows: SEARCH_ROWS_MAX };
        let mut page = self.runtime.search(filter, wanted, None, bounds).await?;
        // One that waits to go on is counted among those that wait.
        let waiting: BTreeSet<_> = waiting.into_iter().map(|run| run.id).collect();
        page.items.retain(|header| !waiting.contains(&header.key.0));
        let is_partial = more_wait || page.next.is_some();
        Ok(RunHistogram { queued, ..RunHistogram::of(&page.items, is_partial) })
    }
}

impl RunHistogram {
    fn of(headers: &[ExecutionHeader], is_partial: bool) -> Self {
        let starts = || headers.iter().map(|header| header.started.0);
        let (first, last) =
            (starts().min().unwrap_or_default(), starts().max().unwrap_or_default());
        let [.., longest] = STEPS_MS;
        let step = STEPS_MS.into_iter().find(|step| (last - first) / step < BARS);
        let step_ms = step.unwrap_or(longest);
        let place = |at: i64| at.div_euclid(step_ms);
        let bars = if headers.is_empty() { 0 } else { place(last) - place(first) + 1 };
        let mut items: Vec<RunBar> =
            (0..bars).map(|bar| RunBar::at((place(first) + bar) * step_ms)).collect();
        let mut took_ms = vec![Vec::new(); items.len()];
        for header in headers {
            let bar = usize::try_from(place(header.started.0) - place(first)).ok();
            let Some((bar, took_ms)) =
                bar.and_then(|bar| items.get_mut(bar).zip(took_ms.get_mut(bar)))
            else {
                continue;
            };
            bar.add(header.status);
            if header.status == Status::Succeeded {
                took_ms.extend(header.stopped.map(|at| at.0.abs_diff(header.started.0)));
            }
        }
        for (bar, took_ms) in items.iter_mut().zip(took_ms) {
            bar.durations = Durations::of_ms(took_ms);
        }
        Self { items, step_ms, total: headers.len(), queued: 0, is_partial }
    }
}

impl RunBar {
    fn at(at: i64) -> Self {
        let at = Timestamp(at);
        Self { at, succeeded: 0, failed: 0, aborted: 0, running: 0, durations: None }
    }

    fn add(&mut self, status: Status) {
        match status {
            Status::Succeeded => self.succeeded += 1,
            Status::Failed | Status::TimedOut => self.failed += 1,
            Status::Aborted => self.aborted += 1,
            Status::Running | Status::Quarantined => self.running += 1,
        }
    }
}
