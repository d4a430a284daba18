//! How long things took.

use std::time::Duration;

/// Upper bounds of the buckets, in seconds; a last one holds everything.
const BOUNDS: [f64; 14] =
    [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0, 60.0, 600.0, 3_600.0, 86_400.0];

/// A histogram with fixed buckets.
#[derive(Clone, Default)]
pub(super) struct Histogram {
    counts: [u64; BOUNDS.len() + 1],
    sum: Duration,
}

impl Histogram {
    pub(super) fn add(&mut self, taken: Duration) {
        let seconds = taken.as_secs_f64();
        let bucket = BOUNDS.iter().position(|bound| seconds <= *bound).unwrap_or(BOUNDS.len());
        self.counts[bucket] += 1;
        self.sum = self.sum.saturating_add(taken);
    }

    /// Returns each bound and how many took at most as long.
    pub(super) fn buckets(&self) -> impl Iterator<Item = (String, u64)> {
        let bounds = BOUNDS.iter().map(ToString::to_string).chain(["+Inf".to_owned()]);
        bounds.zip(self.counts.iter().scan(0, |total, count| {
            *total += count;
            Some(*total)
        }))
    }

    pub(super) fn seconds(&self) -> f64 {
        self.sum.as_secs_f64()
    }

    pub(super) fn count(&self) -> u64 {
        self.counts.iter().sum()
    }
}
