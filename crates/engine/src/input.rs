//! What moves an execution.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use compasso_types::{Json, Payload, limits};
use serde::{Deserialize, Serialize};

use crate::{Mark, Mocks, RerunOrder, Signal, Steer, TaskId};

/// What happened or is asked. It is stored nowhere but in golden journals (`conformance/golden`).
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Input {
    /// The execution begins; only as the first input.
    Start(Box<Start>),
    /// The turn before yielded: carry on.
    Continue,
    /// Time passed: fire every timer that is due.
    Wake,
    /// A worker took an activity task, or one with a placement. Saying so twice is no mistake of the
    /// worker that has a task with a placement.
    ActivityStarted {
        /// The task.
        task: TaskId,
        /// What the worker calls itself.
        worker: Option<Arc<str>>,
    },
    /// A connector handed the work over and now waits for its end (`.sync`, `.waitForTaskToken`).
    TaskSubmitted {
        /// The task.
        task: TaskId,
        /// What the service answered.
        output: Payload,
    },
    /// A connector reports the end of a task.
    TaskFinished {
        /// The task.
        task: TaskId,
        /// How it ended.
        result: TaskResult,
    },
    /// A map run ended.
    MapRunEnded {
        /// The attempt of the Map state.
        task: TaskId,
        /// How it ended.
        result: TaskResult,
    },
    /// Somebody reports the end of a task by its token.
    Callback {
        /// The task.
        task: TaskId,
        /// How it ended.
        result: TaskResult,
    },
    /// A worker is alive.
    Heartbeat {
        /// The task.
        task: TaskId,
    },
    /// Somebody sends a signal.
    Signal(Signal),
    /// Somebody asks something of a task that has not begun, or of all of them.
    Steer(Steer),
    /// Somebody says how a task of an open run ended.
    Mark(Mark),
    /// Somebody stops the execution.
    Stop(StopOrder),
    /// Somebody gives the execution up: a graph ends what runs and cleans up, and the execution then
    /// ends as if it was stopped; any other stops at once.
    Cancel(StopOrder),
    /// The workflow was deleted: the execution ends before another state begins.
    WorkflowDeleted,
    /// Somebody wants what a closed execution did to be undone.
    Compensate {
        /// Who.
        by: Option<Arc<str>>,
    },
    /// Somebody wants a closed execution to go on from where it failed.
    Redrive {
        /// Tells one asking from another.
        token: Option<Arc<str>>,
    },
    /// Somebody wants branches of a closed run to run again.
    Rerun {
        /// Which, and with what.
        order: Box<RerunOrder>,
        /// Tells one asking from another.
        token: Option<Arc<str>>,
    },
}

/// That an execution is ended, and what it ends with.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct StopOrder {
    /// The error name.
    pub error: Option<Arc<str>>,
    /// The cause.
    pub cause: Option<Arc<str>>,
    /// Who ends it, where that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<Arc<str>>,
}

/// The rules of graphs that runs of pipelines begin with from now on; see [`Start::rules`].
pub const RULES: u32 = 2;

/// What an execution begins with, for ever part of its first event.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Start {
    /// The execution's ARN.
    pub id: Arc<str>,
    /// The execution's name.
    pub name: Arc<str>,
    /// The workflow's ARN.
    pub workflow: Arc<str>,
    /// The workflow's name.
    pub workflow_name: Arc<str>,
    /// The role it runs as.
    pub role: Arc<str>,
    /// The caller's input, verbatim.
    pub input: Payload,
    /// Source of all randomness of the execution and of the secret in its task tokens.
    pub seed: [u8; 16],
    /// The version it was started by, if any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<Arc<str>>,
    /// The alias it was started by, if any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alias: Option<Arc<str>>,
    /// Largest payload of a state or task, in bytes.
    pub payload_bytes_max: usize,
    /// Most events of the history; the last one is the end.
    #[serde(default = "events_max")]
    pub events_max: u64,
    /// What stands in for tasks, in a test.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mocks: Option<Arc<Mocks>>,
    /// Where it begins, if it is a copy; absent: at the first state.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub origin: Option<Arc<Origin>>,
    /// Whether all its tasks are held from the beginning on.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_held: bool,
    /// Whether it is stopped before anything of it begins: it is held until then, and goes on by itself once
    /// it is opened again.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_unbegun: bool,
    /// Which rules of graphs it goes by, because what has begun keeps its meaning; 0: those from before they had
    /// numbers, and of whatever has no graph. From 1 on, asides that are [of instances] are told of each of them, not
    /// once of their task, and a task is no longer degraded once none of its instances is. From 2 on, idempotency keys
    /// name the pipeline, an instance whose key is a long list, such as all items of a batch, has its place as its
    /// name instead, timers that still wait are dropped once the end of the run is told, not once the run has ended,
    /// assets are not updated by a failure that is allowed, nor by that of an instance, whose work is not undone either,
    /// a stored state machine fails with its own error, what runs again waits for what it comes after, through branches
    /// that keep how they ended, what failed next is known once the first failure is marked, numbers that JSON cannot
    /// hold are errors, and a graph that reached its limit is retried and caught like one that failed.
    ///
    /// [of instances]: compasso_ir::Aside::of_instances
    #[serde(default, skip_serializing_if = "is_zero")]
    pub rules: u32,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands over a reference")]
fn is_zero(number: &u32) -> bool {
    *number == 0
}

/// The point of another execution, of the same definition, that a copy begins at.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Origin {
    /// The other execution's ARN.
    pub execution: Arc<str>,
    /// A state of the outermost block.
    pub state: Arc<str>,
    /// The variables as they were when the state was entered.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub variables: BTreeMap<Arc<str>, Json>,
}

/// Returns the limit of executions that were stored before they had one of their own.
fn events_max() -> u64 {
    limits::EXECUTION_EVENTS_MAX
}

/// How a task ended.
pub type TaskResult = Result<Payload, TaskError>;

/// A task's error.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TaskError {
    /// The error name; absent if the reporter gave none.
    pub error: Option<Arc<str>>,
    /// The cause; absent if the reporter gave none.
    pub cause: Option<Arc<str>>,
    /// How long the reporter asks to wait before another attempt.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after_ms: Option<u64>,
}

impl TaskError {
    /// Makes an error with a name and a cause.
    pub fn new(error: impl Into<Arc<str>>, cause: impl Into<Arc<str>>) -> Self {
        Self::of(Some(error.into()), Some(cause.into()))
    }

    /// Makes an error of what its reporter gave.
    pub fn of(error: Option<Arc<str>>, cause: Option<Arc<str>>) -> Self {
        Self { error, cause, retry_after_ms: None }
    }

    /// Asks to wait so long before another attempt.
    #[must_use]
    pub fn retried_after(self, wait: Duration) -> Self {
        let ms = u64::try_from(wait.as_millis()).unwrap_or(u64::MAX);
        Self { retry_after_ms: Some(ms), ..self }
    }
}
