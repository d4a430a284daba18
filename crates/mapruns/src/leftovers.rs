//! Runs whose executions no longer wait for them: what a crash left behind.

use compasso_runtime::{MapRunChild, Runtime, RuntimeError};
use compasso_store::{
    Cursor, ExecutionFilter, ExecutionHeader, ExecutionKey, Expected, Outcome, Status as RowStatus,
};
use compasso_types::Timestamp;
use tracing::{debug, info};

use crate::limits;
use crate::outcome::ChildEnd;
use crate::record::{OPEN, Progress, RUN, Record, Status};

/// Returns the ARNs of the runs that are not over.
pub(crate) async fn open_runs(runtime: &Runtime) -> Result<Vec<String>, RuntimeError> {
    let mut found: Vec<String> = Vec::new();
    loop {
        let after = found.last().map(String::as_str);
        let page = runtime.store().documents(OPEN, "", after, limits::PAGE_ROWS).await?;
        if page.is_empty() {
            return Ok(found);
        }
        found.extend(page.into_iter().map(|document| document.key));
    }
}

/// Gives a run up if its execution does not wait for it: its children are stopped and counted.
pub(crate) async fn clear(runtime: &Runtime, arn: &str) -> Result<(), RuntimeError> {
    let Some(document) = runtime.store().document(RUN, arn).await? else { return Ok(()) };
    let mut record = Record::read(&document.body)?;
    let execution = ExecutionKey(record.execution.clone());
    if record.status != Status::Running || runtime.waits_for_map_run(&execution, arn).await? {
        return Ok(());
    }
    stop_children(runtime, arn).await?;
    record.progress = count(runtime, arn, record.batched).await?;
    record.status = Status::Aborted;
    record.stopped = Some(stopped(runtime, &execution, &record).await?);
    let changes = record.changes_to(arn, Expected::Revision(document.revision));
    match runtime.write(changes).await {
        Outcome::Committed { conflicts } if conflicts.is_empty() => {
            info!(map_run = arn, "map run that nobody waits for was given up");
            Ok(())
        }
        outcome => Err(RuntimeError::Unavailable(format!("its end is not stored: {outcome:?}"))),
    }
}

async fn stop_children(runtime: &Runtime, arn: &str) -> Result<(), RuntimeError> {
    let mut running = Children::of(arn, Some(RowStatus::Running));
    while let Some(page) = running.next_page(runtime).await? {
        for child in page {
            if let Err(error) = runtime.stop(&child.key, None, None).await {
                debug!(execution = %child.key, %error, "child was not stopped");
            }
        }
    }
    Ok(())
}

/// A run that is given up ended with its execution.
async fn stopped(
    runtime: &Runtime,
    execution: &ExecutionKey,
    record: &Record,
) -> Result<Timestamp, RuntimeError> {
    let execution = runtime.describe(execution).await?;
    let stopped = execution.and_then(|execution| execution.stopped);
    Ok(stopped.unwrap_or_else(|| runtime.clock().now()).max(record.started))
}

async fn count(runtime: &Runtime, arn: &str, batched: bool) -> Result<Progress, RuntimeError> {
    let mut progress = Progress::default();
    let mut children = Children::of(arn, None);
    while let Some(page) = children.next_page(runtime).await? {
        for child in page {
            let items = if batched { items_of(runtime, &child.key).await? } else { 1 };
            if let Some(end) = ChildEnd::of_status(child.status) {
                progress.executions.add(end, 1);
                progress.items.add(end, items);
                progress.children += 1;
            }
        }
    }
    progress.items.total = progress.items.ended();
    progress.executions.total = progress.executions.ended();
    Ok(progress)
}

async fn items_of(runtime: &Runtime, child: &ExecutionKey) -> Result<u64, RuntimeError> {
    let child = runtime.describe(child).await?;
    let child: Option<MapRunChild> = child.and_then(|child| child.record.map_run);
    Ok(child.map_or(1, |child| child.items))
}

/// The children of a run, page by page: there may be more than fit in memory.
struct Children {
    filter: ExecutionFilter,
    after: Option<Cursor>,
    is_exhausted: bool,
}

impl Children {
    fn of(arn: &str, status: Option<RowStatus>) -> Self {
        let filter =
            ExecutionFilter { workflow: Some(arn.into()), status, ..ExecutionFilter::default() };
        Self { filter, after: None, is_exhausted: false }
    }

    async fn next_page(
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
