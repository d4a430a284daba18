//! What can have happened.

use std::collections::BTreeMap;
use std::sync::Arc;

use compasso_types::{Json, Payload, Timestamp};
use serde::{Deserialize, Serialize};

use super::StateKind;
use crate::{
    BranchFailure, BranchState, MapRun, Mark, Placed, Rerun, Signal, Start, SteerOrder, TaskResult,
};

/// What happened. Events of tasks happen in Task states, and in graphs that hold something: what they
/// hold is a task. They carry the resource's ARN; whether history calls them
/// `TaskSucceeded`, `LambdaFunctionSucceeded` or `ActivitySucceeded` follows from it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[expect(
    missing_docs,
    reason = "fields are those of the history event or explained at the variant"
)]
pub enum EventKind {
    ExecutionStarted {
        start: Arc<Start>,
    },
    ExecutionSucceeded {
        output: Payload,
    },
    ExecutionFailed {
        error: Option<Arc<str>>,
        cause: Option<Arc<str>>,
    },
    /// `by`: who ended it, where that is known.
    ExecutionAborted {
        error: Option<Arc<str>>,
        cause: Option<Arc<str>>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        by: Option<Arc<str>>,
    },
    ExecutionTimedOut {
        error: Option<Arc<str>>,
        cause: Option<Arc<str>>,
    },
    /// `count`: the how manieth redrive it is; `token`: what the client asked with.
    ExecutionRedriven {
        count: u32,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        token: Option<Arc<str>>,
        /// Of a run of a graph: what runs again.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        rerun: Option<Box<Rerun>>,
    },

    StateEntered {
        state: Arc<str>,
        kind: StateKind,
        input: Payload,
    },
    /// `next`: the state that follows; none ends the block.
    StateExited {
        state: Arc<str>,
        kind: StateKind,
        output: Payload,
        #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
        assigned: BTreeMap<Arc<str>, Json>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        next: Option<Arc<str>>,
    },
    EvaluationFailed {
        state: Arc<str>,
        error: Arc<str>,
        cause: Arc<str>,
        location: Option<Arc<str>>,
    },

    TaskScheduled {
        resource: Arc<str>,
        parameters: Payload,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        timeout_seconds: Option<u64>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        heartbeat_seconds: Option<u64>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        credentials: Option<Json>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        placement: Option<Box<Placed>>,
    },
    TaskStarted {
        resource: Arc<str>,
        worker: Option<Arc<str>>,
    },
    TaskSubmitted {
        resource: Arc<str>,
        output: Payload,
    },
    TaskSucceeded {
        resource: Arc<str>,
        output: Payload,
    },
    TaskFailed {
        resource: Arc<str>,
        error: Option<Arc<str>>,
        cause: Option<Arc<str>>,
    },
    TaskTimedOut {
        resource: Arc<str>,
        error: Option<Arc<str>>,
        cause: Option<Arc<str>>,
    },
    TaskStateAborted,
    /// Not shown: a report by token came before the connector said that it had submitted.
    CallbackArrived {
        result: TaskResult,
    },
    /// Not shown: a mocked task ends so at this instant.
    MockAwaited {
        until: Timestamp,
        result: TaskResult,
    },
    /// Not shown: the workflow was deleted, so that no other state begins.
    WorkflowDeleted,
    /// Not shown: a worker beat; silence counts from here.
    HeartbeatReceived,

    /// Not shown: somebody sent a signal, which is kept until a state takes it.
    SignalReceived {
        signal: Signal,
    },
    /// Not shown: the task that waits takes the earliest signal of this name.
    SignalTaken {
        name: Arc<str>,
    },

    /// Not shown: a Wait state waits until then.
    WaitStarted {
        until: Timestamp,
    },
    /// Not shown: the retrier at this index took an error; the work runs again then.
    /// `failure`: what it failed with, if something runs beside the graph because of it.
    RetryScheduled {
        retrier: u32,
        until: Timestamp,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        failure: Option<BranchFailure>,
    },

    /// `timeout_ms`: the limit of a graph, if it was computed.
    ParallelStateStarted {
        input: Payload,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        timeout_ms: Option<u64>,
    },
    ParallelStateSucceeded,
    ParallelStateFailed,

    /// The rule of a branch of a graph lets it run, and so does its guard.
    BranchReady {
        branch: Arc<str>,
        index: u32,
    },
    /// A branch ended without having run; `failure`: what its guard failed with, tolerated or not.
    BranchSkipped {
        branch: Arc<str>,
        index: u32,
        state: BranchState,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        failure: Option<BranchFailure>,
    },
    BranchEntered {
        branch: Arc<str>,
        index: u32,
    },
    /// Happens in the branch. `failure`: what it failed with, tolerated or not.
    BranchExited {
        branch: Arc<str>,
        index: u32,
        state: BranchState,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        failure: Option<BranchFailure>,
    },

    /// Happens in the branch, of whose work nothing has begun: it waits as if it had not been entered.
    BranchWithdrawn {
        branch: Arc<str>,
        index: u32,
    },

    /// Somebody asks something of a task that has not begun. `task`: its path; empty: of all tasks.
    BranchSteered {
        task: Arc<str>,
        order: SteerOrder,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        by: Option<Arc<str>>,
    },

    /// Somebody says how a task ended, whatever became of it. Happens in the graph that it stands in;
    /// `index`: its number there; `again`: the paths of the branches of that graph that are looked at
    /// again because of it.
    BranchMarked {
        mark: Box<Mark>,
        index: u32,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        again: Vec<Arc<str>>,
    },

    /// A graph is given up: its branches that wait are cancelled by this, teardowns aside; those
    /// that run say so themselves. `is_asked`: somebody wants the execution to end so; `by`: who, where
    /// that is known.
    GraphCancelled {
        failure: BranchFailure,
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        is_asked: bool,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        by: Option<Arc<str>>,
    },

    /// All branches of the outermost graph ended. What its branches did is undone if it
    /// `compensates`.
    GraphJudged {
        state: BranchState,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        failure: Option<BranchFailure>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        output: Option<Payload>,
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        compensates: bool,
    },
    /// Somebody wants what a closed run did to be undone; it is open again for that alone.
    CompensationAsked {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        by: Option<Arc<str>>,
    },
    /// The block that was told first begins beside the graph.
    AsideEntered {
        aside: Arc<str>,
    },
    /// Happens in the aside. `is_dropped`: what it waited for is of no use any more.
    AsideExited {
        aside: Arc<str>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        failure: Option<BranchFailure>,
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        is_dropped: bool,
    },

    /// History shows only the number of items.
    MapStateStarted {
        items: Json,
        /// The effective input, which `ItemSelector` sees as `$`.
        input: Payload,
        /// Most iterations at once.
        concurrency: u32,
    },
    /// Not shown: the items of the Map are read as they are needed; `source`: what their reader is told.
    ItemsSourced {
        source: Json,
    },
    /// Not shown: the next items of the Map; `read`: how many items of the source they are, as batches
    /// hold several; `tag`: which file it is.
    ItemsRead {
        items: Json,
        read: u64,
        is_last: bool,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        tag: Option<Arc<str>>,
    },
    /// `key`: the name of an instance of a pipeline's task.
    MapIterationStarted {
        name: Arc<str>,
        index: u32,
        input: Payload,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        key: Option<Arc<str>>,
    },
    /// Not shown: the output that the instance of this key had in an earlier generation is used.
    MapIterationKept {
        index: u32,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        key: Option<Arc<str>>,
    },
    /// `is_degraded`: whether an instance of a pipeline's task used its fallback. What earlier releases wrote does
    /// not say, and comes to what it did then.
    MapIterationSucceeded {
        name: Arc<str>,
        index: u32,
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        is_degraded: bool,
    },
    /// `failure`: what an instance of a pipeline's task failed with, whose siblings go on.
    MapIterationFailed {
        name: Arc<str>,
        index: u32,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        failure: Option<BranchFailure>,
    },
    MapIterationAborted {
        name: Arc<str>,
        index: u32,
    },
    /// Somebody says how an instance of a pipeline's task ended, which was in this state `before`. Happens
    /// in the Map.
    MapIterationMarked {
        name: Arc<str>,
        index: u32,
        before: BranchState,
        mark: Box<Mark>,
    },
    /// The run is out; the items it was started with are in the event before.
    MapRunStarted {
        run: Box<MapRun>,
    },
    /// The run of an execution that was redriven goes on.
    MapRunRedriven {
        arn: Arc<str>,
        count: u32,
    },
    MapRunSucceeded,
    MapRunFailed {
        error: Option<Arc<str>>,
        cause: Option<Arc<str>>,
    },
    MapRunAborted,
    MapStateSucceeded,
    MapStateFailed,
    MapStateAborted,
}

impl EventKind {
    /// Says whether a task goes on from here only once somebody sends a signal or its token.
    pub fn leaves_task_waiting(&self) -> bool {
        match self {
            Self::TaskScheduled { resource, .. } | Self::TaskStarted { resource, .. } => {
                resource.ends_with(":compasso:signal")
            }
            Self::TaskSubmitted { resource, .. } => resource.ends_with(".waitForTaskToken"),
            _ => false,
        }
    }

    /// Returns whether history shows the event, so that it gets a number.
    pub fn is_shown(&self) -> bool {
        !matches!(
            self,
            Self::CallbackArrived { .. }
                | Self::MockAwaited { .. }
                | Self::WorkflowDeleted
                | Self::HeartbeatReceived
                | Self::ItemsSourced { .. }
                | Self::ItemsRead { .. }
                | Self::SignalReceived { .. }
                | Self::SignalTaken { .. }
                | Self::WaitStarted { .. }
                | Self::RetryScheduled { .. }
                | Self::MapIterationKept { .. }
        )
    }
}
