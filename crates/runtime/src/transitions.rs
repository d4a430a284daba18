//! Amazon's limit of state transitions: executions that make too many go on more slowly.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use compasso_engine::{Event, EventKind};
use compasso_types::Timestamp;
use compasso_types::bucket::{Bucket, LARGE_REGIONS, Rate};

/// Buckets remembered; beyond it debts are forgotten.
const BUCKETS_MAX: usize = 10_000;

/// Longest pause, so that whoever stops an execution is not kept waiting for all of a debt.
const PAUSE_MAX: Duration = Duration::from_secs(10);

/// How fast the executions of an account may go through states, in regions of either kind.
#[derive(Clone, Copy, Debug)]
pub struct TransitionRates {
    /// Where Amazon allows more.
    pub large_regions: Rate,
    /// Everywhere else.
    pub others: Rate,
}

/// Counts transitions, of each account and region apart.
#[derive(Debug)]
pub(crate) struct Transitions {
    rates: Option<TransitionRates>,
    buckets: Mutex<HashMap<Box<str>, Bucket>>,
}

impl Transitions {
    pub(crate) fn new(rates: Option<TransitionRates>) -> Self {
        Self { rates, buckets: Mutex::default() }
    }

    /// Counts what an execution did; returns how long it is to pause for it.
    pub(crate) fn pause_after(
        &self,
        execution: &str,
        events: &[Event],
        now: Timestamp,
    ) -> Duration {
        let Some(rates) = self.rates else { return Duration::ZERO };
        let made = events.iter().filter(|event| is_transition(&event.kind)).count();
        if made == 0 {
            return Duration::ZERO;
        }
        let owner = owner(execution);
        let region = owner.rsplit(':').nth(1).unwrap_or_default();
        let is_large = LARGE_REGIONS.contains(&region);
        let rate = if is_large { rates.large_regions } else { rates.others };
        // Nothing panics under the lock.
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        if buckets.len() >= BUCKETS_MAX {
            buckets.clear();
        }
        let bucket = buckets.entry(owner.into()).or_insert_with(|| Bucket::full(rate, now));
        bucket.spend(u32::try_from(made).unwrap_or(u32::MAX), rate, now).min(PAUSE_MAX)
    }
}

/// Says whether Amazon counts it: that a state is entered, or tried again.
fn is_transition(kind: &EventKind) -> bool {
    matches!(kind, EventKind::StateEntered { .. } | EventKind::RetryScheduled { .. })
}

/// Returns the part of an ARN that ends with region and account.
fn owner(arn: &str) -> &str {
    arn.match_indices(':').nth(4).map_or(arn, |(end, _)| &arn[..end])
}

#[cfg(test)]
mod tests {
    use compasso_engine::{ScopeId, StateKind};
    use compasso_types::Payload;

    use super::*;

    fn entered() -> Event {
        let input = Payload::parse("{}").unwrap();
        let kind = EventKind::StateEntered { state: "A".into(), kind: StateKind::Pass, input };
        Event { id: 2, previous: 0, at: Timestamp(0), scope: ScopeId(0), kind }
    }

    #[test]
    fn each_account_and_region_pauses_for_its_own_transitions() {
        let large_regions = Rate { burst: 4, refill: 2 };
        let others = Rate { burst: 2, refill: 1 };
        let transitions = Transitions::new(Some(TransitionRates { large_regions, others }));
        let events = vec![entered(); 4];
        let pause = |region: &str, account: &str| {
            let arn = format!("arn:aws:states:{region}:{account}:execution:m:e");
            transitions.pause_after(&arn, &events, Timestamp(0)).as_secs()
        };
        assert_eq!((pause("us-east-1", "1"), pause("us-east-1", "1")), (0, 2));
        assert_eq!((pause("us-east-1", "2"), pause("eu-central-1", "1")), (0, 2));
    }

    #[test]
    fn a_pause_is_bounded_and_what_makes_no_transition_does_not_pause() {
        let rate = Rate { burst: 1, refill: 1 };
        let rates = TransitionRates { large_regions: rate, others: rate };
        let transitions = Transitions::new(Some(rates));
        let pause = |count| transitions.pause_after("a", &vec![entered(); count], Timestamp(0));
        assert_eq!((pause(99), pause(0), pause(1)), (PAUSE_MAX, Duration::ZERO, PAUSE_MAX));
    }

    #[test]
    fn without_rates_nobody_pauses() {
        let pause = Transitions::new(None).pause_after("a", &vec![entered(); 99], Timestamp(0));
        assert_eq!(pause, Duration::ZERO);
    }
}
