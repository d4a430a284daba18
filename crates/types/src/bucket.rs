//! Buckets of tokens, by which Amazon limits how fast things go.

use std::time::Duration;

use crate::Timestamp;

/// Regions in which Amazon allows more.
pub const LARGE_REGIONS: [&str; 3] = ["us-east-1", "us-west-2", "eu-west-1"];

/// Parts of a token that are counted, so that time counts by milliseconds.
const PARTS: i64 = 1_000;

/// How many tokens there are at most, and how fast they come back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    /// Tokens of a full bucket.
    pub burst: u32,
    /// Tokens that come back a second.
    pub refill: u32,
}

/// Tokens that are there; a debt is negative.
#[derive(Clone, Copy, Debug)]
pub struct Bucket {
    parts: i64,
    at: Timestamp,
}

impl Rate {
    fn full(self) -> i64 {
        i64::from(self.burst) * PARTS
    }
}

impl Bucket {
    /// Returns a full one.
    pub fn full(rate: Rate, now: Timestamp) -> Self {
        Self { parts: rate.full(), at: now }
    }

    /// Takes a token if there is one.
    pub fn take(&mut self, rate: Rate, now: Timestamp) -> bool {
        self.refill(rate, now);
        let there_is = self.parts >= PARTS;
        if there_is {
            self.parts -= PARTS;
        }
        there_is
    }

    /// Takes tokens whether they are there or not; returns how long it takes to pay the debt.
    pub fn spend(&mut self, tokens: u32, rate: Rate, now: Timestamp) -> Duration {
        self.refill(rate, now);
        self.parts -= i64::from(tokens) * PARTS;
        let debt = u64::try_from(-self.parts).unwrap_or(0);
        Duration::from_millis(debt.div_ceil(u64::from(rate.refill.max(1))))
    }

    /// Says whether it is as good as new.
    pub fn is_full(&mut self, rate: Rate, now: Timestamp) -> bool {
        self.refill(rate, now);
        self.parts >= rate.full()
    }

    fn refill(&mut self, rate: Rate, now: Timestamp) {
        let passed = i64::try_from(now.since(self.at).as_millis()).unwrap_or(i64::MAX);
        let more = passed.saturating_mul(i64::from(rate.refill));
        self.parts = self.parts.saturating_add(more).min(rate.full());
        self.at = self.at.max(now);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RATE: Rate = Rate { burst: 10, refill: 5 };

    #[test]
    fn tokens_come_back_with_time_up_to_the_full_bucket() {
        let mut bucket = Bucket::full(RATE, Timestamp(0));
        let mut taken = |at| (0..99).filter(|_| bucket.take(RATE, Timestamp(at))).count();
        assert_eq!((taken(0), taken(199), taken(1_000), taken(1_000_000)), (10, 0, 5, 10));
    }

    #[test]
    fn a_debt_takes_as_long_as_its_tokens_take_to_come_back() {
        let mut bucket = Bucket::full(RATE, Timestamp(0));
        assert_eq!(bucket.spend(10, RATE, Timestamp(0)), Duration::ZERO);
        assert_eq!(bucket.spend(5, RATE, Timestamp(0)), Duration::from_secs(1));
        assert_eq!(bucket.spend(5, RATE, Timestamp(500)), Duration::from_millis(1_500));
        assert!(!bucket.is_full(RATE, Timestamp(2_000)));
        assert!(bucket.is_full(RATE, Timestamp(4_000)));
    }
}
