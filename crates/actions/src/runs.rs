//! What actions ask of the layer above: runs of pipelines, and that others hear of assets.

use std::sync::Arc;

use compasso_connectors::{ChildRefused, StartedChild};
use compasso_runtime::Job;
use compasso_store::ExecutionKey;
use compasso_types::Json;
use futures::future::BoxFuture;

/// Starts and cancels runs of pipelines for tasks.
pub trait Runs: Send + Sync + 'static {
    /// Starts a run; durable when it returns. Starting again with the same name and the same content
    /// returns the run of the first time: a task is delivered again after a crash.
    fn start(&self, order: RunOrder) -> BoxFuture<'_, Result<StartedRun, ChildRefused>>;

    /// Asks a run to end because the task that waited for it is over; nothing happens if it is
    /// closed, or while the server shuts down.
    fn cancel<'a>(&'a self, run: &'a ExecutionKey) -> BoxFuture<'a, ()>;
}

/// Tells of updates of assets for tasks.
pub trait Assets: Send + Sync + 'static {
    /// Takes an update in; durable when it returns. Telling it again under the same id changes
    /// nothing.
    fn update(&self, update: AssetUpdate) -> BoxFuture<'_, Result<(), ChildRefused>>;
}

/// An update of an asset by a task.
#[derive(Clone, Debug)]
pub struct AssetUpdate {
    /// The URI of the asset.
    pub uri: Arc<str>,
    /// The part of it that was updated.
    pub partition: Option<Arc<str>>,
    /// What is told about it.
    pub metadata: Json,
    /// The ARN of the run.
    pub run: ExecutionKey,
    /// The account of the run.
    pub account: Arc<str>,
    /// The region of the run.
    pub region: Arc<str>,
    /// The same when the same update is told again.
    pub id: Arc<str>,
}

/// A run to start.
#[derive(Clone, Debug)]
pub struct RunOrder {
    /// The pipeline: an ARN or a name, of a version or an alias as well.
    pub pipeline: String,
    /// The run's name.
    pub name: String,
    /// Its params.
    pub params: Json,
    /// The account of the run whose task starts it.
    pub account: Arc<str>,
    /// The region of that run.
    pub region: Arc<str>,
    /// The token of that task.
    pub parent: Arc<str>,
    /// Whether that task is over only when the run is.
    pub waits: bool,
}

/// A run that was started.
#[derive(Clone, Debug)]
pub struct StartedRun {
    /// Its ARN, and when it started.
    pub child: StartedChild,
    /// Its name.
    pub name: Arc<str>,
    /// The version of the pipeline that it runs.
    pub version: u64,
}

impl RunOrder {
    /// Makes the order of a job.
    pub(crate) fn of(job: &Job, pipeline: String, name: String, params: Json, waits: bool) -> Self {
        let (region, account, parent) = (part(job, 3), part(job, 4), Arc::clone(&job.token));
        Self { pipeline, name, params, account, region, parent, waits }
    }
}

impl AssetUpdate {
    /// Makes the update of a job.
    pub(crate) fn of(
        job: &Job,
        uri: Arc<str>,
        partition: Option<Arc<str>>,
        metadata: Json,
    ) -> Self {
        let (run, id) = (job.execution.clone(), Arc::clone(&job.idempotency_key));
        Self { uri, partition, metadata, run, account: part(job, 4), region: part(job, 3), id }
    }
}

/// Returns a part of the ARN of a job's run.
fn part(job: &Job, at: usize) -> Arc<str> {
    job.execution.0.split(':').nth(at).unwrap_or_default().into()
}
