//! One turn: it runs every branch of control until it waits, and collects events and effects.

use std::cell::Cell;
use std::collections::VecDeque;

use compasso_ir::{Kind, StateId};
use compasso_types::{Payload, Timestamp, limits};

use crate::inspection::Probe;
use crate::scope::Position;
use crate::{
    Effect, Event, EventId, EventKind, Execution, Moment, ScopeId, StateKind, Status, StopOrder,
    TaskId,
};

/// A turn under way. Everything that changes the execution goes through [`Turn::record`].
pub(crate) struct Turn<'a> {
    pub(crate) execution: Execution,
    /// Never earlier than the last event.
    pub(crate) now: Timestamp,
    pub(crate) has_activity: &'a dyn Fn(&str) -> bool,
    pub(crate) waits_for: &'a dyn Fn(TaskId) -> Option<String>,
    pub(crate) events: Vec<Event>,
    pub(crate) effects: Vec<Effect>,
    /// Scopes that go on by themselves, in the order they came to.
    ready: VecDeque<ScopeId>,
    pub(crate) transitions: usize,
    bytes: usize,
    /// Steps that expressions took.
    pub(crate) steps: Cell<u64>,
    /// Only in a trial.
    pub(crate) probe: Option<Probe>,
}

impl<'a> Turn<'a> {
    pub(crate) fn new(execution: Execution, moment: Moment<'a>) -> Self {
        let now = moment.now.max(execution.image.last_at);
        Self {
            execution,
            now,
            has_activity: moment.has_activity,
            waits_for: moment.waits_for,
            events: Vec::with_capacity(8),
            effects: Vec::new(),
            ready: VecDeque::new(),
            transitions: 0,
            bytes: 0,
            steps: Cell::new(0),
            probe: None,
        }
    }

    /// Makes an event of `kind`, applies it, and returns its number.
    pub(crate) fn record(&mut self, scope: ScopeId, previous: EventId, kind: EventKind) -> EventId {
        let id = if kind.is_shown() { self.execution.image.last_event + 1 } else { 0 };
        let event = Event { id, previous, at: self.now, scope, kind };
        self.execution.apply(&event);
        self.events.push(event);
        id
    }

    /// Records an event that follows from the last one of its scope.
    pub(crate) fn follow(&mut self, scope: ScopeId, kind: EventKind) -> EventId {
        let previous = self.execution.scope(scope).last;
        self.record(scope, previous, kind)
    }

    /// Notes that `scope` goes on by itself: it stands between states, or runs a graph.
    pub(crate) fn make_ready(&mut self, scope: ScopeId) {
        self.ready.push_back(scope);
    }

    /// Notes every scope that goes on by itself, after a turn that yielded.
    pub(crate) fn make_all_ready(&mut self) {
        let scopes = self.execution.image.scopes.iter();
        self.ready.extend(scopes.filter(|(_, scope)| scope.goes_on()).map(|(id, _)| *id));
    }

    /// Runs until every branch of control waits, or until the turn's limits are reached.
    pub(crate) fn run(&mut self) {
        while self.is_running()
            && let Some(scope) = self.ready.pop_front().or_else(|| self.told())
        {
            if self.is_full() {
                self.ready.push_front(scope);
                self.effects.push(Effect::Continue);
                return;
            }
            self.step(scope);
        }
    }

    /// Returns whether the turn has done as much as one may.
    pub(crate) fn is_full(&self) -> bool {
        self.transitions >= limits::TURN_TRANSITIONS_MAX
            || self.bytes >= limits::TURN_BYTES_MAX
            || self.steps.get() >= limits::TURN_STEPS_MAX
    }

    /// Runs one branch of control by one state, if it still exists.
    fn step(&mut self, scope: ScopeId) {
        let Some(found) = self.execution.image.scopes.get(&scope) else { return };
        if self.execution.is_held_up(scope) {
            return;
        }
        let (next, input) = match &found.position {
            Position::Ready { next, data } => (*next, data.clone()),
            Position::In(_) => return self.advance(scope),
            Position::Ended { .. } => return,
        };
        if self.execution.image.orphaned {
            self.abort(StopOrder::default());
            return;
        }
        if self.fail_if_full(scope) {
            return;
        }
        self.transitions += 1;
        self.bytes += input.text().len();
        self.enter(scope, next, input);
        if !self.fail_if_full(scope) {
            self.work(scope);
        }
    }

    /// Ends the execution on somebody's order.
    pub(crate) fn abort(&mut self, order: StopOrder) {
        let StopOrder { error, cause, by } = order;
        self.cancel_all_tasks();
        self.record(ScopeId(0), 0, EventKind::ExecutionAborted { error, cause, by });
    }

    /// Enters a state.
    pub(crate) fn enter(&mut self, scope: ScopeId, state: StateId, input: Payload) {
        let state = self.execution.state(state);
        let kind = kind_of(&state.kind);
        let entered = EventKind::StateEntered { state: state.name.clone(), kind, input };
        self.follow(scope, entered);
    }

    /// Fails the execution, whatever `Catch` says, if its history has room for nothing but its
    /// end. Returns whether it did.
    pub(crate) fn fail_if_full(&mut self, scope: ScopeId) -> bool {
        let most = self.execution.start().map_or(u64::MAX, |start| start.events_max);
        if self.execution.image.last_event + 1 < most {
            return false;
        }
        let origin = self.execution.scope(scope).last;
        self.cancel_all_tasks();
        let cause = format!("The execution reached the maximum number of history events ({most}).");
        let (error, cause) = (Some("States.Runtime".into()), Some(cause.into()));
        self.record(ScopeId(0), origin, EventKind::ExecutionFailed { error, cause });
        true
    }

    /// Does the work of the state that `scope` is in; again for every attempt.
    pub(crate) fn work(&mut self, scope: ScopeId) {
        let definition = self.execution.definition.clone();
        let state = definition.state(self.execution.active(scope).state);
        match &state.kind {
            Kind::Task(task) => self.schedule_task(scope, state, task),
            Kind::Pass(result) => self.pass(scope, state, result.as_ref()),
            Kind::Choice(choice) => self.choose(scope, state, choice),
            Kind::Wait(wait) => self.wait(scope, state, wait),
            Kind::Succeed => self.succeed(scope, state),
            Kind::Fail(fail) => self.fail(scope, state, fail),
            Kind::Fork(fork) => self.fork(scope, state, fork),
            Kind::Map(map) => self.map(scope, state, map),
        }
    }

    /// Follows up the end of the block that `scope` ran.
    pub(crate) fn block_ended(&mut self, scope: ScopeId, output: Payload) {
        let parent = self.execution.image.scopes.get(&scope).map(|ended| ended.parent);
        match parent {
            Some(None) => {
                self.follow(scope, EventKind::ExecutionSucceeded { output });
            }
            Some(Some(_)) if self.execution.scope(scope).is_aside => {
                let last = self.execution.scope(scope).last;
                self.aside_ended(scope, last, None);
            }
            Some(Some(parent)) if self.execution.graph(parent).is_some() => {
                self.branch_succeeded(parent, scope);
            }
            Some(Some(parent)) => self.iteration_ended(parent, scope),
            // A branch is gone as soon as it ends; its Parallel state follows it up.
            None => {}
        }
    }

    /// Returns whether the execution is still open.
    pub(crate) fn is_running(&self) -> bool {
        *self.execution.status() == Status::Running
    }

    /// Withdraws the task or map run that is out in `scope`.
    pub(crate) fn cancel_task(&mut self, scope: ScopeId) {
        let found = self.execution.scope(scope);
        if let Some(active) = found.active()
            && (found.offered().is_some() || found.map_run().is_some())
        {
            let task = TaskId { entry: active.entry, attempt: active.attempt };
            self.effects.push(Effect::CancelTask(task));
        }
    }

    /// Drops offers of tasks that were withdrawn in the same turn, so that nobody begins them.
    pub(crate) fn forget_withdrawn_offers(&mut self) {
        let withdrawn: Vec<_> = self
            .effects
            .iter()
            .filter_map(|effect| match effect {
                Effect::CancelTask(task) => Some(*task),
                Effect::OfferTask(_) | Effect::StartMapRun(_) | Effect::Continue => None,
            })
            .collect();
        if !withdrawn.is_empty() {
            self.effects.retain(|effect| match effect {
                Effect::OfferTask(offer) => !withdrawn.contains(&offer.task),
                Effect::StartMapRun(offer) => !withdrawn.contains(&offer.task),
                Effect::CancelTask(_) | Effect::Continue => true,
            });
        }
    }

    /// Withdraws every task of the execution. Map runs that are given up are events of their own.
    pub(crate) fn cancel_all_tasks(&mut self) {
        let scopes: Vec<_> = self.execution.image.scopes.keys().copied().collect();
        for scope in scopes {
            self.cancel_task(scope);
            if self.execution.scope(scope).map_run().is_some() {
                self.follow(scope, EventKind::MapRunAborted);
            }
        }
    }
}

/// Returns what history calls a state of this kind.
pub(crate) fn kind_of(kind: &Kind) -> StateKind {
    match kind {
        Kind::Task(_) => StateKind::Task,
        Kind::Pass(_) => StateKind::Pass,
        Kind::Choice(_) => StateKind::Choice,
        Kind::Wait(_) => StateKind::Wait,
        Kind::Succeed => StateKind::Succeed,
        Kind::Fail(_) => StateKind::Fail,
        Kind::Fork(_) => StateKind::Parallel,
        Kind::Map(_) => StateKind::Map,
    }
}
