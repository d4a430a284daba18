//! What the children of a run came to: the state's result, or files.

use compasso_engine::{Closed, TaskError, TaskResult};
use compasso_items::{ChildRecord, ItemsError, ResultKind, ResultWriter, Stores, WriterConfig};
use compasso_runtime::Description;
use compasso_types::{Json, Payload};
use futures::{Stream, StreamExt as _, stream};

use crate::limits;
use crate::outcome::ChildEnd;
use crate::rows::items_of;
use crate::run::Run;

/// Returns the result of the state: what the children gave, in the order of their items, or where
/// it was exported to.
pub(crate) async fn collect(run: &Run, stores: &Stores) -> TaskResult {
    match export_if_asked(run, stores).await? {
        Some(result) => Ok(result.into()),
        None => gather(run).await,
    }
}

/// Exports the records of the children that ran, if a writer asks for it, and returns the result of
/// the state.
pub(crate) async fn export_if_asked(run: &Run, stores: &Stores) -> Result<Option<Json>, TaskError> {
    let Some(writer) = &run.job.offer.run.writer else { return Ok(None) };
    let Some(resource) = &writer.resource else { return Ok(None) };
    let field = Json::object([
        ("Resource", resource.clone().into()),
        ("Arguments", writer.arguments.clone()),
        ("WriterConfig", writer.config.clone()),
    ]);
    let writer = ResultWriter::from_json(&field).map_err(items_error)?;
    let mut export = writer.begin(stores, &run.job.offer.run.arn).map_err(items_error)?;
    let mut children = std::pin::pin!(children(run));
    while let Some(child) = children.next().await {
        let Some(child) = child else { continue };
        export.add(kind_of(&child), &record(run, &child).to_json()).await.map_err(items_error)?;
        run.tally().wrote(items_of(&child));
    }
    Ok(Some(export.finish().await.map_err(items_error)?.result))
}

/// Makes the state's result of what children gave; no more of it than a state may have is held.
async fn gather(run: &Run) -> TaskResult {
    let offer = &run.job.offer;
    let config = offer.run.writer.as_ref().map(|writer| &writer.config);
    let config = WriterConfig::from_json(config).map_err(items_error)?;
    let mut result = config.state_result();
    let mut children = std::pin::pin!(children(run));
    while let Some(child) = children.next().await {
        let Some(child) = child else { continue };
        result.add(kind_of(&child), &record(run, &child).to_json());
        if result.bytes() > offer.child.start.payload_bytes_max {
            return Err(too_large(&offer.state));
        }
    }
    let result = Payload::from(result.finish());
    if result.text().len() > offer.child.start.payload_bytes_max {
        return Err(too_large(&offer.state));
    }
    Ok(result)
}

/// Returns the children of the run in the order of their items; `None` for one that left no trace.
fn children(run: &Run) -> impl Stream<Item = Option<Description>> {
    let end = run.tally().reached();
    let read = move |index| async move {
        let key = run.child_key(index);
        loop {
            match run.runtime.describe(&key).await {
                Ok(child) => return child,
                Err(error) => tracing::warn!(execution = %key, %error, "reading it again"),
            }
            tokio::time::sleep(limits::RETRY_FIRST).await;
        }
    };
    stream::iter(0..end).map(read).buffered(limits::RECORDS_AT_ONCE)
}

fn kind_of(child: &Description) -> ResultKind {
    match &child.closed {
        Some(Closed::Succeeded { .. }) => ResultKind::Succeeded,
        Some(Closed::Failed { .. } | Closed::TimedOut | Closed::Aborted { .. }) => {
            ResultKind::Failed
        }
        None => ResultKind::Pending,
    }
}

fn record(run: &Run, child: &Description) -> ChildRecord {
    let start = &child.record.start;
    let (output, error, cause) = match &child.closed {
        Some(Closed::Succeeded { output }) => (Some(output.text().into()), None, None),
        Some(Closed::Failed { error, cause } | Closed::Aborted { error, cause, .. }) => {
            (None, error.clone(), cause.clone())
        }
        Some(Closed::TimedOut) | None => (None, None, None),
    };
    let (redrive_status, redrive_status_reason) =
        match child.check_redrivable(run.runtime.clock().now()) {
            Ok(()) => ("REDRIVABLE_BY_MAP_RUN", None),
            Err(why) => ("NOT_REDRIVABLE", Some(why.reason())),
        };
    ChildRecord {
        execution_arn: start.id.clone(),
        input: start.input.text().into(),
        name: start.name.clone(),
        output,
        error,
        cause,
        redrive_count: child.redriven.map_or(0, |redriven| redriven.count.into()),
        redrive_status: redrive_status.into(),
        redrive_status_reason: redrive_status_reason.map(Into::into),
        start_date: Some(child.started),
        state_machine_arn: start.workflow.clone(),
        status: child.closed.as_ref().map_or("RUNNING", |end| ChildEnd::of(end).name()).into(),
        stop_date: child.stopped,
    }
}

fn too_large(state: &str) -> TaskError {
    let cause = format!(
        "The state/task '{state}' returned a result with a size exceeding the maximum number of \
         bytes service limit."
    );
    TaskError::new("States.DataLimitExceeded", cause)
}

/// Returns what goes wrong with items and results as an error of the state.
pub(crate) fn items_error(error: ItemsError) -> TaskError {
    TaskError::new(error.error, error.cause)
}
