//! Undoing by hand what a closed run did: those of its compensations that have not succeeded.
//!
//! The execution is open again for that alone. A run whose end was judged ends as it did; one that
//! was stopped before is given up first, at once and without its teardowns, as nothing is to run but
//! what undoes it.

use std::collections::BTreeSet;
use std::sync::Arc;

use compasso_ir::Kind;

use super::beside::Beside;
use super::record::BranchFailure;
use super::rules::BranchState;
use super::tell::ROOT;
use super::work::Cancelled;
use crate::decide::Rejected;
use crate::scope::{Scope, Work};
use crate::turn::Turn;
use crate::{Closed, Event, EventKind, Execution, ScopeId, Status, StopOrder};

/// What a stopped run is given up with, unless whoever stopped it said something else.
const CANCELLED: &str = "Cancelled";

/// Why a run cannot be undone; nothing happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NotUndoable {
    /// It is open.
    #[error("execution is running")]
    Running,
    /// It has no saga.
    #[error("execution has nothing that undoes it")]
    NoSaga,
    /// It did nothing that can be undone, or all of it was.
    #[error("there is nothing to undo")]
    Nothing,
    /// Its history has no room.
    #[error("history is full")]
    HistoryFull,
}

impl Execution {
    /// Keeps the outermost graph of a run that succeeds, if it did what can be undone.
    pub(crate) fn keep_undoable(&mut self, event: &Event) {
        if event.scope == ROOT && self.has_saga() && self.has_done() {
            self.image.undoable = Some(Box::new(self.scope(ROOT).clone()));
        }
    }

    /// Opens a closed run, so that what it did is undone.
    pub(crate) fn reopen_to_undo(&mut self, event: &Event) {
        self.image.status = Status::Running;
        if let Some(kept) = self.image.undoable.take() {
            self.image.scopes.insert(ROOT, Arc::new(*kept));
        }
        self.drop_asides();
        self.scope_mut(ROOT).last = event.id;
        let Some(beside) = self.beside_mut() else { return };
        let timers = beside.reopen_to_undo();
        for timer in timers {
            self.remove_block(timer);
        }
        if self.outcome().is_some() {
            self.begin_compensation();
        }
    }

    /// Returns the names of what the run did that can be undone and was not: `task`, `group/task/key`.
    pub fn left_to_undo(&self) -> BTreeSet<Arc<str>> {
        // A run that succeeded has no scopes any more; what it did is kept apart.
        let kept = self.image.undoable.as_deref().and_then(beside_of);
        let done = kept.or_else(|| self.beside()).into_iter().flat_map(|beside| &beside.done);
        done.map(|done| done.key.clone()).collect()
    }

    /// Returns what holds against undoing the run.
    fn check_undoable(&self) -> Result<(), NotUndoable> {
        if self.image.status == Status::Running {
            return Err(NotUndoable::Running);
        }
        // What asks for it is an event, and the end must follow.
        let most = self.start().map_or(u64::MAX, |start| start.events_max);
        if self.image.last_event + 2 >= most {
            return Err(NotUndoable::HistoryFull);
        }
        if self.image.undoable.is_some() {
            return Ok(());
        }
        if !self.has_saga() {
            return Err(NotUndoable::NoSaga);
        }
        let is_unsure = self.outcome().is_none() && self.is_unsure();
        if self.has_done() || is_unsure { Ok(()) } else { Err(NotUndoable::Nothing) }
    }

    fn has_saga(&self) -> bool {
        let active = self.image.scopes.get(&ROOT).and_then(|scope| scope.active());
        active.is_some_and(|active| match &self.state(active.state).kind {
            Kind::Fork(fork) => fork.as_graph().is_some_and(|graph| graph.saga.is_some()),
            _ => false,
        })
    }

    fn has_done(&self) -> bool {
        self.beside().is_some_and(|beside| !beside.done.is_empty())
    }

    /// Returns whether a task was under way that can be undone.
    fn is_unsure(&self) -> bool {
        let tasks = self.image.scopes.iter().filter(|(_, scope)| scope.task().is_some());
        tasks
            .filter_map(|(scope, _)| self.owner(*scope))
            .any(|place| self.fork_of(place.graph).branches[place.branch as usize].undo.is_some())
    }
}

/// Returns what is beside the graph that a scope runs.
fn beside_of(scope: &Scope) -> Option<&Beside> {
    match &scope.active()?.work {
        Work::Graph(work) => work.beside.as_deref(),
        _ => None,
    }
}

impl Turn<'_> {
    /// Undoes what a closed run did, on somebody's order.
    pub(crate) fn compensate(&mut self, by: Option<Arc<str>>) -> Result<(), Rejected> {
        self.execution.check_undoable().map_err(Rejected::NotUndoable)?;
        self.execution.forget();
        let order = match self.execution.status() {
            Status::Closed(Closed::Aborted { error, cause, by }) => {
                StopOrder { error: error.clone(), cause: cause.clone(), by: by.clone() }
            }
            _ => StopOrder::default(),
        };
        let previous = self.execution.last_event();
        self.record(ROOT, previous, EventKind::CompensationAsked { by });
        if self.execution.outcome().is_none() {
            let StopOrder { error, cause, by } = order;
            let name = error.unwrap_or_else(|| CANCELLED.into());
            let failure = BranchFailure { name, cause: cause.unwrap_or_default() };
            self.give_up(Cancelled { failure, is_asked: true, by });
        }
        self.make_ready(ROOT);
        Ok(())
    }

    /// Ends all branches of the outermost graph at once, those that clean up as well.
    fn give_up(&mut self, cancelled: Cancelled) {
        let Some(work) = self.execution.graph(ROOT) else { return };
        let running: Vec<(u32, ScopeId)> =
            work.running.iter().map(|(branch, run)| (*branch, run.scope)).collect();
        let Cancelled { failure, by, .. } = work.cancelled.clone().unwrap_or(cancelled);
        let event = EventKind::GraphCancelled { failure: failure.clone(), is_asked: true, by };
        self.follow(ROOT, event);
        for (branch, block) in running {
            self.cancel_branch(ROOT, branch, block, &failure);
        }
        let branches = self.execution.fork_of(ROOT).branches.iter();
        let ids: Vec<_> = (0..).zip(branches.map(|branch| branch.id.clone())).collect();
        for (index, branch) in ids {
            let state = self.execution.graph(ROOT).map(|work| work.slots.get(index).state);
            if state.is_some_and(|state| !state.is_final()) {
                let (state, failure) = (BranchState::Cancelled, Some(failure.clone()));
                self.follow(ROOT, EventKind::BranchSkipped { branch, index, state, failure });
            }
        }
    }
}
