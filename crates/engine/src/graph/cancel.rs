//! Giving a graph up: what runs is ended, what waits is not started, teardowns clean up.

use super::record::BranchFailure;
use super::rules::BranchState;
use super::work::Cancelled;
use crate::placement::shown_span;
use crate::turn::Turn;
use crate::{EventKind, Execution, ScopeId, StopOrder};

/// What a run that reached its limit fails with.
const RUN_TIMEOUT: &str = "RunTimeout";
/// What a group of tasks that reached its limit fails with.
const TIMEOUT: &str = "Timeout";
/// What is cancelled fails with, unless somebody says otherwise.
const CANCELLED: &str = "Cancelled";

impl Turn<'_> {
    /// Gives the execution up on somebody's order.
    pub(crate) fn cancel(&mut self, order: StopOrder) {
        let root = ScopeId(0);
        if self.execution.graph(root).is_none() {
            return self.abort(order);
        }
        let StopOrder { error, cause, by } = order;
        let name = error.unwrap_or_else(|| CANCELLED.into());
        let failure = BranchFailure { name, cause: cause.unwrap_or_default() };
        self.cancel_graph(root, Cancelled { failure, is_asked: true, by });
    }

    /// Gives the graph of `scope` up because it reached its limit.
    pub(crate) fn time_out_graph(&mut self, scope: ScopeId) {
        let is_run = self.execution.scope(scope).parent.is_none();
        let (name, what) = if is_run { (RUN_TIMEOUT, "run") } else { (TIMEOUT, "task") };
        let limit = self.execution.told_limit(scope);
        let worded = |limit| format!("The {what} took longer than {}.", shown_span(Some(limit)));
        let cause = limit.map(worded).unwrap_or_default().into();
        self.cancel_graph(scope, Cancelled::by_itself(BranchFailure { name: name.into(), cause }));
    }

    /// A branch that is a graph itself is given up in its turn, so that its teardowns run; any
    /// other ends at once.
    pub(super) fn cancel_graph(&mut self, scope: ScopeId, cancelled: Cancelled) {
        let Some(work) = self.execution.graph(scope) else { return };
        if work.cancelled.is_some() || work.has_outcome() {
            return;
        }
        let runs = work.running.iter();
        let running: Vec<_> = runs.map(|(branch, run)| (*branch, run.scope)).collect();
        if work.waits_for_hold() {
            self.cancel_task(scope);
        }
        let Cancelled { failure, is_asked, by } = cancelled;
        self.follow(scope, EventKind::GraphCancelled { failure: failure.clone(), is_asked, by });
        for (branch, block) in running {
            if !self.execution.fork_of(scope).branches[branch as usize].teardown_of.is_empty() {
                continue;
            }
            if self.execution.graph(block).is_some() {
                self.cancel_graph(block, Cancelled::by_itself(failure.clone()));
            } else {
                self.cancel_branch(scope, branch, block, &failure);
            }
        }
        self.make_ready(scope);
    }

    pub(super) fn cancel_branch(
        &mut self,
        scope: ScopeId,
        index: u32,
        block: ScopeId,
        failure: &BranchFailure,
    ) {
        let origin = self.execution.scope(scope).last;
        let mut inside = vec![block];
        inside.extend(self.execution.descendants(block));
        self.abort_tasks(&inside, origin);
        let branch = self.execution.fork_of(scope).branches[index as usize].id.clone();
        let (state, failure) = (BranchState::Cancelled, Some(failure.clone()));
        self.record(block, origin, EventKind::BranchExited { branch, index, state, failure });
    }
}

impl Execution {
    /// Returns whether the graph of `scope`, which was given up, reached its own limit: another attempt, or what
    /// stands in for it, may follow. Nothing follows where a graph around it was given up, but in teardowns and
    /// what runs beside it.
    pub(super) fn is_given_up_alone(&self, scope: ScopeId) -> bool {
        let mut inside = self.scope(scope);
        if inside.parent.is_none() {
            return false;
        }
        while let Some(parent) = inside.parent {
            if inside.is_aside {
                return true;
            }
            if let Some(work) = self.graph(parent) {
                let branch = &self.fork_of(parent).branches[inside.index as usize];
                if !branch.teardown_of.is_empty() {
                    return true;
                }
                if work.cancelled.is_some() {
                    return false;
                }
            }
            inside = self.scope(parent);
        }
        true
    }
}
