//! Where time and randomness come from.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use compasso_types::Timestamp;
use futures::FutureExt;
use futures::future::BoxFuture;

/// Tells the time.
pub trait Clock: Send + Sync + 'static {
    /// Returns the present instant.
    fn now(&self) -> Timestamp;

    /// Waits until about `at`; it may end early, and the caller looks at the time again.
    fn sleep_until(&self, at: Timestamp) -> BoxFuture<'static, ()> {
        tokio::time::sleep(at.since(self.now())).boxed()
    }
}

/// Draws random bytes.
pub trait Entropy: Send + Sync + 'static {
    /// Returns 16 random bytes, unpredictable outside tests.
    fn seed(&self) -> [u8; 16];
}

/// The machine's clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Timestamp(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
    }
}

/// The operating system's random numbers.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemEntropy;

impl Entropy for SystemEntropy {
    fn seed(&self) -> [u8; 16] {
        let mut seed = [0; 16];
        getrandom::fill(&mut seed).expect("the operating system has random numbers");
        seed
    }
}

/// A clock that never goes back: when the machine's clock does, time stands still until it has
/// caught up.
pub(crate) struct SteadyClock {
    clock: Arc<dyn Clock>,
    latest: AtomicI64,
}

impl SteadyClock {
    pub(crate) fn new(clock: Arc<dyn Clock>) -> Self {
        Self { clock, latest: AtomicI64::new(i64::MIN) }
    }

    pub(crate) fn now(&self) -> Timestamp {
        let now = self.clock.now().0;
        Timestamp(self.latest.fetch_max(now, Ordering::Relaxed).max(now))
    }

    /// Waits until `at`, or for `longest`: the machine's clock may have been set back since, and
    /// forward again before it is there.
    pub(crate) fn sleep_until(&self, at: Timestamp, longest: Duration) -> BoxFuture<'static, ()> {
        self.clock.sleep_until(at.min(self.clock.now().after(longest)))
    }

    /// Waits for about `delay`.
    pub(crate) fn sleep(&self, delay: Duration) -> BoxFuture<'static, ()> {
        self.clock.sleep_until(self.clock.now().after(delay))
    }

    pub(crate) fn inner(&self) -> &Arc<dyn Clock> {
        &self.clock
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;

    #[derive(Default)]
    struct Recorded {
        now: AtomicI64,
        until: Mutex<Vec<Timestamp>>,
    }

    impl Clock for Recorded {
        fn now(&self) -> Timestamp {
            Timestamp(self.now.load(Ordering::Relaxed))
        }

        fn sleep_until(&self, at: Timestamp) -> BoxFuture<'static, ()> {
            self.until.lock().unwrap().push(at);
            std::future::ready(()).boxed()
        }
    }

    #[test]
    fn nobody_sleeps_through_the_day_that_a_clock_was_set_back() {
        let machine = Arc::new(Recorded::default());
        let clock = SteadyClock::new(machine.clone());
        let longest = Duration::from_secs(10);
        for (set_to, sleeps_until) in [(90_000_000, 90_005_000), (3_600_000, 3_610_000)] {
            machine.now.store(set_to, Ordering::Relaxed);
            assert_eq!(clock.now(), Timestamp(90_000_000));
            drop(clock.sleep_until(Timestamp(90_005_000), longest));
            assert_eq!(machine.until.lock().unwrap().pop(), Some(Timestamp(sleeps_until)));
        }
    }
}
