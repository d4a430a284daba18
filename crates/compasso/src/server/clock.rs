//! The time of a cluster: that of the store, which all nodes share.

use std::time::Instant;

use compasso_cluster::Standing;
use compasso_runtime::{Clock, SystemClock};
use compasso_types::Timestamp;
use tokio::sync::watch;

/// Goes on from what the store said last. Its own machine's clock may show any time.
pub(super) struct StoreClock(watch::Receiver<Standing>);

impl StoreClock {
    pub(super) fn new(standing: watch::Receiver<Standing>) -> Self {
        Self(standing)
    }
}

impl Clock for StoreClock {
    fn now(&self) -> Timestamp {
        // An owner has always heard of the store.
        let known = self.0.borrow().store_time(Instant::now());
        known.unwrap_or_else(|| SystemClock.now())
    }
}
