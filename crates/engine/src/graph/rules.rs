//! When a branch of a graph may run: the trigger rules.
//!
//! **Invariant:** a rule answers before all needs ended only where no later end could change its
//! answer, so that the states of all branches are the same whatever the order of ends.

use compasso_ir::TriggerRule;
use serde::{Deserialize, Serialize};

/// Where a branch of a graph stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BranchState {
    /// Its rule has not answered.
    Blocked,
    /// It may run, and waits for its turn.
    Ready,
    /// It runs.
    Running,
    /// It ended well, or its failure was tolerated.
    Success,
    /// It ended with an error.
    Failed,
    /// Its rule or its guard said that there is nothing to do.
    Skipped,
    /// What it needs failed.
    UpstreamFailed,
    /// It was given up.
    Cancelled,
}

impl BranchState {
    /// Returns whether nothing more happens in the branch.
    pub fn is_final(self) -> bool {
        !matches!(self, Self::Blocked | Self::Ready | Self::Running)
    }

    /// Returns the state that pipelines have this word for.
    pub fn named(name: &str) -> Option<Self> {
        const ALL: [BranchState; 8] = [
            BranchState::Blocked,
            BranchState::Ready,
            BranchState::Running,
            BranchState::Success,
            BranchState::Failed,
            BranchState::Skipped,
            BranchState::UpstreamFailed,
            BranchState::Cancelled,
        ];
        ALL.into_iter().find(|state| state.name() == name)
    }

    /// Returns the word pipelines have for it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Blocked => "blocked",
            Self::Ready => "ready",
            Self::Running => "running",
            Self::Success => "success",
            Self::Failed => "failed",
            Self::Skipped => "skipped",
            Self::UpstreamFailed => "upstream_failed",
            Self::Cancelled => "cancelled",
        }
    }
}

/// How many needs of a branch ended, and how. What was cancelled counts as failed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    success: u16,
    failed: u16,
    skipped: u16,
    upstream_failed: u16,
}

impl Tally {
    /// Counts a need that ended in `state`.
    pub(crate) fn count(&mut self, state: BranchState) {
        let counter = match state {
            BranchState::Success => &mut self.success,
            BranchState::Failed | BranchState::Cancelled => &mut self.failed,
            BranchState::Skipped => &mut self.skipped,
            BranchState::UpstreamFailed => &mut self.upstream_failed,
            BranchState::Blocked | BranchState::Ready | BranchState::Running => return,
        };
        *counter += 1;
    }

    /// Returns whether all of `needs` needs ended.
    pub(crate) fn is_complete(self, needs: usize) -> bool {
        let ended = [self.success, self.failed, self.skipped, self.upstream_failed];
        ended.into_iter().map(usize::from).sum::<usize>() == needs
    }
}

/// What a rule answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    /// The branch may run.
    Run,
    /// It ends in this state without having run.
    End(BranchState),
}

/// Says whether `rule` has a branch skipped whose needs are in these states.
pub fn skips(rule: TriggerRule, needs: &[BranchState]) -> bool {
    let mut tally = Tally::default();
    for state in needs {
        tally.count(*state);
    }
    answer(rule, needs.len(), tally) == Some(Answer::End(BranchState::Skipped))
}

/// Returns what `rule` answers for a branch of whose `needs` needs those in `tally` ended; `None`
/// while that is not known. A branch without needs may run.
pub(crate) fn answer(rule: TriggerRule, needs: usize, tally: Tally) -> Option<Answer> {
    use TriggerRule::{
        AllDone, AllDoneMinOneSuccess, AllFailed, AllSkipped, AllSuccess, Always, AnyDone,
        AnyFailed, AnySuccess, NoneFailed, NoneFailedMinOneSuccess, NoneSkipped,
    };
    const SKIP: Answer = Answer::End(BranchState::Skipped);
    const FAIL: Answer = Answer::End(BranchState::UpstreamFailed);

    if needs == 0 || rule == Always {
        return Some(Answer::Run);
    }
    let has_success = tally.success > 0;
    let has_failure = tally.failed > 0 || tally.upstream_failed > 0;
    let has_skip = tally.skipped > 0;
    let early = match rule {
        AllSuccess | NoneFailed | NoneFailedMinOneSuccess => has_failure.then_some(FAIL),
        AllFailed => (has_success || has_skip).then_some(SKIP),
        AnySuccess => has_success.then_some(Answer::Run),
        AnyFailed => has_failure.then_some(Answer::Run),
        AnyDone => (has_success || tally.failed > 0).then_some(Answer::Run),
        NoneSkipped => has_skip.then_some(SKIP),
        AllSkipped => (has_success || has_failure).then_some(SKIP),
        AllDone | AllDoneMinOneSuccess | Always => None,
    };
    if early.is_some() || !tally.is_complete(needs) {
        return early;
    }
    Some(match rule {
        AllSuccess if has_skip => SKIP,
        AllSuccess | AllDone | AllFailed | NoneFailed | NoneSkipped | AllSkipped | Always => {
            Answer::Run
        }
        AllDoneMinOneSuccess | NoneFailedMinOneSuccess if has_success => Answer::Run,
        AnySuccess | AllDoneMinOneSuccess if has_failure => FAIL,
        AnySuccess | AnyFailed | AnyDone | NoneFailedMinOneSuccess | AllDoneMinOneSuccess => SKIP,
    })
}
