//! Runs whose executions no longer wait for them: what a crash left behind.

use compasso_runtime::{Runtime, RuntimeError};
use compasso_store::{ExecutionKey, Expected, Outcome, Status as RowStatus};
use compasso_types::Timestamp;
use tracing::{debug, info};

use crate::record::{OPEN, RUN, Record, Status};
use crate::rows::Rows;
use crate::{limits, rows};

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

/// Gives a run up if its execution does not wait for it: its children are stopped and counted, and it
/// ended as `end` says.
pub(crate) async fn clear(runtime: &Runtime, arn: &str, end: Status) -> Result<(), RuntimeError> {
    let Some(document) = runtime.store().document(RUN, arn).await? else { return Ok(()) };
    let mut record = Record::read(&document.body)?;
    let execution = ExecutionKey(record.execution.clone());
    if record.status != Status::Running || runtime.waits_for_map_run(&execution, arn).await? {
        return Ok(());
    }
    stop_children(runtime, arn).await?;
    record.progress = rows::count(runtime, arn, record.batched).await?;
    record.status = end;
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
    for status in [RowStatus::Running, RowStatus::Quarantined] {
        let mut open = Rows::of(arn, Some(status));
        while let Some(page) = open.next_page(runtime).await? {
            for child in page {
                if let Err(error) = runtime.stop(&child.key, None, None).await {
                    debug!(execution = %child.key, %error, "child was not stopped");
                }
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
