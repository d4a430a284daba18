//! Where an execution stands: one scope per running block.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use compasso_ir::{PAST_OVER, PAST_PAUSE, StateId};
use compasso_types::{Json, Payload, Timestamp};
use serde::{Deserialize, Serialize};

use crate::each::{Earlier, Instances, Items, Source};
use crate::graph::GraphWork;
use crate::outputs::Outputs;
use crate::{EventId, MapRun, Placed, ScopeId, TaskResult};

/// A running block.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Scope {
    /// The scope whose Fork or Map state started this one; none for the root.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) parent: Option<ScopeId>,
    /// Number of the branch or iteration.
    pub(crate) index: u32,
    /// Whether it runs beside the branches of the graph that its parent runs.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) is_aside: bool,
    /// The last event of this branch of control.
    pub(crate) last: EventId,
    /// Variables of this block.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) variables: BTreeMap<Arc<str>, Json>,
    /// Where it stands.
    pub(crate) position: Position,
}

/// Where a scope stands.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) enum Position {
    /// Between states.
    Ready { next: StateId, data: Payload },
    /// In a state.
    In(Box<Active>),
    /// The block is over.
    Ended { output: Payload },
}

/// A state that was entered and not yet left.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Active {
    pub(crate) state: StateId,
    /// The event that entered it.
    pub(crate) entry: EventId,
    /// What that event followed from.
    pub(crate) before: EventId,
    pub(crate) entered: Timestamp,
    /// The raw input.
    pub(crate) input: Payload,
    /// Retries so far, by retrier.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) retries: Vec<u32>,
    /// Which attempt of the work this is, from 0.
    pub(crate) attempt: u32,
    /// The attempt that the last redrive began with: retries count from there.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub(crate) first_attempt: u32,
    pub(crate) work: Work,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes references")]
fn is_zero(attempt: &u32) -> bool {
    *attempt == 0
}

/// What a state is about.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) enum Work {
    /// Nothing that outlasts the turn.
    Entered,
    /// Waits.
    Waiting { until: Timestamp },
    /// Waits to run its work again.
    Backoff { until: Timestamp },
    /// A task is out.
    Task(Box<TaskWork>),
    /// Branches run; `outputs` by branch.
    Fork { outputs: Outputs },
    /// Branches of a graph run, or wait for others.
    Graph(Box<GraphWork>),
    /// Iterations run.
    Map(Box<MapWork>),
    /// A map run is out.
    MapRun(Box<MapRunWork>),
}

/// A task that is out.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct TaskWork {
    pub(crate) parameters: Payload,
    pub(crate) credentials: Option<Json>,
    pub(crate) timeout_seconds: Option<u64>,
    pub(crate) heartbeat_seconds: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) placed: Option<Box<Placed>>,
    pub(crate) phase: Phase,
    /// The worker that has it, if it is one with a placement.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) worker: Option<Arc<str>>,
    /// When the attempt times out, counted from its start; before that, when its wait for it does.
    pub(crate) deadline: Option<Timestamp>,
    /// When silence times out; counted from the start or the last heartbeat.
    pub(crate) silence: Option<Timestamp>,
    /// What the connector said when it had submitted, if it is the one that waits (`.sync`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) submission: Option<Payload>,
    /// A report by token that came before the connector said it had submitted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) early: Option<TaskResult>,
    /// How its mock ends, and when.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) mocked: Option<(Timestamp, TaskResult)>,
}

/// How far a task is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Phase {
    /// Waits for a worker.
    Scheduled,
    /// A worker or connector has it.
    Started,
    /// The connector handed it over.
    Submitted,
}

/// Iterations of a Map state.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct MapWork {
    /// An array.
    pub(crate) items: Items,
    /// The effective input.
    pub(crate) input: Payload,
    /// Most iterations at once.
    pub(crate) concurrency: u32,
    /// The next item to start.
    pub(crate) next: u32,
    /// Iterations under way.
    pub(crate) running: u32,
    /// Outputs by item.
    pub(crate) outputs: Outputs,
    /// Where its items are read, if that is done as they are needed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) source: Option<Box<Source>>,
    /// Of a pipeline's `each`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) instances: Option<Box<Instances>>,
    /// Instances that ended well in an earlier generation of the run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) earlier: Option<Arc<Earlier>>,
}

/// A map run that is out.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct MapRunWork {
    pub(crate) run: MapRun,
    /// An array or an object; empty if a reader finds the items.
    pub(crate) items: Json,
    /// The effective input.
    pub(crate) input: Payload,
    pub(crate) started: Timestamp,
    /// Whether it failed, and only its state is still to follow that up.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) has_failed: bool,
    /// How often the run was redriven.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub(crate) redrives: u32,
}

impl MapWork {
    pub(crate) fn item(&self, index: u32) -> Option<Json> {
        self.items.get(index)
    }
}

impl Scope {
    /// Returns whether it waits for the run before: nothing of its work has begun.
    pub(crate) fn waits_for_past(&self) -> bool {
        let is_over = self.variables.get(PAST_OVER).and_then(Json::as_bool) == Some(true);
        self.variables.contains_key(PAST_PAUSE) && !is_over
    }

    pub(crate) fn new(
        parent: Option<ScopeId>,
        index: u32,
        last: EventId,
        position: Position,
    ) -> Self {
        Self { parent, index, is_aside: false, last, variables: BTreeMap::new(), position }
    }

    /// Returns the state it is in.
    pub(crate) fn active(&self) -> Option<&Active> {
        match &self.position {
            Position::In(active) => Some(active),
            Position::Ready { .. } | Position::Ended { .. } => None,
        }
    }

    /// Returns the task that is out.
    pub(crate) fn task(&self) -> Option<&TaskWork> {
        match &self.active()?.work {
            Work::Task(task) => Some(task),
            _ => None,
        }
    }

    /// Returns the task that is out, be it what a graph holds.
    pub(crate) fn offered(&self) -> Option<&TaskWork> {
        match &self.active()?.work {
            Work::Graph(graph) => graph.hold.as_deref(),
            _ => self.task(),
        }
    }

    /// Returns the graph that it runs.
    pub(crate) fn graph_mut(&mut self) -> Option<&mut GraphWork> {
        match &mut self.position {
            Position::In(active) => match &mut active.work {
                Work::Graph(work) => Some(work),
                _ => None,
            },
            Position::Ready { .. } | Position::Ended { .. } => None,
        }
    }

    /// Returns the iterations that it runs.
    pub(crate) fn map(&self) -> Option<&MapWork> {
        match &self.active()?.work {
            Work::Map(work) => Some(work),
            _ => None,
        }
    }

    /// Returns the iterations that it runs, to be changed.
    pub(crate) fn map_mut(&mut self) -> Option<&mut MapWork> {
        match &mut self.position {
            Position::In(active) => match &mut active.work {
                Work::Map(work) => Some(work),
                _ => None,
            },
            Position::Ready { .. } | Position::Ended { .. } => None,
        }
    }

    /// Returns the map run that is out.
    pub(crate) fn map_run(&self) -> Option<&MapRunWork> {
        match &self.active()?.work {
            Work::MapRun(run) if !run.has_failed => Some(run),
            _ => None,
        }
    }

    /// Returns whether it goes on by itself.
    pub(crate) fn goes_on(&self) -> bool {
        match &self.position {
            Position::Ready { .. } => true,
            Position::In(active) => matches!(&active.work, Work::Graph(work) if work.owes()),
            Position::Ended { .. } => false,
        }
    }

    /// Returns when time must move it at the latest.
    pub(crate) fn due(&self) -> Option<Timestamp> {
        match &self.active()?.work {
            Work::Waiting { until } | Work::Backoff { until } => Some(*until),
            Work::Task(task) => task.due(),
            Work::Graph(graph) => [graph.due(), graph.hold_due()].into_iter().flatten().min(),
            Work::Entered | Work::Fork { .. } | Work::Map(_) | Work::MapRun(_) => None,
        }
    }
}

impl TaskWork {
    /// Returns the earliest instant at which something happens by itself.
    pub(crate) fn due(&self) -> Option<Timestamp> {
        let mocked = self.mocked.as_ref().map(|(at, _)| *at);
        self.limit().into_iter().chain(mocked).min()
    }

    /// Returns how its mock ends, if it has by `now` and before it is late.
    pub(crate) fn mocked_by(&self, now: Timestamp) -> Option<&TaskResult> {
        let (at, result) = self.mocked.as_ref()?;
        (*at <= now && self.limit().is_none_or(|limit| *at <= limit)).then_some(result)
    }

    /// Returns the earlier of both time limits.
    fn limit(&self) -> Option<Timestamp> {
        let ends_at = self.placed.as_ref().and_then(|placed| placed.ends_at);
        [self.deadline, self.silence, ends_at].into_iter().flatten().min()
    }

    /// Starts both clocks.
    pub(crate) fn start_clocks(&mut self, at: Timestamp) {
        self.deadline = self.timeout().map(|limit| at.after(limit));
        self.restart_silence(at);
    }

    /// Counts silence from `at`.
    pub(crate) fn restart_silence(&mut self, at: Timestamp) {
        self.silence = self.heartbeat().map(|limit| at.after(limit));
    }

    /// Starts the clock of the wait for its start.
    pub(crate) fn start_queueing(&mut self, at: Timestamp) {
        let limit = self.placed.as_ref().and_then(|placed| placed.queue_timeout_ms);
        self.deadline = limit.map(|ms| at.after(Duration::from_millis(ms)));
    }

    /// Returns the limit of the attempt.
    pub(crate) fn timeout(&self) -> Option<Duration> {
        let placed = self.placed.as_ref().and_then(|placed| placed.timeout_ms);
        placed.map(Duration::from_millis).or(self.timeout_seconds.map(Duration::from_secs))
    }

    /// Returns the longest silence.
    pub(crate) fn heartbeat(&self) -> Option<Duration> {
        let placed = self.placed.as_ref().and_then(|placed| placed.heartbeat_ms);
        placed.map(Duration::from_millis).or(self.heartbeat_seconds.map(Duration::from_secs))
    }
}
