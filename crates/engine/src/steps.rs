//! What became of the states of an execution, for people who look at it: a fold over its events.
//!
//! A [`Step`] stands for a state of the definition, however often it was entered: by a loop, or by
//! the iterations of a Map. Start with [`Steps::apply`]. **Invariant:** applying the trailing events
//! that history does not show once more changes nothing, so a reader can go on from the last number
//! it has seen.

mod child;
mod iterations;
mod nesting;
mod place;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use compasso_types::Timestamp;

pub use self::child::started_by;
pub use self::iterations::Iterations;
use self::nesting::Nesting;
use self::place::Place;
use crate::{Event, EventId, EventKind, ScopeId, StateKind};

/// What became of an entry of a state, the worst first: a state that was entered several times
/// shows the first of these that holds for any entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum StepStatus {
    /// Ended by an error that nothing in the state caught.
    Failed,
    /// Ended by its time limit, or its worker fell silent.
    TimedOut,
    /// At work.
    Running,
    /// Between two attempts.
    Retrying,
    /// A timer runs, a task token is out, or a signal is to come.
    Waiting,
    /// A task that nobody has taken yet.
    Queued,
    /// Given up because something else ended it.
    Aborted,
    /// Failed, and went on by `Catch`.
    Caught,
    /// Left as planned.
    Succeeded,
}

impl StepStatus {
    /// Every status, the worst first.
    pub const ALL: [Self; 9] = [
        Self::Failed,
        Self::TimedOut,
        Self::Running,
        Self::Retrying,
        Self::Waiting,
        Self::Queued,
        Self::Aborted,
        Self::Caught,
        Self::Succeeded,
    ];

    /// Says whether an entry has come to its end, though a redrive may take it up again.
    pub fn is_over(self) -> bool {
        match self {
            Self::Failed | Self::TimedOut | Self::Aborted | Self::Caught | Self::Succeeded => true,
            Self::Running | Self::Retrying | Self::Waiting | Self::Queued => false,
        }
    }
}

/// A state of the definition that was entered.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    /// Its kind.
    pub kind: StateKind,
    /// How many entries have each status; none is zero.
    pub counts: BTreeMap<StepStatus, u32>,
    /// When it was entered first.
    pub entered: Timestamp,
    /// When an entry ended last.
    pub left: Option<Timestamp>,
    /// How often the latest entry tried its task.
    pub attempts: u32,
    /// When the latest entry goes on, if it waits for an instant.
    pub until: Option<Timestamp>,
    /// The last error.
    pub error: Option<Arc<str>>,
    /// What the last error says about itself.
    pub cause: Option<Arc<str>>,
    /// The states that followed, by `Next`, a choice or `Catch`.
    pub followers: BTreeSet<Arc<str>>,
    /// The iterations of an inline Map.
    pub iterations: Iterations,
    /// The map run of a distributed Map.
    pub map_run: Option<Arc<str>>,
    /// The execution that its task started last.
    pub child: Option<Arc<str>>,
    /// The latest `…StateEntered`.
    pub entry_event: EventId,
    /// The latest `…StateExited`.
    pub exit_event: Option<EventId>,
    /// The latest event that changed it.
    pub changed: EventId,
}

impl Step {
    /// Returns the worst status of its entries; none if a redrive is to enter it anew.
    pub fn status(&self) -> Option<StepStatus> {
        self.counts.keys().next().copied()
    }
}

/// The paths of branches, and of the branches that instances are of.
#[derive(Clone, Debug, Default)]
struct Branches {
    /// Of those that run, by their blocks.
    running: BTreeMap<ScopeId, Block>,
    /// Of those that are about to, by the event that began them.
    begun: BTreeMap<EventId, Block>,
}

/// What a block is at work for.
#[derive(Clone, Debug)]
struct Block {
    /// The path of the branch.
    path: Arc<str>,
    /// The place of the instance, if it is one.
    instance: Option<u32>,
}

/// All states that were entered.
#[derive(Clone, Debug, Default)]
pub struct Steps {
    by_state: BTreeMap<Arc<str>, Step>,
    /// Where each scope is, or where it failed.
    places: BTreeMap<ScopeId, Place>,
    nesting: Nesting,
    /// Branches of graphs that ended with an error; a redrive enters them anew.
    failed: BTreeSet<ScopeId>,
    branches: Box<Branches>,
    last_event: EventId,
}

impl Steps {
    /// Returns every state that was entered, by its name.
    pub fn by_state(&self) -> &BTreeMap<Arc<str>, Step> {
        &self.by_state
    }

    /// Returns the number of the last event that was applied.
    pub fn last_event(&self) -> EventId {
        self.last_event
    }

    /// Folds an event. Events come in order.
    pub fn apply(&mut self, event: &Event) {
        self.last_event = self.last_event.max(event.id);
        let scope = event.scope;
        self.count_iterations(event);
        match &event.kind {
            EventKind::StateEntered { state, kind, .. } => self.enter(event, state, *kind),
            EventKind::StateExited { next, .. } => self.exit(event, next.as_ref()),
            EventKind::ParallelStateStarted { .. }
            | EventKind::MapIterationStarted { .. }
            | EventKind::BranchEntered { .. }
            | EventKind::AsideEntered { .. } => {
                self.begin_block(event);
                self.nesting.begin(event.id, scope);
                self.note_last(event);
            }
            EventKind::ExecutionFailed { error, cause } => {
                self.settle(None, event, error.as_ref(), cause.as_ref());
            }
            EventKind::ExecutionAborted { .. } | EventKind::ExecutionTimedOut { .. } => {
                self.abort_all(event);
            }
            EventKind::ExecutionRedriven { rerun, .. } => self.redrive(event, rerun.as_deref()),
            EventKind::ParallelStateFailed | EventKind::MapStateFailed => {
                self.settle(Some(scope), event, None, None);
                self.note_last(event);
            }
            EventKind::MapIterationSucceeded { .. } => {
                self.end_block(event);
                self.nesting.leave(scope);
                self.branches.running.remove(&scope);
            }
            EventKind::MapIterationAborted { .. } => {
                self.branches.running.remove(&scope);
            }
            EventKind::BranchWithdrawn { .. } => {
                self.end_block(event);
                self.drop_blocks(vec![scope]);
            }
            EventKind::BranchReady { .. }
            | EventKind::BranchSkipped { .. }
            | EventKind::BranchSteered { .. }
            | EventKind::CompensationAsked { .. }
            | EventKind::GraphJudged { .. }
            | EventKind::GraphCancelled { .. } => self.note_last(event),
            EventKind::BranchMarked { mark, again, .. } => self.mark(event, &mark.task, again),
            EventKind::MapIterationMarked { index, .. } => self.mark_instance(event, *index),
            EventKind::AsideExited { is_dropped: true, .. } => {
                self.give_up(event);
                self.end_branch(event, None);
            }
            EventKind::BranchExited { failure, .. }
            | EventKind::AsideExited { failure, .. }
            | EventKind::MapIterationFailed { failure: failure @ Some(_), .. } => {
                self.end_branch(event, failure.as_ref());
            }
            EventKind::RetryScheduled { until, .. } => {
                self.forget_inside(scope);
                self.go_on(event, StepStatus::Retrying, Some(*until));
            }
            EventKind::WaitStarted { until } => {
                self.go_on(event, StepStatus::Waiting, Some(*until));
            }
            _ => self.apply_work(event),
        }
    }

    /// Folds an event of the work in a state.
    fn apply_work(&mut self, event: &Event) {
        match &event.kind {
            EventKind::TaskScheduled { .. } => {
                self.change(event, |_, step| step.attempts += 1);
                let waits = event.kind.leaves_task_waiting();
                let status = if waits { StepStatus::Waiting } else { StepStatus::Queued };
                self.go_on(event, status, None);
            }
            kind if kind.leaves_task_waiting() => {
                self.go_on(event, StepStatus::Waiting, None);
            }
            EventKind::TaskSubmitted { resource, output } => {
                self.note_child(event, resource, output);
                self.go_on(event, StepStatus::Running, None);
            }
            EventKind::TaskStarted { .. }
            | EventKind::MapStateStarted { .. }
            | EventKind::MapRunRedriven { .. }
            | EventKind::MapRunSucceeded => self.go_on(event, StepStatus::Running, None),
            EventKind::TaskSucceeded { resource, output } => {
                self.note_child(event, resource, output);
                self.change(event, |place, _| place.has_failed = None);
                self.go_on(event, StepStatus::Running, None);
            }
            EventKind::ParallelStateSucceeded | EventKind::MapStateSucceeded => {
                self.change(event, |place, _| place.has_failed = None);
                self.go_on(event, StepStatus::Running, None);
            }
            EventKind::MapRunStarted { run } => {
                self.change(event, |_, step| step.map_run = Some(run.arn.clone()));
                self.go_on(event, StepStatus::Running, None);
            }
            EventKind::TaskFailed { error, cause, .. }
            | EventKind::MapRunFailed { error, cause } => {
                self.fail(event, StepStatus::Failed, error.as_ref(), cause.as_ref());
            }
            EventKind::EvaluationFailed { error, cause, .. } => {
                self.fail(event, StepStatus::Failed, Some(error), Some(cause));
            }
            EventKind::TaskTimedOut { error, cause, .. } => {
                self.fail(event, StepStatus::TimedOut, error.as_ref(), cause.as_ref());
            }
            EventKind::TaskStateAborted | EventKind::MapStateAborted => {
                self.give_up(event);
            }
            _ => {}
        }
    }
}
