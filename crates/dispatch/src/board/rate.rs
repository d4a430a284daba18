//! Rates: so many starts in a time.

use compasso_types::Timestamp;

use crate::wants::RateWish;

/// How far a rate is used up: the instant, in microseconds, at which all of it is there again.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Rate {
    full_at: i64,
}

const MICROS: i64 = 1_000;

impl Rate {
    /// Returns from when on another start is allowed; that may be in the past.
    pub(super) fn ready_at(self, wish: &RateWish, now: Timestamp) -> Timestamp {
        let micros = self.after_start(wish, now) - interval(wish) * i64::from(burst(wish));
        Timestamp(micros.div_euclid(MICROS) + i64::from(micros.rem_euclid(MICROS) > 0))
    }

    /// Counts a start.
    pub(super) fn take(&mut self, wish: &RateWish, now: Timestamp) {
        self.full_at = self.after_start(wish, now);
    }

    /// Returns whether nothing of it is used up.
    pub(super) fn is_full(self, now: Timestamp) -> bool {
        self.full_at <= now.0.saturating_mul(MICROS)
    }

    fn after_start(self, wish: &RateWish, now: Timestamp) -> i64 {
        self.full_at.max(now.0.saturating_mul(MICROS)).saturating_add(interval(wish))
    }
}

/// Microseconds between two starts.
fn interval(wish: &RateWish) -> i64 {
    let micros =
        u128::from(wish.per_ms) * u128::from(MICROS.unsigned_abs()) / u128::from(wish.limit);
    i64::try_from(micros).unwrap_or(i64::MAX / 4).min(i64::MAX / 4 / i64::from(burst(wish)).max(1))
}

fn burst(wish: &RateWish) -> u32 {
    wish.burst.unwrap_or(wish.limit).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_passes_at_once_and_the_others_at_the_rate() {
        let wish = RateWish { key: "k".into(), limit: 10, per_ms: 1_000, burst: Some(2) };
        let (mut rate, mut now, mut starts) = (Rate::default(), Timestamp(5_000), Vec::new());
        for _ in 0..4 {
            now = now.max(rate.ready_at(&wish, now));
            rate.take(&wish, now);
            starts.push(now.0);
        }
        assert_eq!(starts, [5_000, 5_000, 5_100, 5_200]);
        assert!(!rate.is_full(Timestamp(5_300)));
        assert!(rate.is_full(Timestamp(5_400)));
    }
}
