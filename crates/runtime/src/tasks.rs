//! What the runtime asks of the layers above: definitions, and the work of tasks.

use std::sync::Arc;

use compasso_engine::{Offer, TaskId, TaskResult};
use compasso_ir::Definition;
use compasso_store::{ExecutionKey, LogStream, ReadError};
use compasso_types::Payload;
use futures::FutureExt;
use futures::future::BoxFuture;

use crate::{DefinitionRef, HttpTrace, HttpTracing, RuntimeError, Trace};

/// Finds compiled definitions and what they refer to.
pub trait Definitions: Send + Sync + 'static {
    /// Returns the compiled definition.
    fn load<'a>(
        &'a self,
        reference: &'a DefinitionRef,
    ) -> BoxFuture<'a, Result<Arc<Definition>, DefinitionError>>;

    /// Tells whether an activity exists, by its ARN; if that cannot be found out, it does.
    fn has_activity<'a>(&'a self, arn: &'a str) -> BoxFuture<'a, bool>;
}

/// A definition cannot be had.
#[derive(Clone, Debug, thiserror::Error)]
pub enum DefinitionError {
    /// Not now. Try again later.
    #[error("definition cannot be had: {0}")]
    Unavailable(String),
    /// Not ever: it is gone, or this release cannot use it.
    #[error("definition cannot be used: {0}")]
    Unusable(String),
}

impl From<DefinitionError> for RuntimeError {
    fn from(error: DefinitionError) -> Self {
        match error {
            DefinitionError::Unavailable(_) => Self::Unavailable(error.to_string()),
            DefinitionError::Unusable(_) => ReadError::Corrupt(error.to_string()).into(),
        }
    }
}

/// Carries out tasks that no remote worker polls for.
pub trait TaskRunner: Send + Sync + 'static {
    /// Carries out one attempt; one with a placement is begun only once
    /// [`Reporter::started`] allows it, and one that succeeds without it ends with what was kept
    /// of an earlier result. Dropped when the task is cancelled or times out. The same job may
    /// be run again after a crash, with the same [`Job::idempotency_key`].
    /// What it notes before it returns the future, it notes in the order in which tasks are offered.
    fn run(&self, job: Job, reporter: Reporter) -> BoxFuture<'static, TaskEnd>;

    /// A turn is about to hand over several tasks that it offers together.
    fn offers_begin(&self) {}

    /// All tasks of that turn were handed over.
    fn offers_end(&self) {}

    /// A task is about to be dropped because it was cancelled or timed out. Told before whatever follows
    /// it is offered.
    fn give_up(&self, execution: &ExecutionKey, task: TaskId) {
        let _ = (execution, task);
    }

    /// Says what a task waits for before it starts, if that is known. A turn asks, so it may not wait.
    fn waits_for(&self, execution: &ExecutionKey, task: TaskId) -> Option<String> {
        let _ = (execution, task);
        None
    }

    /// All tasks that were on offer when this process began have been offered again.
    fn recovered(&self) {}
}

/// One attempt of a task.
#[derive(Clone, Debug)]
pub struct Job {
    /// The execution.
    pub execution: ExecutionKey,
    /// The task.
    pub offer: Offer,
    /// The token by which others may report its end.
    pub token: Arc<str>,
    /// Equal for all deliveries of one attempt.
    pub idempotency_key: Arc<str>,
    /// The role the execution runs as.
    pub role: Arc<str>,
    /// The execution's trace header.
    pub trace_header: Option<Arc<str>>,
    /// Where the attempt stands in a trace, if traces are told of.
    pub trace: Option<Trace>,
}

/// How the run of a job ended.
#[derive(Clone, Debug)]
pub enum TaskEnd {
    /// The task is over.
    Finished(TaskResult),
    /// The work was handed over; its end is reported by token.
    Submitted(Payload),
    /// The task is over, and [`Reporter::finished`] has said so.
    Reported,
}

/// Where the reports of a running job arrive.
pub trait Reports: Send + Sync + 'static {
    /// See [`Reporter::started`].
    fn started(&self, worker: Option<Arc<str>>) -> BoxFuture<'_, bool> {
        drop(worker);
        std::future::ready(true).boxed()
    }

    /// See [`Reporter::submitted`].
    fn submitted(&self, output: Payload) -> BoxFuture<'_, ()>;

    /// See [`Reporter::finished`].
    fn finished(&self, result: TaskResult) -> BoxFuture<'_, bool> {
        drop(result);
        std::future::ready(true).boxed()
    }

    /// See [`Reporter::is_shutting_down`].
    fn is_shutting_down(&self) -> bool;

    /// See [`Reporter::log`].
    fn log(&self, stream: LogStream, line: &str);

    /// See [`Reporter::log_room`].
    fn log_room(&self) -> BoxFuture<'_, ()> {
        Box::pin(std::future::ready(()))
    }

    /// See [`Reporter::http_tracing`].
    fn http_tracing(&self) -> Option<HttpTracing> {
        None
    }

    /// See [`Reporter::trace_http`].
    fn trace_http(&self, trace: HttpTrace) {
        drop(trace);
    }
}

/// The way back from a running job.
#[derive(Clone)]
pub struct Reporter(Arc<dyn Reports>);

impl Reporter {
    /// Makes the way back that ends at `reports`.
    pub fn new(reports: Arc<dyn Reports>) -> Self {
        Self(reports)
    }

    /// Records that a job with a placement is begun, by `worker` or, without one, by the server
    /// itself, where it then waits for a place among the running tasks. Durable when it returns;
    /// false: the task is no longer wanted.
    pub async fn started(&self, worker: Option<Arc<str>>) -> bool {
        self.0.started(worker).await
    }

    /// Records that the work was handed over and that the job now waits for its end (`.sync`);
    /// durable when it returns.
    pub async fn submitted(&self, output: Payload) {
        self.0.submitted(output).await;
    }

    /// Records that the task is over; durable when it returns. False: it was over before. The job
    /// then ends with [`TaskEnd::Reported`].
    pub async fn finished(&self, result: TaskResult) -> bool {
        self.0.finished(result).await
    }

    /// Returns whether the server is ending: a job dropped then is still wanted, and offered again
    /// by the next start.
    pub fn is_shutting_down(&self) -> bool {
        self.0.is_shutting_down()
    }

    /// Keeps a line of the task's output.
    pub fn log(&self, stream: LogStream, line: &str) {
        self.0.log(stream, line);
    }

    /// Waits until there is room for more lines: what comes faster than it can be kept is dropped.
    pub async fn log_room(&self) {
        self.0.log_room().await;
    }

    /// Returns how HTTP calls are to be traced, if they are.
    pub fn http_tracing(&self) -> Option<HttpTracing> {
        self.0.http_tracing()
    }

    /// Shows an HTTP call to whoever traces it.
    pub fn trace_http(&self, trace: HttpTrace) {
        self.0.trace_http(trace);
    }
}
