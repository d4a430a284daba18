//! A task of a group with instances: it runs in each of them, and is told of as one.

use compasso_engine::BranchState;

/// How such a task stands in all instances together, in one generation of its run.
#[derive(Debug, Default)]
pub(super) struct Spread {
    generation: u32,
    /// In how many instances it is at work.
    open: u32,
    /// The worst of its ends so far.
    worst: Option<BranchState>,
}

impl Spread {
    /// It begins in an instance; says whether it is the first one of a generation.
    pub(super) fn begin(&mut self, generation: u32) -> bool {
        let is_first = self.generation != generation;
        if is_first {
            *self = Self { generation, ..Self::default() };
        }
        self.open += 1;
        is_first
    }

    /// It waits in an instance as if it had not begun there; returns how it stands as a whole, `None` if
    /// it has begun nowhere else.
    pub(super) fn leave(&mut self) -> Option<BranchState> {
        self.open = self.open.saturating_sub(1);
        if self.open > 0 {
            return Some(BranchState::Running);
        }
        if self.worst.is_none() {
            *self = Self::default();
        }
        self.worst
    }

    /// Somebody said how it ended in an instance, where it was at work or not; returns how it stands as a
    /// whole. What was said last counts.
    pub(super) fn mark(&mut self, state: BranchState, was_open: bool) -> BranchState {
        self.open = self.open.saturating_sub(u32::from(was_open));
        self.worst = Some(state);
        if self.open > 0 { BranchState::Running } else { state }
    }

    /// It is looked at again: its ends so far do not count.
    pub(super) fn look_again(&mut self) {
        self.worst = None;
    }

    /// It ended in an instance.
    pub(super) fn end(&mut self, state: BranchState) -> BranchState {
        self.open = self.open.saturating_sub(1);
        self.pass(state)
    }

    /// It came to an end in an instance without having run; returns how it stands as a whole.
    pub(super) fn pass(&mut self, state: BranchState) -> BranchState {
        let worst = self.worst.filter(|worst| gravity(*worst) >= gravity(state)).unwrap_or(state);
        self.worst = Some(worst);
        if self.open > 0 { BranchState::Running } else { worst }
    }
}

/// What is told of several ends is the one of the greatest gravity.
fn gravity(state: BranchState) -> u8 {
    match state {
        BranchState::Failed => 4,
        BranchState::Cancelled => 3,
        BranchState::UpstreamFailed => 2,
        BranchState::Skipped => 0,
        BranchState::Success | BranchState::Blocked | BranchState::Ready | BranchState::Running => {
            1
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worst_end_counts_once_it_runs_nowhere() {
        let mut it = Spread::default();
        assert!(it.begin(1));
        assert!(!it.begin(1));
        assert_eq!(it.end(BranchState::Failed), BranchState::Running);
        assert_eq!(it.pass(BranchState::Skipped), BranchState::Running);
        assert_eq!(it.end(BranchState::Success), BranchState::Failed);
        assert!(it.begin(2), "what failed runs again");
        assert_eq!(it.leave(), None);
        assert!(it.begin(2), "it had not begun");
        assert_eq!(it.end(BranchState::Success), BranchState::Success);
        assert_eq!(it.pass(BranchState::Skipped), BranchState::Success);
    }
}
