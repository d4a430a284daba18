//! The table of trigger rules, as a test knows it.

use compasso_engine::BranchState;
use compasso_engine::BranchState::{Failed, Skipped, Success, UpstreamFailed};
use compasso_ir::TriggerRule;

/// What the table of trigger rules says of needs of which these have ended: how the branch ends if
/// the rule lets it run, or the state it gets; `None` while it waits.
pub(crate) fn table(rule: TriggerRule, needs: &[Option<BranchState>]) -> Option<BranchState> {
    let count = |state| needs.iter().filter(|need| **need == Some(state)).count();
    let (s, f, k, u) = (count(Success), count(Failed), count(Skipped), count(UpstreamFailed));
    let (as_soon_as, run) = (|holds: bool, state| holds.then_some(state), Success);
    let early = match rule {
        TriggerRule::AllSuccess => as_soon_as(f + u > 0, UpstreamFailed),
        TriggerRule::AllDone => None,
        TriggerRule::AllFailed => as_soon_as(s + k > 0, Skipped),
        TriggerRule::AnySuccess => as_soon_as(s > 0, run),
        TriggerRule::AnyFailed => as_soon_as(f + u > 0, run),
        TriggerRule::AnyDone => as_soon_as(s + f > 0, run),
        TriggerRule::NoneFailed => as_soon_as(f + u > 0, UpstreamFailed),
        TriggerRule::NoneFailedMinOneSuccess => as_soon_as(f + u > 0, UpstreamFailed),
        TriggerRule::NoneSkipped => as_soon_as(k > 0, Skipped),
        TriggerRule::AllSkipped => as_soon_as(s + f + u > 0, Skipped),
        TriggerRule::AllDoneMinOneSuccess => None,
        TriggerRule::Always => Some(run),
    };
    if early.is_some() || needs.contains(&None) {
        return early;
    }
    Some(match rule {
        TriggerRule::AllSuccess if k > 0 => Skipped,
        TriggerRule::AnySuccess if k == needs.len() => Skipped,
        TriggerRule::AnySuccess => UpstreamFailed,
        TriggerRule::AnyFailed | TriggerRule::AnyDone => Skipped,
        TriggerRule::NoneFailedMinOneSuccess if s == 0 => Skipped,
        TriggerRule::AllDoneMinOneSuccess if s > 0 => run,
        TriggerRule::AllDoneMinOneSuccess if f + u > 0 => UpstreamFailed,
        TriggerRule::AllDoneMinOneSuccess => Skipped,
        _ => run,
    })
}
