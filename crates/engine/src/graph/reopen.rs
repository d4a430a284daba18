//! A graph that did not succeed goes on: what failed runs again, what ended well keeps its output.

use std::collections::BTreeSet;

use compasso_ir::{Fork, Graph};
use compasso_types::Timestamp;

use super::rules::BranchState;
use super::work::GraphWork;

impl GraphWork {
    /// Opens the graph again: branches that did not end well are as if they had never been looked
    /// at. What runs again waits through what is kept, if it `waits`.
    pub(crate) fn reopen(&mut self, fork: &Fork, graph: &Graph, waits: bool, at: Timestamp) {
        let again = self.to_run_again(fork, graph);
        if let Some(beside) = &mut self.beside {
            beside.reopen(|done| again.contains(&done.branch));
        }
        for branch in &again {
            self.reset(*branch, BranchState::Blocked);
        }
        self.failure = None;
        self.cancelled = None;
        self.wait_for_hold_again(at);
        self.start_clock(graph, at);
        if waits {
            self.keep_between(fork, graph);
        }
        self.recount(fork, graph);
    }

    /// Returns what failed, was given up, or was undone; of what waits for that, what was skipped, as its rule
    /// may now answer differently; and teardowns with their setups, so that nothing runs where it
    /// was already cleaned up.
    pub(super) fn to_run_again(&self, fork: &Fork, graph: &Graph) -> BTreeSet<u32> {
        let failed = |state| {
            matches!(
                state,
                BranchState::Failed | BranchState::UpstreamFailed | BranchState::Cancelled
            )
        };
        let branches = self.slots.iter();
        let failed =
            branches.filter(|(_, slot)| failed(slot.state)).map(|(branch, _)| branch).collect();
        self.with_what_follows(fork, graph, failed)
    }

    /// Returns what is to be looked at again because `branch` is to have ended otherwise: what ended
    /// without having run, directly or indirectly because of it; what was undone; and teardowns with
    /// their setups.
    pub(super) fn affected_by(&self, fork: &Fork, graph: &Graph, branch: u32) -> BTreeSet<u32> {
        let dependents = self.affected_dependents(graph, branch).into_iter();
        let open = dependents.filter(|dependent| self.has_not_run(*dependent)).collect();
        let mut again = self.with_what_follows(fork, graph, open);
        again.remove(&branch);
        again
    }

    /// Adds what was undone, what ended without having run and waits for these branches, and
    /// teardowns with their setups. What has not ended is none of it.
    fn with_what_follows(&self, fork: &Fork, graph: &Graph, mut open: Vec<u32>) -> BTreeSet<u32> {
        open.extend(self.beside.iter().flat_map(|beside| beside.undone.iter().copied()));
        let mut again = BTreeSet::new();
        while let Some(branch) = open.pop() {
            if !self.slots.get(branch).state.is_final() || !again.insert(branch) {
                continue;
            }
            let is_affected = |dependent: &u32| {
                let teardown_of = &fork.branches[*dependent as usize].teardown_of;
                self.has_not_run(*dependent) || !teardown_of.is_empty()
            };
            let dependents = self.affected_dependents(graph, branch).into_iter();
            open.extend(dependents.filter(is_affected));
            open.extend(&fork.branches[branch as usize].teardown_of);
        }
        again
    }

    /// Returns whether a branch ended without having run, and not because somebody said so.
    fn has_not_run(&self, branch: u32) -> bool {
        if self.marked.contains(&branch) {
            return false;
        }
        let slot = self.slots.get(branch);
        let started = || slot.record.as_ref().is_none_or(|record| record.started.is_some());
        match slot.state {
            BranchState::Skipped | BranchState::UpstreamFailed => true,
            BranchState::Cancelled => !started(),
            _ => false,
        }
    }
}
