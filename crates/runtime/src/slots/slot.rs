//! One execution in memory.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use compasso_engine::{Closed, Event, Execution, Status};
use compasso_ir::{Definition, ExecutionType};
use compasso_store::{Execution as Row, ExecutionKey, JournalEntry, Redriven, Revision};
use compasso_types::Timestamp;

use super::Act;
use crate::express::Express;
use crate::images::Kept;
use crate::message::{Ask, Message};
use crate::{Description, News, StartRecord, limits};

/// What is known of an execution; durable, but for Express.
#[derive(Clone)]
pub(crate) enum Known {
    /// Nothing: it may be stored or not.
    Unread,
    /// There is none.
    Absent,
    /// Read from the store.
    Stored(Arc<Stored>),
    /// Ready for the engine.
    Live(Arc<Live>),
    /// Runs in memory only.
    Express(Arc<Express>),
}

/// An execution as it was read.
pub(crate) struct Stored {
    pub(crate) row: Row,
    /// What an open one needs to go on.
    pub(crate) open: Option<Open>,
}

/// What an open execution needs to go on, beside its row.
pub(crate) struct Open {
    pub(crate) record: Arc<StartRecord>,
    pub(crate) definition: Arc<Definition>,
    /// The turns that the image of the row does not hold.
    pub(crate) tail: Vec<JournalEntry>,
}

/// An execution after its last durable turn.
pub(crate) struct Live {
    pub(crate) execution: Execution,
    pub(crate) revision: Revision,
    pub(crate) record: Arc<StartRecord>,
    pub(crate) started: Timestamp,
    pub(crate) stopped: Option<Timestamp>,
    pub(crate) quarantined: bool,
    /// What is stored of it.
    pub(crate) kept: Kept,
    /// About how much memory it takes.
    pub(crate) bytes: usize,
}

impl Live {
    pub(crate) fn closed(&self) -> Option<&Closed> {
        match self.execution.status() {
            Status::Running => None,
            Status::Closed(closed) => Some(closed),
        }
    }

    pub(crate) fn redriven(&self) -> Option<Redriven> {
        let redrive = self.execution.redriven()?;
        Some(Redriven { count: redrive.count, at: redrive.at })
    }

    /// Wraps what a turn brought.
    pub(crate) fn news(&self, events: Vec<Event>) -> News {
        let (record, kind) = (self.record.clone(), ExecutionType::Standard);
        let redrive = self.execution.redriven().cloned();
        News { record, kind, started: self.started, redrive, events }
    }

    pub(crate) fn describe(&self) -> Description {
        Description {
            record: StartRecord::clone(&self.record),
            started: self.started,
            stopped: self.stopped,
            last_event: self.closed().map(|_| self.execution.last_event()),
            closed: self.closed().cloned(),
            redriven: self.redriven(),
            quarantined: self.quarantined,
        }
    }
}

/// What a turn works with.
pub(crate) struct Work {
    pub(crate) key: ExecutionKey,
    pub(crate) known: Known,
    pub(crate) messages: Vec<Message>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Phase {
    /// Nobody works on it.
    Idle,
    /// In the line for a turn.
    Ready,
    /// Being read from the store.
    Loading,
    /// In a turn, or its turn is being committed.
    Busy,
}

pub(super) struct Slot {
    pub(super) known: Known,
    pub(super) phase: Phase,
    pub(super) inbox: VecDeque<Message>,
    /// Work the store refused, to be tried again later.
    pub(super) deferred: Vec<Message>,
    /// Whether to take one message a turn, to find the one that fails.
    pub(super) single: bool,
    pub(super) panics: u32,
    pub(super) retries: u32,
    /// Whether it was used since the cache last looked.
    pub(super) used: bool,
    /// Bytes counted in the cache; `None` if it is not in it.
    pub(super) cached: Option<usize>,
}

impl Slot {
    pub(super) fn new() -> Self {
        Self {
            known: Known::Unread,
            phase: Phase::Idle,
            inbox: VecDeque::new(),
            deferred: Vec::new(),
            single: false,
            panics: 0,
            retries: 0,
            used: true,
            cached: None,
        }
    }

    /// Says what an idle execution needs, and marks that it is on its way.
    pub(super) fn next(&mut self) -> Act {
        let Some(first) = self.inbox.front().filter(|_| self.phase == Phase::Idle) else {
            return Act::Nothing;
        };
        // A start writes without reading: the store says if the name is taken.
        if matches!(self.known, Known::Unread) && !matches!(first.ask, Ask::Start(_)) {
            self.phase = Phase::Loading;
            return Act::Load;
        }
        self.phase = Phase::Ready;
        Act::Turn
    }

    pub(super) fn take(&mut self) -> Vec<Message> {
        let most = if self.single { 1 } else { limits::TURN_INPUTS_MAX };
        let count = self.inbox.len().min(most);
        self.inbox.drain(..count).collect()
    }

    pub(super) fn put_back(&mut self, messages: Vec<Message>) {
        for message in messages.into_iter().rev() {
            self.inbox.push_front(message);
        }
    }

    pub(super) fn has_wake(&self) -> bool {
        self.inbox.iter().any(|message| matches!(message.ask, Ask::Wake))
    }

    /// Counts a failed try and returns the pause before the next.
    pub(super) fn pause(&mut self) -> Duration {
        let pause = limits::RETRY_FIRST.saturating_mul(1 << self.retries.min(16));
        self.retries += 1;
        pause.min(limits::RETRY_LONGEST)
    }

    /// Says if nothing is lost when it is forgotten.
    pub(super) fn is_spent(&self) -> bool {
        let worthless = match &self.known {
            Known::Unread | Known::Absent | Known::Stored(_) => true,
            Known::Live(live) => live.closed().is_some(),
            Known::Express(_) => false,
        };
        worthless && self.is_idle()
    }

    pub(super) fn is_idle(&self) -> bool {
        self.phase == Phase::Idle && self.inbox.is_empty() && self.deferred.is_empty()
    }
}
