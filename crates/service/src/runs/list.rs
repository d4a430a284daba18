//! Listing runs.

use std::sync::Arc;

use compasso_query::Query;
use compasso_store::{
    Cursor, ExecutionFilter, ExecutionHeader, ExecutionKey, Order, SearchBounds, Wanted,
};
use compasso_types::Timestamp;
use compasso_types::limits::SEARCH_ROWS_MAX;
use serde::Serialize;

use super::queued::{LOOKED_AT_MAX, Position};
use super::{Dismissed, RunItem, Viewer};
use crate::constraints::Constraints;
use crate::executions::open_or_closed;
use crate::paging::page_items;
use crate::pipelines::DEADLINE;
use crate::search::{self, Sight};
use crate::{Error, Service};

/// Most runs on a page.
const RUNS_MAX: i64 = 200;
const TOKEN_CHARS_MAX: usize = 3096;
const STATUSES: [&str; 5] = ["RUNNING", "SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED"];

/// Asks for a page of runs.
#[derive(Clone, Debug, Default)]
pub struct ListRuns {
    /// Only those of this workflow, version or alias: its ARN.
    pub workflow: Option<String>,
    /// Only those with this status.
    pub status: Option<String>,
    /// Only those that this query finds.
    pub query: Option<String>,
    /// Only those that started at this instant or later.
    pub started_from: Option<Timestamp>,
    /// Only those that failed and nobody dismissed.
    pub open: bool,
    /// `latest`, the latest change first, if nothing is said, or `earliest`.
    pub order: Option<String>,
    /// Most runs on the page.
    pub limit: Option<i64>,
    /// Where an earlier page said that the next one starts.
    pub next: Option<String>,
}

/// Some runs.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RunPage {
    /// Those that wait for a place, then the others, the latest change first unless the other order is asked for.
    pub items: Vec<RunItem>,
    /// Where the next page starts; absent at the end.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

impl Service {
    /// Lists runs of Standard workflows, those that wait for a place and then the others by their latest
    /// change, without the children of map runs. A page may be empty and yet be followed by another:
    /// each looks at a bounded number of runs.
    ///
    /// # Errors
    /// The request is invalid, or there is no such workflow.
    pub async fn list_runs(&self, viewer: &Viewer, request: ListRuns) -> Result<RunPage, Error> {
        let query = search::read(request.query.as_deref().unwrap_or_default())?;
        let (request, is_queued) = request.about_queued(&query);
        request.check()?;
        let filter = self.runs_filter(viewer, &request, &query).await?;
        let pages = request.pages(viewer, is_queued, &query);
        let position = self.position(&pages, request.next.as_deref()).await?;
        let mut at = Position::read(position.as_deref())?;
        let most = page_items(request.limit);
        let mut items = Vec::new();
        if let Position::Queued(after) = &at {
            let listing = (viewer, &request, &query);
            let bounds = SearchBounds { items: most, rows: LOOKED_AT_MAX };
            let last =
                self.add_queued(listing, &filter, after.as_ref(), bounds, &mut items).await?;
            at = last.map_or(Position::Stored(None), |last| Position::Queued(Some(last)));
        }
        let next = match at {
            Position::Stored(_) if is_queued => None,
            Position::Stored(after) if items.len() < most => {
                let wanted = self.picks_of(viewer, &request, query.clone()).await?;
                let (stored, next) =
                    self.stored_runs(filter.clone(), wanted, after, most - items.len()).await?;
                let listing = (viewer, &request, &query);
                items.extend(self.without_queued(listing, &filter, stored).await?);
                if items.is_empty() && request.next.is_none() && next.is_none() {
                    self.check_indexed(viewer, &query).await?;
                }
                next.map(|cursor| Position::Stored(Some(cursor)))
            }
            next => Some(next),
        };
        let next = match next {
            Some(next) => {
                Some(self.page_tokens().await?.seal(&pages, &next.to_string(), self.now()))
            }
            None => None,
        };
        Ok(RunPage { items, next })
    }

    /// Lists runs that are stored, and says where the next page starts.
    async fn stored_runs(
        &self,
        filter: ExecutionFilter,
        wanted: Wanted,
        after: Option<Cursor>,
        items: usize,
    ) -> Result<(Vec<RunItem>, Option<Cursor>), Error> {
        let bounds = SearchBounds { items, rows: SEARCH_ROWS_MAX };
        let page = self.runtime.search(filter, wanted, after, bounds).await?;
        let mut found: Vec<_> = page.items.into_iter().map(RunItem::of).collect();
        self.add_compensations(&mut found).await?;
        Ok((found, page.next))
    }

    /// Narrows a listing down to what indexes hold. None changed before it started.
    pub(crate) async fn runs_filter(
        &self,
        viewer: &Viewer,
        request: &ListRuns,
        query: &Query,
    ) -> Result<ExecutionFilter, Error> {
        let of_query = search::filter(query, self.now());
        let status = request.status.as_deref().and_then(open_or_closed);
        let narrowed = ExecutionFilter {
            status: status.or(of_query.status),
            since: of_query.since.max(request.started_from),
            order: request.order(),
            ..of_query
        };
        let Some(workflow) = &request.workflow else { return Ok(narrowed) };
        viewer.check("ListExecutions", workflow)?;
        let ExecutionFilter { workflow, version, alias, .. } = self.executions_of(workflow).await?;
        Ok(ExecutionFilter { workflow, version, alias, ..narrowed })
    }

    /// Returns what picks the runs of a listing out of those that [`Self::runs_filter`] leaves.
    pub(crate) async fn picks_of(
        &self,
        viewer: &Viewer,
        request: &ListRuns,
        query: Query,
    ) -> Result<Wanted, Error> {
        let dismissed = if request.open { Some(self.dismissed(viewer).await?) } else { None };
        let sight = self.sight(query).await?;
        Ok(Arc::new(request.picks(viewer.clone(), sight, dismissed)))
    }

    /// Returns a run as listings show it, if they show it to the viewer.
    ///
    /// # Errors
    /// The store does not answer.
    pub async fn run_item(&self, viewer: &Viewer, id: &str) -> Result<Option<RunItem>, Error> {
        let row = self.runtime.store().execution(&ExecutionKey(id.into())).await?;
        let header = row.map(|row| row.header).filter(|header| is_shown(viewer, header));
        Ok(header.map(RunItem::of))
    }
}

impl ListRuns {
    /// Refuses what no listing can be asked for.
    pub(crate) fn check(&self) -> Result<(), Error> {
        Constraints::default()
            .one_of("status", self.status.as_deref(), &STATUSES)
            .number_if("limit", self.limit, 1..=RUNS_MAX)
            .chars_if("next", self.next.as_deref(), 1..=TOKEN_CHARS_MAX)
            .check()?;
        match self.order.as_deref() {
            None | Some("latest" | "earliest") => Ok(()),
            Some(other) => Err(Error::validation(format!(
                "There is no order '{other}': runs are listed by their latest change, as an index has \
                 them, 'latest' or 'earliest' first; q finds some by 'started', 'stopped' and 'duration'"
            ))),
        }
    }

    /// Returns what all pages of one listing have in common.
    fn pages(&self, viewer: &Viewer, is_queued: bool, query: &Query) -> String {
        let Self { workflow, status, started_from, open, .. } = self;
        let (account, order) = (&viewer.account, self.order());
        format!(
            "runs {account:?} {workflow:?} {status:?} {started_from:?} {open} {order:?} {is_queued} \
             {query}"
        )
    }

    fn order(&self) -> Order {
        if self.order.as_deref() == Some("earliest") {
            Order::EarliestFirst
        } else {
            Order::LatestFirst
        }
    }

    fn picks(
        &self,
        viewer: Viewer,
        sight: Sight,
        dismissed: Option<Dismissed>,
    ) -> impl Fn(&ExecutionHeader) -> bool + Send + Sync + use<> {
        let from = self.started_from;
        move |header| {
            is_shown(&viewer, header)
                && from.is_none_or(|from| header.started >= from)
                && dismissed.as_ref().is_none_or(|dismissed| dismissed.leaves_open(header))
                && sight.finds(header)
        }
    }
}

/// Says whether listings show an execution to a viewer.
pub(crate) fn is_shown(viewer: &Viewer, header: &ExecutionHeader) -> bool {
    viewer.sees(&header.key.0)
        && ![":mapRun:", DEADLINE].iter().any(|hidden| header.workflow.contains(hidden))
}
