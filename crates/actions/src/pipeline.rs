//! `compasso:pipeline`: a task that is a run of another pipeline.

use std::sync::Arc;

use compasso_connectors::{ChildDescription, Connectors, Parameters};
use compasso_engine::{TaskError, TaskResult};
use compasso_ir::{IntegrationPattern, ResourceKind};
use compasso_runtime::{Job, Reporter};
use compasso_store::ExecutionKey;
use compasso_types::{Json, Payload};
use tokio::runtime::Handle;

use crate::runs::{RunOrder, Runs, StartedRun};

/// Starts the run; with `.sync`, waits for its end and gives its output.
pub(crate) async fn run(
    connectors: &Connectors,
    runs: Arc<dyn Runs>,
    parameters: &Parameters<'_>,
    job: &Job,
    reporter: &Reporter,
) -> TaskResult {
    let order = order(parameters, job)?;
    let started = runs.start(order).await.map_err(|refused| refused.error())?;
    let answer = Payload::from(answer(&started));
    if !waits(job) {
        return Ok(answer);
    }
    let run = started.child.execution;
    let mut guard = CancelWhenDropped { runs, run: Some(run.clone()) };
    if job.offer.submitted.is_none() {
        reporter.submitted(answer).await;
    }
    let closed = connectors.workflows().closed(&run).await;
    guard.run = None;
    result(closed.map_err(|refused| refused.error())?)
}

/// Cancels a run that nobody waits for any more.
struct CancelWhenDropped {
    runs: Arc<dyn Runs>,
    run: Option<ExecutionKey>,
}

impl Drop for CancelWhenDropped {
    fn drop(&mut self) {
        if let (Some(run), Ok(runtime)) = (self.run.take(), Handle::try_current()) {
            let runs = Arc::clone(&self.runs);
            runtime.spawn(async move { runs.cancel(&run).await });
        }
    }
}

fn waits(job: &Job) -> bool {
    let sync = IntegrationPattern::Sync;
    matches!(&job.offer.resource.kind, ResourceKind::Service { pattern, .. } if *pattern == sync)
}

fn order(parameters: &Parameters<'_>, job: &Job) -> Result<RunOrder, TaskError> {
    let pipeline = parameters.required_text("pipeline")?;
    let pipeline = match parameters.get("version") {
        None => pipeline.to_owned(),
        Some(Json::String(version)) => format!("{pipeline}:{version}"),
        Some(version) => match version.as_i64() {
            Some(version) => format!("{pipeline}:{version}"),
            None => return Err(parameters.invalid("version")),
        },
    };
    // Another delivery of the same attempt finds the run by its name.
    let name = match parameters.text("name")? {
        Some(name) => name.to_owned(),
        None => job.idempotency_key.chars().take(32).collect(),
    };
    let params = parameters.object("params")?.cloned().unwrap_or_default();
    Ok(RunOrder::of(job, pipeline, name, Json::from(params), waits(job)))
}

fn answer(started: &StartedRun) -> Json {
    let version = i64::try_from(started.version).unwrap_or(i64::MAX);
    Json::object([
        ("id", Json::from(Arc::clone(&started.child.execution.0))),
        ("name", Json::from(Arc::clone(&started.name))),
        ("version", version.into()),
        ("started", Json::from(started.child.started.to_string())),
    ])
}

fn result(run: ChildDescription) -> TaskResult {
    match run.failure("run") {
        Some(failure) => Err(failure),
        None => Ok(run.output.unwrap_or_default()),
    }
}
