//! Branches that are withdrawn: they were entered, and nothing of their work has begun.
//!
//! Such a branch waits for places alone: for workers, mutexes, slots of pools; or for the run before. When it is held, or is to be
//! skipped, what it waits with is taken back, and it is as if it had not been entered. A worker that
//! takes the task in the same instant comes either before, and then it has begun, or too late.

use compasso_ir::Kind;

use super::rules::BranchState;
use super::tell::ROOT;
use super::work::GraphWork;
use crate::scope::{MapWork, Phase, Position, Scope, TaskWork, Work};
use crate::turn::Turn;
use crate::{Event, EventKind, Execution, ScopeId};

impl GraphWork {
    /// Returns whether no branch ended, and nobody gives it up.
    fn is_untouched(&self) -> bool {
        let is_open = |state: BranchState| !state.is_final();
        self.cancelled.is_none() && self.slots.iter().all(|(_, slot)| is_open(slot.state))
    }
}

impl MapWork {
    /// Returns whether all instances that were started run, and no others are known.
    fn is_untouched(&self) -> bool {
        self.next == self.running && self.earlier.is_none() && self.source.is_none()
    }
}

impl TaskWork {
    /// Returns whether it waits for a place.
    fn is_queued(&self) -> bool {
        self.phase == Phase::Scheduled && self.placed.is_some() && self.mocked.is_none()
    }
}

impl Execution {
    /// Returns whether a branch runs and nothing of it has begun.
    pub(super) fn is_withdrawable(&self, graph: ScopeId, branch: u32) -> bool {
        let run = self.graph(graph).and_then(|work| work.running.get(&branch));
        run.is_some_and(|run| self.is_untouched(run.scope, run.attempts))
    }

    /// Returns whether nothing has begun of a block that offered tasks so often.
    fn is_untouched(&self, block: ScopeId, attempts: u32) -> bool {
        let Some(found) = self.image.scopes.get(&block) else { return false };
        let active = match &found.position {
            Position::Ended { .. } => return false,
            _ if found.waits_for_past() => return true,
            Position::In(active) => active,
            Position::Ready { .. } => return attempts == 0 && found.variables.is_empty(),
        };
        match &active.work {
            Work::Task(task) => task.is_queued() && attempts == 1,
            Work::Graph(work) => {
                let mut runs = work.running.values();
                work.is_untouched() && runs.all(|run| self.is_untouched(run.scope, run.attempts))
            }
            Work::Map(work) => {
                let Some(instances) = &work.instances else { return false };
                let scopes = self.image.scopes.iter();
                let mut inside = scopes.filter(|(_, scope)| scope.parent == Some(block));
                work.is_untouched()
                    && inside
                        .all(|(id, scope)| self.is_untouched(*id, instances.attempts(scope.index)))
            }
            Work::Entered
            | Work::Waiting { .. }
            | Work::Backoff { .. }
            | Work::Fork { .. }
            | Work::MapRun(_) => false,
        }
    }

    /// Has a branch wait as if it had not been entered.
    pub(crate) fn withdraw_branch(&mut self, event: &Event, branch: u32) {
        let Scope { parent: Some(graph), .. } = *self.scope(event.scope) else { return };
        self.scope_mut(graph).last = event.id;
        self.forget_timers_inside(event.scope);
        if let Some(beside) = self.beside_mut() {
            let about = Some((graph, branch));
            beside.told.retain(|told| told.nature.is_timer || told.nature.about != about);
        }
        self.drop_branch(graph, branch);
        let definition = self.definition.clone();
        let Kind::Fork(fork) = &definition.state(self.active(graph).state).kind else { return };
        let work = self.graph_mut(graph);
        work.slots.get_mut(branch).state = BranchState::Blocked;
        work.make_due_if_answered(fork, branch);
    }
}

impl Turn<'_> {
    /// Withdraws a branch if nothing of it has begun.
    pub(super) fn withdraw(&mut self, graph: ScopeId, index: u32) {
        if !self.execution.is_withdrawable(graph, index) || self.fail_if_full(ROOT) {
            return;
        }
        let run = self.execution.graph(graph).and_then(|work| work.running.get(&index));
        let Some(block) = run.map(|run| run.scope) else { return };
        let mut inside = vec![block];
        inside.extend(self.execution.descendants(block));
        for scope in inside {
            self.cancel_task(scope);
        }
        let branch = self.execution.fork_of(graph).branches[index as usize].id.clone();
        self.follow(block, EventKind::BranchWithdrawn { branch, index });
    }
}
