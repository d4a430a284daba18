//! What connectors ask of the layer above: executions started on behalf of a task.

use std::sync::Arc;

use compasso_engine::TaskError;
use compasso_store::ExecutionKey;
use compasso_types::{Json, Payload, Timestamp};
use futures::future::BoxFuture;

/// Starts, watches and stops executions for tasks.
pub trait Workflows: Send + Sync + 'static {
    /// Starts a child; durable when it returns. Starting again with the same
    /// [`ChildOrder::token`] and name returns the child of the first time, open or closed: a task
    /// is delivered again after a crash.
    fn start(&self, order: ChildOrder) -> BoxFuture<'_, Result<StartedChild, ChildRefused>>;

    /// Waits until an execution is closed; cancel by dropping.
    fn closed<'a>(
        &'a self,
        execution: &'a ExecutionKey,
    ) -> BoxFuture<'a, Result<ChildDescription, ChildRefused>>;

    /// Says whether tasks succeeded or were skipped in the run of the tick before; where there are
    /// no schedules there is no run before.
    fn is_past_over<'a>(
        &'a self,
        _run: &'a ExecutionKey,
        _tasks: &'a [Arc<str>],
    ) -> BoxFuture<'a, Result<bool, ChildRefused>> {
        Box::pin(async { Ok(true) })
    }

    /// Looks once for something that a run waits for, and returns what was found.
    ///
    /// # Errors
    /// `Rejected` where looking again would not help, `Connection` where it may.
    fn look<'a>(
        &'a self,
        _run: &'a ExecutionKey,
        _sought: Sought,
    ) -> BoxFuture<'a, Result<Option<Json>, TaskError>> {
        let nowhere = || Err(TaskError::new("Rejected", "There is nothing here to look at"));
        Box::pin(async move { nowhere() })
    }

    /// Stops an execution because the task that waited for it is over; nothing happens if it is
    /// closed, or while the server shuts down.
    fn stop<'a>(&'a self, execution: &'a ExecutionKey) -> BoxFuture<'a, ()>;
}

/// What a run waits for and has somebody else look for.
#[derive(Clone, Debug, PartialEq)]
pub enum Sought {
    /// Objects: `s3://bucket/in/*.csv`.
    Object(Arc<str>),
    /// The end of a run of a pipeline.
    Ended {
        /// The name of the pipeline.
        pipeline: Arc<str>,
        /// `success`, `failed` or `finished`.
        state: Arc<str>,
        /// Which runs count.
        which: WhichRun,
    },
}

/// Which runs count whose end is looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WhichRun {
    /// Those that ended then or later.
    Since(Timestamp),
    /// That of a tick which is about this interval: from the first instant to the second.
    Of(Timestamp, Timestamp),
}

/// A child to start.
#[derive(Clone, Debug)]
pub struct ChildOrder {
    /// The ARN of a workflow, a version or an alias, as the task gave it; not checked.
    pub workflow: Arc<str>,
    /// The child's name.
    pub name: Arc<str>,
    /// The child's input.
    pub input: Payload,
    /// The trace header.
    pub trace_header: Option<Arc<str>>,
    /// The account of the execution whose task starts the child.
    pub account: Arc<str>,
    /// That execution.
    pub parent: ExecutionKey,
    /// The token of that task.
    pub token: Arc<str>,
}

/// A child that was started.
#[derive(Clone, Debug)]
pub struct StartedChild {
    /// Its ARN.
    pub execution: ExecutionKey,
    /// When.
    pub started: Timestamp,
}

/// A closed child, as `DescribeExecution` shows it.
#[derive(Clone, Debug)]
pub struct ChildDescription {
    /// The child's ARN.
    pub execution: ExecutionKey,
    /// The workflow's ARN.
    pub workflow: Arc<str>,
    /// The ARN of the version it was started by, if it was.
    pub version: Option<Arc<str>>,
    /// The ARN of the alias it was started by, if it was.
    pub alias: Option<Arc<str>>,
    /// The child's name.
    pub name: Arc<str>,
    /// `SUCCEEDED`, `FAILED`, `TIMED_OUT` or `ABORTED`.
    pub status: &'static str,
    /// What it was started with.
    pub input: Payload,
    /// What it gave, if it succeeded.
    pub output: Option<Payload>,
    /// Its error.
    pub error: Option<Arc<str>>,
    /// Its cause.
    pub cause: Option<Arc<str>>,
    /// When it started.
    pub started: Timestamp,
    /// When it closed.
    pub stopped: Timestamp,
}

impl ChildDescription {
    /// Returns with what a task of a pipeline fails that waited for this; none if it succeeded. `what` is its word for
    /// it in the cause.
    pub fn failure(&self, what: &str) -> Option<TaskError> {
        let error = match self.status {
            "SUCCEEDED" => return None,
            "ABORTED" => "Cancelled".into(),
            "TIMED_OUT" => "RunTimeout".into(),
            _ => self.error.clone().unwrap_or_else(|| "RunFailed".into()),
        };
        let cause = self.cause.as_deref().unwrap_or("it ended so");
        Some(TaskError::new(error, format!("the {what} {}: {cause}", self.execution)))
    }
}

/// The answer to a request that was refused, in the words of the Step Functions API.
#[derive(Clone, Debug)]
pub struct ChildRefused {
    /// The API's error name, such as `StateMachineDoesNotExist`.
    pub code: String,
    /// The API's message.
    pub message: String,
    /// The API's status code.
    pub status: u16,
}

impl ChildRefused {
    /// Returns with what a task of a pipeline fails.
    pub fn error(&self) -> TaskError {
        TaskError::new(self.code.as_str(), self.message.as_str())
    }
}
