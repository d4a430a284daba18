//! A graph that did not succeed goes on: what failed runs again, what ended well keeps its output.

use std::collections::BTreeSet;

use compasso_ir::{Fork, Graph};
use compasso_types::Timestamp;

use super::rules::BranchState;
use super::work::GraphWork;

impl GraphWork {
    /// Opens the graph again: branches that did not end well are as if they had never been looked
    /// at.
    pub(crate) fn reopen(&mut self, fork: &Fork, graph: &Graph, at: Timestamp) {
        let again = self.to_run_again(fork, graph);
        if let Some(beside) = &mut self.beside {
            beside.reopen(|done| again.contains(&done.branch));
        }
        for branch in &again {
            let slot = self.slots.get_mut(*branch);
            slot.state = BranchState::Blocked;
            slot.record = None;
        }
        self.open += again.len();
        self.failure = None;
        self.cancelled = None;
        self.deadline = graph.timeout.map(|limit| at.after(limit));
        self.due.clear();
        self.slots.forget_counts();
        self.count(fork, graph);
        for (branch, _) in (0..).zip(&fork.branches) {
            self.make_due_if_answered(fork, branch);
        }
    }

    /// Returns what failed, was given up, or was undone; of what waits for that, what was skipped, as its rule
    /// may now answer differently; and teardowns with their setups, so that nothing runs where it
    /// was already cleaned up.
    pub(super) fn to_run_again(&self, fork: &Fork, graph: &Graph) -> BTreeSet<u32> {
        let state = |branch: u32| self.slots.get(branch).state;
        let failed = |state| {
            matches!(
                state,
                BranchState::Failed | BranchState::UpstreamFailed | BranchState::Cancelled
            )
        };
        let branches = self.slots.iter();
        let mut open: Vec<u32> =
            branches.filter(|(_, slot)| failed(slot.state)).map(|(branch, _)| branch).collect();
        open.extend(self.beside.iter().flat_map(|beside| beside.undone.iter().copied()));
        let mut again = BTreeSet::new();
        while let Some(branch) = open.pop() {
            if !state(branch).is_final() || !again.insert(branch) {
                continue;
            }
            let is_affected = |dependent: &u32| {
                let teardown_of = &fork.branches[*dependent as usize].teardown_of;
                state(*dependent) == BranchState::Skipped || !teardown_of.is_empty()
            };
            let dependents = graph.dependents(branch).iter().copied();
            open.extend(dependents.filter(is_affected));
            open.extend(&fork.branches[branch as usize].teardown_of);
        }
        again
    }
}
