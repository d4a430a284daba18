//! Branches that keep how they ended while what they come after runs again.
//!
//! What runs again waits for all that it comes after and that runs again as well, also where a branch
//! stands between that does not: `up`, `use`, `ship`, each after the one before, of which `use` keeps its
//! output, must not have `ship` begin beside `up`. So a kept branch counts for those that need it once
//! its own needs have ended, and as one that did not run if its rule then says that it would not have.

use std::collections::BTreeSet;

use compasso_ir::{Fork, Graph};
use serde::{Deserialize, Serialize};

use super::rules::{Answer, BranchState, answer};
use super::work::GraphWork;

/// Whether the end of a branch that was kept still counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Kept {
    /// Not known: something that it comes after has not ended again.
    Waits,
    /// It does not: what it comes after failed this time.
    Lost,
}

impl GraphWork {
    /// Finds the branches that stand between others which have not ended.
    pub(super) fn keep_between(&mut self, fork: &Fork, graph: &Graph) {
        let after = self.ended_around(|branch| graph.dependents(branch));
        let before = self.ended_around(|branch| &fork.branches[branch as usize].needs);
        self.kept = after.intersection(&before).map(|branch| (*branch, Kept::Waits)).collect();
    }

    /// Returns the branches that ended and that lead to one that has not, step by step.
    fn ended_around<'g>(&self, step: impl Fn(u32) -> &'g [u32]) -> BTreeSet<u32> {
        let open = self.slots.iter().filter(|(_, slot)| !slot.state.is_final());
        let mut open: Vec<u32> = open.map(|(branch, _)| branch).collect();
        let mut ended = BTreeSet::new();
        while let Some(branch) = open.pop() {
            let next = step(branch).iter().copied();
            let next = next.filter(|next| self.slots.get(*next).state.is_final());
            open.extend(next.filter(|next| ended.insert(*next)));
        }
        ended
    }

    /// Returns the state that a branch counts with for those that need it, once that is known.
    pub(super) fn counted(&self, branch: u32) -> BranchState {
        match self.kept.get(&branch) {
            Some(Kept::Waits) => BranchState::Blocked,
            Some(Kept::Lost) => BranchState::UpstreamFailed,
            None => self.slots.get(branch).state,
        }
    }

    /// Tells those that need a branch how it counts, and through those that were kept what comes after.
    pub(super) fn tell_dependents(&mut self, fork: &Fork, graph: &Graph, branch: u32) {
        let mut told = vec![branch];
        while let Some(branch) = told.pop() {
            let state = self.counted(branch);
            for dependent in graph.dependents(branch) {
                self.slots.get_mut(*dependent).tally.count(state);
                self.make_due_if_answered(fork, *dependent);
                told.extend(self.decide_kept(fork, *dependent).then_some(*dependent));
            }
        }
    }

    /// Looks again at whether kept branches count, after states were changed.
    pub(super) fn recount_kept(&mut self, fork: &Fork, graph: &Graph) {
        for branch in self.kept.keys().copied().collect::<Vec<_>>() {
            if self.decide_kept(fork, branch) {
                self.tell_dependents(fork, graph, branch);
            }
        }
    }

    /// Decides whether a kept branch counts, if all that it needs has ended; says whether it did.
    fn decide_kept(&mut self, fork: &Fork, branch: u32) -> bool {
        let (ir, tally) = (&fork.branches[branch as usize], self.slots.get(branch).tally);
        if self.kept.get(&branch) != Some(&Kept::Waits) || !tally.is_complete(ir.needs.len()) {
            return false;
        }
        let runs = answer(ir.rule, ir.needs.len(), tally);
        let is_lost = runs == Some(Answer::End(BranchState::UpstreamFailed));
        if is_lost && ir.teardown_of.is_empty() {
            self.kept.insert(branch, Kept::Lost);
        } else {
            self.kept.remove(&branch);
        }
        true
    }

    /// Forgets which kept branches do not count, before that is decided again.
    pub(super) fn forget_lost(&mut self) {
        self.kept.values_mut().for_each(|kept| *kept = Kept::Waits);
    }

    /// Returns what needs a branch, directly or through branches whose end does not count because of it.
    pub(super) fn affected_dependents(&self, graph: &Graph, branch: u32) -> Vec<u32> {
        let mut found: Vec<u32> = graph.dependents(branch).to_vec();
        let mut seen = BTreeSet::new();
        let mut at = 0;
        while let Some(branch) = found.get(at).copied() {
            if self.kept.get(&branch) == Some(&Kept::Lost) && seen.insert(branch) {
                found.extend(graph.dependents(branch));
            }
            at += 1;
        }
        found
    }
}
