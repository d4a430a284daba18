//! The handle the layers above hold.

use std::sync::Arc;
use std::time::Duration;

use compasso_engine::{Closed, Event, Start, TaskResult};
use compasso_ir::Definition;
use compasso_store::{
    Cursor, DocumentChange, ExecutionFilter, ExecutionHeader, ExecutionKey, Outcome, Page,
    ReadError, Store,
};
use compasso_types::{Payload, Timestamp};

use crate::{Clock, DefinitionRef, Definitions, Description, Entropy, TaskRunner};

/// What can be set.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Threads that decide turns.
    pub turn_threads: usize,
    /// Executions kept in memory between turns.
    pub cached_executions_max: usize,
    /// Tasks carried out at once by the task runner.
    pub running_tasks_max: usize,
}

/// The runtime; `clone` is cheap.
#[derive(Clone)]
pub struct Runtime {}

/// A new execution.
#[derive(Clone, Debug)]
pub struct StartOrder {
    /// What the engine starts with; its seed is drawn by the runtime.
    pub start: Start,
    /// The definition's name, to load it again.
    pub definition: DefinitionRef,
    /// The compiled definition.
    pub compiled: Arc<Definition>,
    /// The caller's trace header.
    pub trace_header: Option<Arc<str>>,
    /// The token of the parent's task that waits for the end.
    pub parent: Option<Arc<str>>,
}

/// An execution did not start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// There is one with this key already, open or closed.
    #[error("execution exists already")]
    Exists,
    /// See [`RuntimeError`].
    #[error(transparent)]
    Runtime(#[from] RuntimeError),
}

/// A report by token was refused.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReportError {
    /// The text is no token, or none of ours.
    #[error("token is not valid")]
    InvalidToken,
    /// Its execution is gone.
    #[error("task does not exist")]
    NoTask,
    /// The task is over, or its execution is.
    #[error("task is over")]
    TaskOver,
    /// See [`RuntimeError`].
    #[error(transparent)]
    Runtime(#[from] RuntimeError),
}

/// The runtime cannot do it now.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RuntimeError {
    /// The store refused the write, such as disk full; nothing changed.
    #[error("store refused the write: {0}")]
    Rejected(String),
    /// The store does not answer, or the runtime is shutting down.
    #[error("unavailable: {0}")]
    Unavailable(String),
    /// Too much is under way; try again later.
    #[error("too much is under way")]
    Overloaded,
    /// Reading failed.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// The execution does not exist.
    #[error("execution does not exist")]
    NoExecution,
    /// The execution was set aside because the engine could not carry on with it.
    #[error("execution is quarantined: {0}")]
    Quarantined(String),
}

/// An activity task handed to a worker.
#[derive(Clone, Debug)]
pub struct ActivityTask {
    /// Its token.
    pub token: String,
    /// Its input.
    pub input: Payload,
}

/// Which part of a history.
#[derive(Clone, Copy, Debug)]
pub struct HistoryRange {
    /// Number of the first event wanted; going down from it if `reverse`. In reverse, 0 means the
    /// last event.
    pub first: u64,
    /// Most events.
    pub limit: usize,
    /// Newest first.
    pub reverse: bool,
}

/// How an Express execution ended.
#[derive(Clone, Debug)]
pub struct ExpressEnd {
    /// When it started.
    pub started: Timestamp,
    /// When it ended.
    pub stopped: Timestamp,
    /// How.
    pub closed: Closed,
    /// Its events, for the log.
    pub events: Vec<Event>,
}

impl Runtime {
    /// Takes the store over.
    pub async fn open(
        _store: Arc<dyn Store>,
        _clock: Arc<dyn Clock>,
        _entropy: Arc<dyn Entropy>,
        _settings: Settings,
    ) -> Result<Self, RuntimeError> {
        unimplemented!()
    }

    /// Recovers what was under way and begins to act: timers fire, tasks run.
    pub async fn begin(
        &self,
        _definitions: Arc<dyn Definitions>,
        _tasks: Arc<dyn TaskRunner>,
    ) -> Result<(), RuntimeError> {
        unimplemented!()
    }

    /// Starts a Standard execution; durable when it returns. Returns its start.
    pub async fn start(&self, _order: StartOrder) -> Result<Timestamp, StartError> {
        unimplemented!()
    }

    /// Starts an Express execution and returns its start: it runs at least once, restarted from
    /// the beginning after a crash.
    pub async fn start_express(&self, _order: StartOrder) -> Result<Timestamp, RuntimeError> {
        unimplemented!()
    }

    /// Runs an Express execution to its end, at most once; nothing of it is stored.
    pub async fn run_express(&self, _order: StartOrder) -> Result<ExpressEnd, RuntimeError> {
        unimplemented!()
    }

    /// Stops an execution and returns when it stopped; for a closed one, when it closed.
    pub async fn stop(
        &self,
        _key: &ExecutionKey,
        _error: Option<Arc<str>>,
        _cause: Option<Arc<str>>,
    ) -> Result<Timestamp, RuntimeError> {
        unimplemented!()
    }

    /// Describes an execution, open or closed, as of its last durable turn.
    pub async fn describe(&self, _key: &ExecutionKey) -> Result<Option<Description>, RuntimeError> {
        unimplemented!()
    }

    /// Waits until an execution closes and describes it; cancel by dropping.
    pub async fn closed(&self, _key: &ExecutionKey) -> Result<Option<Description>, RuntimeError> {
        unimplemented!()
    }

    /// Reads shown events of a history; `None` if there is no such execution.
    pub async fn history(
        &self,
        _key: &ExecutionKey,
        _range: HistoryRange,
    ) -> Result<Option<Vec<Event>>, RuntimeError> {
        unimplemented!()
    }

    /// Lists executions, newest first.
    pub async fn executions(
        &self,
        _filter: ExecutionFilter,
        _after: Option<Cursor>,
        _limit: usize,
    ) -> Result<Page<ExecutionHeader>, RuntimeError> {
        unimplemented!()
    }

    /// Waits up to `patience` for a task of an activity; its start is durable when it returns.
    pub async fn poll_activity(
        &self,
        _activity: &str,
        _worker: Option<Arc<str>>,
        _patience: Duration,
    ) -> Result<Option<ActivityTask>, RuntimeError> {
        unimplemented!()
    }

    /// Reports the end of a task by its token; durable when it returns.
    pub async fn report(&self, _token: &str, _result: TaskResult) -> Result<(), ReportError> {
        unimplemented!()
    }

    /// Reports that a task's worker is alive.
    pub async fn heartbeat(&self, _token: &str) -> Result<(), ReportError> {
        unimplemented!()
    }

    /// Changes documents together with whatever is being committed. A conflict is an outcome.
    pub async fn write(&self, _changes: Vec<DocumentChange>) -> Outcome {
        unimplemented!()
    }

    /// Returns the store, for reads.
    pub fn store(&self) -> &Arc<dyn Store> {
        unimplemented!()
    }

    /// Returns the clock.
    pub fn clock(&self) -> &Arc<dyn Clock> {
        unimplemented!()
    }

    /// Takes no new input, finishes what is being committed, lets running tasks go.
    pub async fn shutdown(&self) {
        unimplemented!()
    }
}
