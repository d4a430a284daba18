//! Work that is put off because the store does not take or give anything: an outage is told once when it
//! begins and once when it is over, however many executions it concerns.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use compasso_types::Timestamp;

/// Whether there is an outage, and what it came to so far.
#[derive(Default)]
pub(crate) struct Outage(Mutex<Option<Ongoing>>);

struct Ongoing {
    since: Timestamp,
    put_off: u64,
}

/// An outage that is over.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Over {
    /// How often work was put off.
    pub(crate) put_off: u64,
    /// How long it took.
    pub(crate) took: Duration,
}

impl Outage {
    /// Notes that the work of an execution is put off; returns whether an outage begins with it.
    pub(crate) fn begins(&self, now: Timestamp) -> bool {
        let mut ongoing = self.lock();
        let begins = ongoing.is_none();
        ongoing.get_or_insert(Ongoing { since: now, put_off: 0 }).put_off += 1;
        begins
    }

    /// Notes that the store took something; returns the outage that is over with it, if work was put off
    /// more than that once.
    pub(crate) fn ends(&self, now: Timestamp) -> Option<Over> {
        let Ongoing { since, put_off } = self.lock().take()?;
        (put_off > 1).then(|| Over { put_off, took: now.since(since) })
    }

    fn lock(&self) -> MutexGuard<'_, Option<Ongoing>> {
        // Nothing panics under the lock.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_outage_is_told_when_it_begins_and_with_its_count_when_it_is_over() {
        let outage = Outage::default();
        assert!(outage.begins(Timestamp(1_000)));
        assert!(!outage.begins(Timestamp(2_000)) && !outage.begins(Timestamp(3_000)));
        let over = Over { put_off: 3, took: Duration::from_secs(4) };
        assert_eq!(outage.ends(Timestamp(5_000)), Some(over));
        assert_eq!(outage.ends(Timestamp(6_000)), None);
        assert!(outage.begins(Timestamp(7_000)));
        assert_eq!(outage.ends(Timestamp(8_000)), None, "the line when it began said it all");
    }
}
