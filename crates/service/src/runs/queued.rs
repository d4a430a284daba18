//! Runs that wait for a place, as listings show them: before all others, the latest first.

use std::collections::BTreeMap;
use std::fmt::{self, Display, Formatter};
use std::sync::Arc;

use compasso_query::Query;
use compasso_scheduler::Queued;
use compasso_store::{Cursor, ExecutionFilter, SearchBounds};
use compasso_types::{Json, Timestamp};

use super::{ListRuns, RunItem, Viewer};
use crate::pipelines::QUEUED;
use crate::{Error, Service, search};

/// Begins what says behind which run that waits a page starts.
const WAITS: &str = "queued ";
/// The first of the others.
const STORED: &str = "stored";
/// Runs that wait which are looked at for one page: of each the store is asked for its version.
pub(super) const LOOKED_AT_MAX: usize = 1_000;

/// Where a page starts.
pub(super) enum Position {
    /// Behind a run that waits since then, or at the first of those.
    Queued(Option<(Timestamp, Arc<str>)>),
    /// Behind a run that is stored, or at the first of those.
    Stored(Option<Cursor>),
}

impl Position {
    pub(super) fn read(text: Option<&str>) -> Result<Self, Error> {
        let Some(text) = text else { return Ok(Self::Queued(None)) };
        if text == STORED {
            return Ok(Self::Stored(None));
        }
        let Some(last) = text.strip_prefix(WAITS) else {
            return text.parse().map(|at| Self::Stored(Some(at))).map_err(|_| Error::InvalidToken);
        };
        let (since, run) = last.split_once(' ').ok_or(Error::InvalidToken)?;
        let since = since.parse().map(Timestamp).map_err(|_| Error::InvalidToken)?;
        Ok(Self::Queued(Some((since, run.into()))))
    }
}

impl Display for Position {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Queued(None) => f.write_str(WAITS),
            Self::Queued(Some((since, run))) => write!(f, "{WAITS}{} {run}", since.0),
            Self::Stored(None) => f.write_str(STORED),
            Self::Stored(Some(cursor)) => write!(f, "{cursor}"),
        }
    }
}

/// What a run will run that waits for a place.
pub(super) struct WaitsToRun {
    pub(super) version: Option<Arc<str>>,
    labels: Json,
    /// How often it has gone on.
    pub(super) redrives: u32,
}

impl Service {
    /// Adds runs that wait, as they are at one instant, until there are enough or enough were looked at; returns
    /// the last one if more of them follow.
    pub(super) async fn add_queued(
        &self,
        (viewer, request, query): (&Viewer, &ListRuns, &Query),
        filter: &ExecutionFilter,
        after: Option<&(Timestamp, Arc<str>)>,
        bounds: SearchBounds,
        items: &mut Vec<RunItem>,
    ) -> Result<Option<(Timestamp, Arc<str>)>, Error> {
        if !lists_queued(request, filter) {
            return Ok(None);
        }
        let is_after = |queued: &Queued| {
            after.is_none_or(|(since, run)| (queued.since, &queued.run) < (*since, run))
        };
        let listing = (viewer, request, query);
        let is_wanted =
            |queued: &Queued| is_after(queued) && self.may_show_queued(listing, filter, queued);
        let mut last = None;
        let found = self.inner.scheduler.queued().into_iter().filter(is_wanted);
        for (looked_at, queued) in found.enumerate() {
            if items.len() >= bounds.items || looked_at >= bounds.rows {
                return Ok(last);
            }
            last = Some((queued.since, queued.run.clone()));
            items.extend(self.queued_item(query, filter, queued).await?);
        }
        Ok(None)
    }

    /// Says whether a listing may have a run that waits, as far as that is known without reading anything.
    fn may_show_queued(
        &self,
        (viewer, request, query): (&Viewer, &ListRuns, &Query),
        filter: &ExecutionFilter,
        queued: &Queued,
    ) -> bool {
        viewer.sees(&queued.run)
            && filter.workflow.as_ref().is_none_or(|listing| is_of(listing, queued))
            && request.started_from.is_none_or(|from| queued.since >= from)
            && (search::asks_for_labels(query)
                || search::finds_queued(query, queued, &Json::Null, self.now()))
    }

    /// Shows a run that waits, if a listing has it that may.
    async fn queued_item(
        &self,
        query: &Query,
        filter: &ExecutionFilter,
        queued: Queued,
    ) -> Result<Option<RunItem>, Error> {
        // One that began meanwhile is among the others.
        let Some(waits) = self.waits_to_run(&queued.run).await? else { return Ok(None) };
        if search::asks_for_labels(query)
            && !search::finds_queued(query, &queued, &waits.labels, self.now())
        {
            return Ok(None);
        }
        let is_of_version = filter.version.is_none() || filter.version == waits.version;
        Ok(is_of_version.then(|| RunItem::queued(queued, waits)))
    }

    /// Returns what a run will run that waits to begin, or to go on.
    async fn waits_to_run(&self, run: &Arc<str>) -> Result<Option<WaitsToRun>, Error> {
        if let Some((version, labels)) = self.queued_version_and_labels(run).await? {
            return Ok(Some(WaitsToRun { version: Some(version), labels, redrives: 0 }));
        }
        let description = match self.described_run(run).await {
            Err(Error::ExecutionDoesNotExist { .. }) => return Ok(None),
            found => found?,
        };
        let input = description.input();
        let labels = input.value().get("run").and_then(|run| run.get("labels")).cloned();
        Ok(description.closed.is_some().then(|| WaitsToRun {
            version: description.record.start.version.clone(),
            labels: labels.unwrap_or_default(),
            redrives: description.redriven.map_or(0, |redriven| redriven.count),
        }))
    }

    /// Leaves out of runs that are stored those that are listed among the runs that wait, because they wait to
    /// go on.
    pub(super) async fn without_queued(
        &self,
        listing: (&Viewer, &ListRuns, &Query),
        filter: &ExecutionFilter,
        items: Vec<RunItem>,
    ) -> Result<Vec<RunItem>, Error> {
        let (_, request, query) = listing;
        if !lists_queued(request, filter) {
            return Ok(items);
        }
        let waiting = self.inner.scheduler.queued();
        let mut waiting: BTreeMap<_, _> =
            waiting.into_iter().map(|queued| (queued.run.clone(), queued)).collect();
        let mut kept = Vec::with_capacity(items.len());
        for item in items {
            let queued = waiting.remove(&item.id).filter(|_| item.stopped.is_some());
            let queued = queued.filter(|queued| self.may_show_queued(listing, filter, queued));
            let is_listed = match queued {
                Some(queued) => self.queued_item(query, filter, queued).await?.is_some(),
                None => false,
            };
            if !is_listed {
                kept.push(item);
            }
        }
        Ok(kept)
    }

    /// Returns the runs of a listing that wait for a place within bounds, and whether more may follow.
    pub(crate) async fn queued_runs(
        &self,
        viewer: &Viewer,
        request: &ListRuns,
        query: &Query,
        bounds: SearchBounds,
    ) -> Result<(Vec<RunItem>, bool), Error> {
        let filter = self.runs_filter(viewer, request, query).await?;
        let (listing, mut found) = ((viewer, request, query), Vec::new());
        let last = self.add_queued(listing, &filter, None, bounds, &mut found).await?;
        Ok((found, last.is_some()))
    }
}

impl ListRuns {
    /// Says whether it is about runs that wait for a place and no others; a status of those is theirs alone, and
    /// is taken out.
    pub(crate) fn about_queued(self, query: &Query) -> (Self, bool) {
        let is_queued = self.status.as_deref() == Some(QUEUED);
        let status = self.status.filter(|_| !is_queued);
        (Self { status, ..self }, is_queued || search::is_of_queued(query))
    }
}

/// Says whether a listing may have runs that wait: not if what is stored of those that began is asked for.
fn lists_queued(request: &ListRuns, filter: &ExecutionFilter) -> bool {
    !request.open && request.status.is_none() && filter.alias.is_none()
}

/// Says whether a run is of the workflow that is listed so.
fn is_of(listing: &str, queued: &Queued) -> bool {
    listing.split('#').next() == Some(&*queued.pipeline)
}
