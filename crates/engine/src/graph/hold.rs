//! What a graph holds while it runs, such as a mutex: a task that is out from before its first branch
//! begins until it ends.
//!
//! The task is offered like any other, as an attempt of the graph's own state. Whoever takes it says so,
//! and keeps it until it is cancelled. A graph that goes on after its end waits for it anew. **Invariant:**
//! nothing inside a graph goes on while that waits for what it is to hold.

use compasso_ir::{Field, Fork, Kind, Task};
use compasso_types::{Payload, Timestamp};

use super::work::GraphWork;
use crate::context::Scene;
use crate::decide::Rejected;
use crate::problem::Problem;
use crate::scope::{Phase, TaskWork, Work};
use crate::turn::Turn;
use crate::{Event, EventKind, Execution, Placed, ScopeId, TaskResult};

impl GraphWork {
    /// Lets its branches, and its limit, wait for what it is to hold.
    pub(crate) fn wait_for_hold(&mut self, hold: Box<TaskWork>) {
        self.hold = Some(hold);
        self.deadline = None;
    }

    /// Returns whether its branches wait for what it is to hold.
    pub(crate) fn waits_for_hold(&self) -> bool {
        self.hold.as_ref().is_some_and(|hold| hold.phase == Phase::Scheduled)
    }

    /// Returns when it has waited too long for that.
    pub(crate) fn hold_due(&self) -> Option<Timestamp> {
        self.hold.as_ref().filter(|_| self.waits_for_hold())?.deadline
    }

    /// Lets it wait again for what it held before it ended.
    pub(super) fn wait_for_hold_again(&mut self, at: Timestamp) {
        if let Some(hold) = &mut self.hold {
            hold.phase = Phase::Scheduled;
            hold.worker = None;
            hold.start_queueing(at);
        }
    }
}

impl Execution {
    /// Returns whether a graph around `scope` waits for what it is to hold.
    pub(crate) fn is_held_up(&self, scope: ScopeId) -> bool {
        let mut id = scope;
        while let Some(parent) = self.scope(id).parent {
            if self.graph(parent).is_some_and(GraphWork::waits_for_hold) {
                return true;
            }
            id = parent;
        }
        false
    }

    /// Folds an event of what the graph in the event's scope holds.
    pub(crate) fn apply_hold(&mut self, event: &Event) {
        let definition = self.definition.clone();
        let Kind::Fork(fork) = &definition.state(self.active(event.scope).state).kind else {
            return;
        };
        let (Some(graph), work) = (fork.as_graph(), self.graph_mut(event.scope)) else { return };
        match &event.kind {
            EventKind::TaskStarted { worker, .. } => {
                if let Some(hold) = &mut work.hold {
                    hold.phase = Phase::Started;
                    hold.worker.clone_from(worker);
                    hold.deadline = None;
                }
                work.start_clock(graph, event.at);
            }
            EventKind::TaskFailed { .. } | EventKind::TaskTimedOut { .. } => work.hold = None,
            _ => {}
        }
    }
}

impl Scene<'_> {
    /// Evaluates the limit of a graph, in milliseconds, if it is computed.
    pub(crate) fn graph_limit(&self, fork: &Fork, input: &Payload) -> Result<Option<u64>, Problem> {
        match fork.as_graph().and_then(|graph| graph.timeout.as_ref()) {
            None | Some(Field::Literal(_)) => Ok(None),
            limit => self.span(limit, "Timeout", input),
        }
    }

    fn held(&self, task: &Task) -> Result<Option<Box<Placed>>, Problem> {
        let placement = task.placement.as_deref();
        placement.map(|placement| self.placed(placement, &self.active().input)).transpose()
    }
}

impl Turn<'_> {
    /// Offers what the graph of `scope`, which has just begun, is to hold.
    pub(crate) fn wait_for_hold(&mut self, scope: ScopeId, task: &Task) {
        let placement = match self.scene(scope).held(task) {
            Ok(placement) => placement,
            Err(problem) => return self.raise(scope, problem),
        };
        let scheduled = EventKind::TaskScheduled {
            resource: task.resource.arn.clone(),
            parameters: Payload::default(),
            timeout_seconds: None,
            heartbeat_seconds: None,
            credentials: None,
            placement,
        };
        self.follow(scope, scheduled);
        self.offer_hold(scope);
    }

    /// Goes on with the graph of `scope`, once it holds what it held, or was not given before it ended.
    pub(crate) fn take_up_graph(&mut self, scope: ScopeId) {
        let definition = self.execution.definition.clone();
        let Kind::Fork(fork) = &definition.state(self.execution.active(scope).state).kind else {
            return;
        };
        let Some(work) = self.execution.graph(scope) else { return };
        match fork.as_graph().and_then(|graph| graph.hold.as_deref()) {
            Some(task) if work.hold.is_none() => self.wait_for_hold(scope, task),
            Some(_) if work.waits_for_hold() => self.offer_hold(scope),
            Some(_) | None => self.make_ready(scope),
        }
    }

    /// Goes on with the graph of `scope`, and with all inside it that had been under way before.
    pub(crate) fn hold_taken(&mut self, scope: ScopeId) {
        for inside in self.execution.descendants(scope) {
            if self.is_running() && self.execution.image.scopes.contains_key(&inside) {
                self.take_up(inside);
            }
        }
        self.make_ready(scope);
    }

    fn offer_hold(&mut self, scope: ScopeId) {
        let active = self.execution.active(scope);
        if let Work::Graph(work) = &active.work
            && let Some(hold) = &work.hold
        {
            let offer = self.execution.offer(scope, active, hold);
            self.effects.push(offer);
        }
    }

    /// Returns whether the task that is out in `scope` is what a graph holds.
    pub(crate) fn is_hold(&self, scope: ScopeId) -> bool {
        self.execution.graph(scope).is_some()
    }

    /// Fails the graph of `scope`, which cannot have what it is to hold. What it has is its own to give
    /// back.
    pub(crate) fn hold_ended(
        &mut self,
        scope: ScopeId,
        result: TaskResult,
    ) -> Result<(), Rejected> {
        match result {
            Err(error) if self.execution.graph(scope).is_some_and(GraphWork::waits_for_hold) => {
                self.fail_task(scope, Problem::of_task(&error));
                Ok(())
            }
            Ok(_) | Err(_) => Err(Rejected::WrongPhase),
        }
    }

    /// Fails the graph of `scope`, which waited too long for what it is to hold.
    pub(crate) fn time_out_hold(&mut self, scope: ScopeId) {
        let problem = self.time_out_task(scope);
        let origin = self.execution.scope(scope).last;
        self.fail_state(scope, origin, problem);
    }
}
