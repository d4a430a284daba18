//! The children of a run as they are stored: page by page, as there may be more than fit in memory.

use compasso_runtime::{Description, Runtime, RuntimeError};
use compasso_store::{Cursor, ExecutionFilter, ExecutionHeader, Status};

use crate::limits;
use crate::outcome::{ChildEnd, End};
use crate::record::Progress;

/// The rows of a run's children.
pub(crate) struct Rows {
    filter: ExecutionFilter,
    after: Option<Cursor>,
    is_exhausted: bool,
}

impl Rows {
    /// Returns those with a status, or all.
    pub(crate) fn of(arn: &str, status: Option<Status>) -> Self {
        let filter =
            ExecutionFilter { workflow: Some(arn.into()), status, ..ExecutionFilter::default() };
        Self { filter, after: None, is_exhausted: false }
    }

    pub(crate) async fn next_page(
        &mut self,
        runtime: &Runtime,
    ) -> Result<Option<Vec<ExecutionHeader>>, RuntimeError> {
        if self.is_exhausted {
            return Ok(None);
        }
        let after = self.after.take();
        let page = runtime.executions(self.filter.clone(), after, limits::PAGE_ROWS).await?;
        self.is_exhausted = page.next.is_none();
        self.after = page.next;
        Ok(Some(page.items))
    }
}

/// Counts the children of a run that ended; children have one item each unless they are `batched`.
pub(crate) async fn count(
    runtime: &Runtime,
    arn: &str,
    batched: bool,
) -> Result<Progress, RuntimeError> {
    let mut progress = Progress::default();
    let mut rows = Rows::of(arn, None);
    while let Some(page) = rows.next_page(runtime).await? {
        for row in page.into_iter().filter(|row| !row.status.is_open()) {
            if row.status == Status::Succeeded && !batched {
                let end = End { how: ChildEnd::Succeeded, is_final: false };
                progress.join(&Progress::of(end, 1));
            } else if let Some(child) = runtime.describe(&row.key).await?
                && let Some(end) = End::of(&child, runtime.clock().now())
            {
                progress.join(&Progress::of(end, items_of(&child)));
            }
        }
    }
    progress.items.total = progress.items.ended();
    progress.executions.total = progress.executions.ended();
    Ok(progress)
}

/// Returns how many items a child has.
pub(crate) fn items_of(child: &Description) -> u64 {
    child.record.map_run.as_ref().map_or(1, |child| child.items)
}
