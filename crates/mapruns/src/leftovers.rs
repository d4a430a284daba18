//! Runs whose executions no longer wait for them: what a crash left behind.

use std::sync::Arc;

use compasso_runtime::{MapRunChild, Runtime, RuntimeError};
use compasso_store::{Cursor, ExecutionFilter, ExecutionHeader, ExecutionKey, Status as RowStatus};
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
    if record.status != Status::Running
        || runtime.waits_for_map_run(&execution, record.task).await?
    {
        return Ok(());
    }
    for child in children(runtime, arn, Some(RowStatus::Running)).await? {
        if let Err(error) = runtime.stop(&child.key, None, None).await {
            debug!(execution = %child.key, %error, "child was not stopped");
        }
    }
    record.progress = count(runtime, arn, record.batched).await?;
    record.status = Status::Aborted;
    record.stopped = Some(stopped(runtime, &execution, &record).await?);
    runtime.write(record.changes(arn)).await;
    info!(map_run = arn, "map run that nobody waits for was given up");
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
    for child in children(runtime, arn, None).await? {
        let items = if batched { items_of(runtime, &child.key).await? } else { 1 };
        if let Some(end) = ChildEnd::of_status(child.status) {
            progress.executions.add(end, 1);
            progress.items.add(end, items);
            progress.children += 1;
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

async fn children(
    runtime: &Runtime,
    arn: &str,
    status: Option<RowStatus>,
) -> Result<Vec<ExecutionHeader>, RuntimeError> {
    let workflow = Some(Arc::from(arn));
    let filter = ExecutionFilter { workflow, status, ..ExecutionFilter::default() };
    let mut found = Vec::new();
    let mut after: Option<Cursor> = None;
    loop {
        let page = runtime.executions(filter.clone(), after, limits::PAGE_ROWS).await?;
        found.extend(page.items);
        match page.next {
            Some(next) => after = Some(next),
            None => return Ok(found),
        }
    }
}
