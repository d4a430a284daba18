//! What the branches of a graph failed with, in the order of time: should somebody mark the first one, the
//! next one is known although nobody reads its record.

use compasso_ir::Fork;
use compasso_types::Timestamp;
use serde::{Deserialize, Serialize};

use super::record::{BranchFailure, Record};
use super::rules::BranchState;
use super::work::GraphWork;

/// What a graph fails with because a branch failed whose error nobody was to read.
const UNTOLD: &str = "Failed";
/// What a graph fails with because a branch did not run, and is not to.
const NOT_RUN: &str = "UpstreamFailed";
/// How many are kept, the first ones.
const KEPT_MAX: usize = 100;

/// The first failures of branches, teardowns aside.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Failures(Vec<Failure>);

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Failure {
    branch: u32,
    at: Timestamp,
    #[serde(rename = "failure")]
    what: BranchFailure,
}

impl Failures {
    /// Adds what a branch failed with; of those of one instant, the one that was added first comes first.
    pub(super) fn note(&mut self, branch: u32, at: Timestamp, failure: &BranchFailure) {
        let place = self.0.partition_point(|known| known.at <= at);
        if place < KEPT_MAX {
            self.0.insert(place, Failure { branch, at, what: failure.clone() });
            self.0.truncate(KEPT_MAX);
        }
    }

    /// Forgets what a branch failed with.
    pub(super) fn forget(&mut self, branch: u32) {
        self.0.retain(|known| known.branch != branch);
    }

    /// Returns the first failure in time.
    pub(super) fn first(&self) -> Option<&BranchFailure> {
        self.0.first().map(|known| &known.what)
    }
}

impl GraphWork {
    /// Takes note of what a branch failed with that ended in `state`, if it did.
    pub(super) fn note_failure(
        &mut self,
        fork: &Fork,
        branch: u32,
        state: BranchState,
        record: &Record,
    ) {
        if let (BranchState::Failed, Some(failures), Some(failure)) =
            (state, &mut self.failures, &record.failure)
            && is_work(fork, branch)
        {
            failures.note(branch, record.ended, failure);
        }
    }

    /// Finds anew what the graph failed with, from the records of all its branches.
    pub(super) fn find_failures(&mut self, fork: &Fork) {
        if self.failures.is_some() {
            self.failures = Some(self.failures_of_records(fork));
        }
        self.failure = self.first_failure(fork);
    }

    /// Returns the failure of the branch that failed first, teardowns aside, or of one that did not
    /// run because of another.
    pub(super) fn first_failure(&self, fork: &Fork) -> Option<BranchFailure> {
        let first = match &self.failures {
            Some(failures) => failures.first().cloned(),
            None => self.failures_of_records(fork).first().cloned(),
        };
        let in_state = |states: &[BranchState]| {
            let mut work = self.slots.iter().filter(|(branch, _)| is_work(fork, *branch));
            work.find(|(_, slot)| states.contains(&slot.state)).map(|(branch, _)| branch)
        };
        let failure = |branch: u32, name: &str, what: &str| {
            let cause = format!("'{}' {what}.", fork.branches[branch as usize].id);
            BranchFailure { name: name.into(), cause: cause.into() }
        };
        let untold = || {
            let branch = in_state(&[BranchState::Failed, BranchState::Cancelled])?;
            Some(failure(branch, UNTOLD, "failed"))
        };
        let not_run = || {
            let branch = in_state(&[BranchState::UpstreamFailed])?;
            Some(failure(branch, NOT_RUN, "did not run because of what it needs"))
        };
        first.or_else(untold).or_else(not_run)
    }

    fn failures_of_records(&self, fork: &Fork) -> Failures {
        let mut failures = Failures::default();
        for (branch, slot) in self.slots.iter().filter(|(branch, _)| is_work(fork, *branch)) {
            if let (BranchState::Failed | BranchState::Cancelled, Some(record)) =
                (slot.state, &slot.record)
                && let Some(failure) = &record.failure
            {
                failures.note(branch, record.ended, failure);
            }
        }
        failures
    }
}

fn is_work(fork: &Fork, branch: u32) -> bool {
    fork.branches[branch as usize].teardown_of.is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_failures_in_time_are_kept() {
        let mut failures = Failures::default();
        let failure = |branch: u32| BranchFailure {
            name: format!("E{branch}").into(),
            cause: String::new().into(),
        };
        for branch in 0..150 {
            failures.note(branch, Timestamp(i64::from(1_000 - branch)), &failure(branch));
        }
        assert_eq!(failures.0.len(), KEPT_MAX);
        assert_eq!(failures.first(), Some(&failure(149)));
        failures.note(150, Timestamp(1_000 - 149), &failure(150));
        failures.forget(149);
        assert_eq!(failures.first(), Some(&failure(150)));
    }
}
