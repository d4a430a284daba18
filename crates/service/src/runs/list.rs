//! Listing runs.

use compasso_store::{Cursor, ExecutionFilter, ExecutionHeader, ExecutionKey};
use compasso_types::Timestamp;
use serde::Serialize;

use super::{RunItem, Viewer};
use crate::constraints::Constraints;
use crate::executions::open_or_closed;
use crate::paging::page_items;
use crate::{Error, Service};

/// Most runs on a page.
const RUNS_MAX: i64 = 200;
const TOKEN_CHARS_MAX: usize = 3096;
/// Rows looked at for one page: runs that are not shown may stand between those that are. A page
/// that ends early says where to go on.
const ROWS_MAX: usize = 2_000;
const STATUSES: [&str; 5] = ["RUNNING", "SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED"];

/// Asks for a page of runs.
#[derive(Clone, Debug, Default)]
pub struct ListRuns {
    /// Only those of this workflow, version or alias: its ARN.
    pub workflow: Option<String>,
    /// Only those with this status.
    pub status: Option<String>,
    /// Only those that started at this instant or later.
    pub started_from: Option<Timestamp>,
    /// Most runs on the page.
    pub limit: Option<i64>,
    /// Where an earlier page said that the next one starts.
    pub next: Option<String>,
}

/// Some runs.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RunPage {
    /// The runs, the latest change first.
    pub items: Vec<RunItem>,
    /// Where the next page starts; absent at the end.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

impl Service {
    /// Lists runs of Standard workflows, the latest change first, without the children of map runs.
    ///
    /// # Errors
    /// The request is invalid, or there is no such workflow.
    pub async fn list_runs(&self, viewer: &Viewer, request: ListRuns) -> Result<RunPage, Error> {
        let status = request.status.as_deref();
        Constraints::default()
            .one_of("status", status, &STATUSES)
            .number_if("limit", request.limit, 1..=RUNS_MAX)
            .chars_if("next", request.next.as_deref(), 1..=TOKEN_CHARS_MAX)
            .check()?;
        let mut filter = match &request.workflow {
            Some(workflow) => {
                viewer.check("ListExecutions", workflow)?;
                self.executions_of(workflow).await?
            }
            None => ExecutionFilter::default(),
        };
        filter.status = status.and_then(open_or_closed);
        let pages = format!(
            "runs {:?} {:?} {:?} {:?}",
            viewer.account, request.workflow, status, request.started_from
        );
        let after = match self.position(&pages, request.next.as_deref()).await? {
            Some(text) => Some(text.parse::<Cursor>().map_err(|_| Error::InvalidToken)?),
            None => None,
        };
        let wanted = page_items(request.limit);
        let (items, next) =
            self.collect_runs(viewer, filter, after, request.started_from, wanted).await?;
        let next = match next {
            Some(cursor) => {
                Some(self.page_tokens().await?.seal(&pages, &cursor.to_string(), self.now()))
            }
            None => None,
        };
        Ok(RunPage { items, next })
    }

    /// Reads rows until enough of them are shown.
    async fn collect_runs(
        &self,
        viewer: &Viewer,
        filter: ExecutionFilter,
        mut after: Option<Cursor>,
        from: Option<Timestamp>,
        wanted: usize,
    ) -> Result<(Vec<RunItem>, Option<Cursor>), Error> {
        let (mut items, mut rows) = (Vec::new(), 0);
        loop {
            let limit = wanted - items.len();
            let page = self.runtime.executions(filter.clone(), after, limit).await?;
            rows += page.items.len();
            // Rows are in the order in which runs changed last, and none changed before it started.
            let is_past = page.items.last().is_some_and(|last| from > Some(last.changed()));
            let fits = |header: &ExecutionHeader| {
                from.is_none_or(|from| header.started >= from) && is_shown(viewer, header)
            };
            items.extend(page.items.into_iter().filter(fits).map(RunItem::of));
            after = page.next.filter(|_| !is_past);
            if after.is_none() || items.len() >= wanted || rows >= ROWS_MAX {
                return Ok((items, after));
            }
        }
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

fn is_shown(viewer: &Viewer, header: &ExecutionHeader) -> bool {
    viewer.sees(&header.key.0) && !header.workflow.contains(":mapRun:")
}
