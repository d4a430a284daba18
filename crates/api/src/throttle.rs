//! Amazon's limits of the rate of calls: a bucket of tokens for each action, account and region.
//!
//! **Invariant:** what ends work always passes, whatever Amazon allows: results, signs of life, stops, and workers that
//! ask for what they are to do.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use compasso_service::{Caller, Error};
use compasso_types::Timestamp;
use compasso_types::bucket::{Bucket, LARGE_REGIONS, Rate};

/// Buckets remembered; beyond it those that are full are forgotten.
const BUCKETS_MAX: usize = 10_000;
/// Whose calls a bucket counts.
#[derive(Debug, PartialEq, Eq, Hash)]
struct Counted {
    action: &'static str,
    account: String,
    region: String,
}

/// Counts calls.
#[derive(Debug, Default)]
pub(crate) struct Throttle {
    buckets: Mutex<HashMap<Counted, Bucket>>,
}

impl Throttle {
    /// Counts a call.
    ///
    /// # Errors
    /// [`Error::Throttled`], if there were too many.
    pub(crate) fn count(&self, action: &str, caller: &Caller, now: Timestamp) -> Result<(), Error> {
        let is_large = LARGE_REGIONS.contains(&&*caller.region);
        let Some((action, rate)) = rate(action, is_large) else { return Ok(()) };
        let (account, region) = (caller.account.to_string(), caller.region.to_string());
        // Nothing panics under the lock.
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        if buckets.len() >= BUCKETS_MAX {
            forget_full(&mut buckets, now);
        }
        let counted = Counted { action, account, region };
        let bucket = buckets.entry(counted).or_insert_with(|| Bucket::full(rate, now));
        if bucket.take(rate, now) { Ok(()) } else { Err(Error::Throttled) }
    }
}

/// Forgets buckets that are full, which are as good as new; all of them if that leaves too many.
fn forget_full(buckets: &mut HashMap<Counted, Bucket>, now: Timestamp) {
    buckets.retain(|counted, bucket| {
        let is_large = LARGE_REGIONS.contains(&&*counted.region);
        rate(counted.action, is_large).is_some_and(|(_, rate)| !bucket.is_full(rate, now))
    });
    if buckets.len() >= BUCKETS_MAX {
        buckets.clear();
    }
}

/// Returns an action's name and rate; those that end work have none.
fn rate(action: &str, is_large: bool) -> Option<(&'static str, Rate)> {
    let by_region = |large, other| if is_large { large } else { other };
    let (name, (burst, refill)) = match action {
        "StartExecution" => ("StartExecution", by_region((1_300, 300), (800, 150))),
        "RedriveExecution" => ("RedriveExecution", by_region((1_300, 300), (800, 150))),
        "DescribeExecution" => ("DescribeExecution", by_region((300, 15), (250, 10))),
        "GetExecutionHistory" => ("GetExecutionHistory", (400, 20)),
        "ListExecutions" => ("ListExecutions", by_region((200, 5), (100, 2))),
        "CreateActivity" => ("CreateActivity", (100, 1)),
        "DeleteActivity" => ("DeleteActivity", (100, 1)),
        "DescribeActivity" => ("DescribeActivity", (200, 1)),
        "ListActivities" => ("ListActivities", (100, 10)),
        "CreateStateMachine" => ("CreateStateMachine", (100, 1)),
        "CreateStateMachineAlias" => ("CreateStateMachineAlias", (100, 1)),
        "UpdateStateMachine" => ("UpdateStateMachine", (100, 1)),
        "UpdateStateMachineAlias" => ("UpdateStateMachineAlias", (100, 1)),
        "UpdateMapRun" => ("UpdateMapRun", (100, 1)),
        "PublishStateMachineVersion" => ("PublishStateMachineVersion", (100, 1)),
        "DeleteStateMachine" => ("DeleteStateMachine", (100, 1)),
        "DeleteStateMachineAlias" => ("DeleteStateMachineAlias", (100, 1)),
        "DeleteStateMachineVersion" => ("DeleteStateMachineVersion", (100, 1)),
        "DescribeStateMachine" => ("DescribeStateMachine", (200, 20)),
        "DescribeStateMachineAlias" => ("DescribeStateMachineAlias", (200, 1)),
        "DescribeMapRun" => ("DescribeMapRun", (200, 1)),
        "DescribeStateMachineForExecution" => ("DescribeStateMachineForExecution", (200, 1)),
        "ListStateMachines" => ("ListStateMachines", (100, 5)),
        "ListStateMachineAliases" => ("ListStateMachineAliases", (100, 1)),
        "ListStateMachineVersions" => ("ListStateMachineVersions", (100, 1)),
        "ListMapRuns" => ("ListMapRuns", (100, 1)),
        "ListTagsForResource" => ("ListTagsForResource", (100, 1)),
        "TagResource" => ("TagResource", (200, 1)),
        "UntagResource" => ("UntagResource", (200, 1)),
        "TestState" => ("TestState", (50, 10)),
        "ValidateStateMachineDefinition" => ("ValidateStateMachineDefinition", (100, 1)),
        _ => return None,
    };
    Some((name, Rate { burst, refill }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn caller(region: &str) -> Caller {
        Caller { account: "123456789012".into(), region: region.into() }
    }

    /// Returns how many of `calls` are let in.
    fn let_in(throttle: &Throttle, region: &str, calls: usize, at: Timestamp) -> usize {
        let caller = caller(region);
        (0..calls).filter(|_| throttle.count("ListExecutions", &caller, at).is_ok()).count()
    }

    #[test]
    fn a_bucket_empties_and_fills_again_with_time() {
        let throttle = Throttle::default();
        assert_eq!(let_in(&throttle, "us-east-1", 500, Timestamp(0)), 200);
        assert_eq!(let_in(&throttle, "us-east-1", 500, Timestamp(199)), 0);
        assert_eq!(let_in(&throttle, "us-east-1", 500, Timestamp(1_000)), 5);
        assert_eq!(let_in(&throttle, "us-east-1", 500, Timestamp(1_000_000)), 200, "never fuller");
    }

    #[test]
    fn each_region_has_its_own_bucket_of_its_own_size() {
        let throttle = Throttle::default();
        assert_eq!(let_in(&throttle, "us-east-1", 500, Timestamp(0)), 200);
        assert_eq!(let_in(&throttle, "eu-central-1", 500, Timestamp(0)), 100);
    }

    #[test]
    fn what_ends_work_and_what_has_no_rate_is_not_counted() {
        let throttle = Throttle::default();
        let ends = ["SendTaskSuccess", "SendTaskFailure", "SendTaskHeartbeat", "StopExecution"];
        for action in ends.into_iter().chain(["GetActivityTask", "X"]) {
            let mut calls =
                (0..9_999).map(|_| throttle.count(action, &caller("eu-west-1"), Timestamp(0)));
            assert!(calls.all(|call| call.is_ok()), "{action}");
        }
    }

    #[test]
    fn buckets_that_are_full_again_are_forgotten() {
        let throttle = Throttle::default();
        for number in 0..BUCKETS_MAX {
            let_in(&throttle, &number.to_string(), 1, Timestamp(0));
        }
        let_in(&throttle, "one-more", 1, Timestamp(1_000));
        assert_eq!(throttle.buckets.lock().unwrap().len(), 1);
    }
}
