//! Work owed to the outside. Every effect is safe to carry out twice.

use std::sync::Arc;
use std::time::Duration;

use compasso_ir::{Definition, ExecutionType, Resource};
use compasso_types::{Json, Payload, Timestamp};
use serde::{Deserialize, Serialize};

use crate::{EventId, ItemSelector, MapRun, Start};

/// One attempt of a state's work; a result is accepted only with the attempt's own id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct TaskId {
    /// The event that entered the state.
    pub entry: EventId,
    /// Which attempt, from 0.
    pub attempt: u32,
}

/// An order to the runtime. Timers are no effects: see [`crate::Execution::next_wake`].
#[derive(Clone, Debug)]
pub enum Effect {
    /// Carry out a task, or offer it to workers.
    OfferTask(Box<Offer>),
    /// Run a distributed Map, or go on with it.
    StartMapRun(Box<MapRunOffer>),
    /// The task or map run is no longer wanted.
    CancelTask(TaskId),
    /// The turn reached its limit: give [`crate::Input::Continue`].
    Continue,
}

/// A task on offer.
#[derive(Clone, Debug)]
pub struct Offer {
    /// Which attempt of which entry.
    pub task: TaskId,
    /// The state's name.
    pub state: Arc<str>,
    /// The same with the keys of the instances that it is in, `group[key].task[key]`; none if it is in none.
    pub instance: Option<Arc<str>>,
    /// What is called.
    pub resource: Resource,
    /// Evaluated parameters: the call's payload.
    pub parameters: Payload,
    /// Evaluated `Credentials`.
    pub credentials: Option<Json>,
    /// What it waits for before it starts; whoever takes it says [`crate::Input::ActivityStarted`].
    pub placement: Option<Json>,
    /// Whether somebody took it before it was offered again.
    pub is_started: bool,
    /// The worker that took it then.
    pub started_by: Option<Arc<str>>,
    /// Limit of the attempt.
    pub timeout: Option<Duration>,
    /// Longest silence.
    pub heartbeat: Option<Duration>,
    /// Largest result, in bytes.
    pub result_bytes_max: usize,
    /// What an earlier delivery reported as its submission; the connector then only waits for the
    /// end of what that started. Empty for tasks that end by token.
    pub submitted: Option<Payload>,
    /// The rules that its run goes by: see [`crate::Start::rules`].
    pub rules: u32,
}

/// A map run on offer.
#[derive(Clone, Debug)]
pub struct MapRunOffer {
    /// Which attempt of which entry.
    pub task: TaskId,
    /// The state's name.
    pub state: Arc<str>,
    /// What is asked.
    pub run: MapRun,
    /// The items, an array or an object, unless a reader finds them.
    pub items: Option<Json>,
    /// What children run.
    pub child: ChildWorkflow,
    /// Makes the input of an item.
    pub selector: ItemSelector,
    /// When it began.
    pub started: Timestamp,
    /// How often it was redriven: its children that did not succeed are to go on or to begin anew.
    pub redrives: u32,
}

/// What the child executions of a map run are executions of.
#[derive(Clone, Debug)]
pub struct ChildWorkflow {
    /// Their definition.
    pub definition: Arc<Definition>,
    /// `ProcessorConfig.ExecutionType`.
    pub execution_type: ExecutionType,
    /// What each of them starts with, but for its name, its ARN and its input.
    pub start: Start,
}
