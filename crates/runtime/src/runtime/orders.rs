//! What the runtime is asked, and what it answers.

use std::sync::Arc;

use compasso_engine::{Closed, Start};
use compasso_ir::Definition;
use compasso_store::Attributes;
use compasso_types::{Payload, Timestamp};

use crate::{DefinitionRef, HistoryLog, MapRunChild};

/// A new execution.
#[derive(Clone, Debug)]
pub struct StartOrder {
    /// What the engine starts with; its seed is drawn by the runtime.
    pub start: Start,
    /// The definition's name, to load it again.
    pub definition: DefinitionRef,
    /// The compiled definition.
    pub compiled: Arc<Definition>,
    /// Lists it, as [`compasso_store::ExecutionFilter::workflow`] has it.
    pub listing: Arc<str>,
    /// What the caller was let in with, such as `token:ci`; absent if that takes nothing. Those who start much make
    /// room for others by it.
    pub caller: Option<Arc<str>>,
    /// The caller's trace header.
    pub trace_header: Option<Arc<str>>,
    /// The token of the parent's task that waits for the end.
    pub parent: Option<Arc<str>>,
    /// Where its history is logged, if it is.
    pub log: Option<HistoryLog>,
    /// The map run it is a child of.
    pub map_run: Option<MapRunChild>,
    /// What it is searched by, if its history is kept.
    pub attributes: Attributes,
}

impl StartOrder {
    /// Says whether the execution belongs to one that runs: that goes on, so its children pass.
    pub(crate) fn is_child(&self) -> bool {
        self.parent.is_some() || self.map_run.is_some()
    }
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

/// How much is in memory and under way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Load {
    /// Executions in memory.
    pub executions: usize,
    /// Inputs that wait or are being decided or committed.
    pub inputs: usize,
    /// Tasks that run or wait for room to run.
    pub tasks: usize,
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
}
