//! `compasso:await`: waits for an event or for an update of an asset, and ends by token when that
//! is told.

use std::sync::Arc;
use std::time::Duration;

use compasso_connectors::Parameters;
use compasso_engine::{TaskError, TaskResult};
use compasso_runtime::Job;
use compasso_store::ExecutionKey;
use compasso_types::{Json, Payload, Timestamp};
use futures::future::BoxFuture;

/// Keeps tasks that wait until they are told.
pub trait Waits: Send + Sync + 'static {
    /// Keeps a task; durable when it returns. The same one again changes nothing: a task is
    /// delivered again after a crash.
    ///
    /// # Errors
    /// `Rejected` where trying again would not help, otherwise `Connection`.
    fn keep(&self, wait: Wait) -> BoxFuture<'_, Result<(), TaskError>>;
}

/// A task that waits.
#[derive(Clone, Debug)]
pub struct Wait {
    /// Tells it from others of the run; equal for all deliveries of one attempt.
    pub key: Arc<str>,
    /// The run whose task waits.
    pub run: ExecutionKey,
    /// Ends the task.
    pub token: Arc<str>,
    /// How long the task waits at most.
    pub limit: Duration,
    /// What it waits for.
    pub what: WaitFor,
}

/// What a task waits for.
#[derive(Clone, Debug, PartialEq)]
pub enum WaitFor {
    /// An event; all that is there must fit.
    Event {
        /// Its source.
        source: Option<Arc<str>>,
        /// Its type.
        kind: Option<Arc<str>>,
        /// What it must be like, in the patterns of EventBridge.
        pattern: Option<Json>,
    },
    /// An update of an asset then or later.
    Asset(Arc<str>, Timestamp),
}

/// Begins to wait.
pub(crate) async fn run(
    waits: Option<&dyn Waits>,
    parameters: &Parameters<'_>,
    job: &Job,
) -> TaskResult {
    let Some(waits) = waits else {
        return Err(TaskError::new("Rejected", "Nobody here could tell of what is waited for"));
    };
    let seconds = parameters.get("limit").and_then(|limit| Some(limit.as_number()?.as_f64()));
    let limit = seconds.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
    let wait = Wait {
        key: job.idempotency_key.clone(),
        run: job.execution.clone(),
        token: job.token.clone(),
        limit: limit.ok_or_else(|| parameters.invalid("limit"))?,
        what: what(parameters)?,
    };
    waits.keep(wait).await?;
    Ok(Payload::default())
}

fn what(parameters: &Parameters<'_>) -> Result<WaitFor, TaskError> {
    if let Some(asset) = parameters.text("asset")? {
        let since = parameters.text("since")?.and_then(|text| text.parse().ok());
        let since = since.ok_or_else(|| parameters.invalid("since"))?;
        return Ok(WaitFor::Asset(asset.into(), since));
    }
    let event = parameters.get("event").ok_or_else(|| parameters.required("event"))?;
    let text = |name: &str| match event.get(name) {
        None | Some(Json::Null) => Ok(None),
        Some(value) => {
            value.as_str().map(|text| Some(text.into())).ok_or_else(|| parameters.invalid("event"))
        }
    };
    let (source, kind) = (text("source")?, text("type")?);
    Ok(WaitFor::Event { source, kind, pattern: event.get("pattern").cloned() })
}
