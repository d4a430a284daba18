//! Whether the store refuses every write, such as for want of room. One that is refused may be alone in that: all
//! are if some were for a while and none was taken. While that is so, writes that change nothing are tried now and
//! then: whoever shares out requests may send none any more, which would show how things are. That such a write
//! is taken says little where there is no room, but then nothing is heard of refusals for a while.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use compasso_store::Write;
use compasso_types::Timestamp;
use tokio::sync::{Notify, oneshot};
use tracing::{error, info};

use crate::commit::Item;
use crate::core::Core;
use crate::limits;

/// What is known of refusals.
#[derive(Default)]
pub(crate) struct Refusals {
    ongoing: Mutex<Option<Ongoing>>,
    begun: Notify,
}

/// Refusals with nothing that was taken in between.
struct Ongoing {
    first: Timestamp,
    last: Timestamp,
    reason: String,
    is_told: bool,
}

impl Refusals {
    /// Notes that a write was refused; tells once if all are.
    pub(crate) fn refused(&self, now: Timestamp, reason: &str) {
        let mut state = self.lock();
        let ongoing = state.get_or_insert_with(|| {
            self.begun.notify_one();
            Ongoing { first: now, last: now, reason: String::new(), is_told: false }
        });
        ongoing.last = now;
        reason.clone_into(&mut ongoing.reason);
        if !ongoing.is_told && now.since(ongoing.first) >= limits::REFUSED_ALL_AFTER {
            ongoing.is_told = true;
            error!(reason, "the store refuses every write");
        }
    }

    /// Notes that a write was taken that changes something.
    pub(crate) fn taken(&self) {
        if self.lock().take().is_some_and(|ongoing| ongoing.is_told) {
            info!("the store takes writes again");
        }
    }

    /// Returns why every write is refused, if that is so.
    pub(crate) fn reason(&self) -> Option<String> {
        let state = self.lock();
        state.as_ref().filter(|ongoing| ongoing.is_told).map(|ongoing| ongoing.reason.clone())
    }

    /// Forgets refusals that were the last for a while; returns whether there are any.
    fn go_on(&self, now: Timestamp) -> bool {
        let mut state = self.lock();
        let over = state.take_if(|ongoing| now.since(ongoing.last) >= limits::REFUSED_FORGOTTEN);
        if over.is_some_and(|ongoing| ongoing.is_told) {
            info!("the store refuses no write any more");
        }
        state.is_some()
    }

    fn lock(&self) -> MutexGuard<'_, Option<Ongoing>> {
        // Nothing panics under the lock.
        self.ongoing.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Tries writes that change nothing while others are refused, until the runtime stops.
pub(crate) async fn run(core: Arc<Core>) {
    let tries = async {
        loop {
            core.refusals.begun.notified().await;
            while core.refusals.go_on(core.now()) {
                core.clock.sleep(limits::REFUSED_LOOK_EVERY).await;
                let (answer, outcome) = oneshot::channel();
                core.commits.push(Item::Apart { write: Write::Documents(Vec::new()), answer });
                // How it ends is noted where all commits end.
                let _ = outcome.await;
            }
        }
    };
    tokio::select! {
        biased;
        () = core.stopped() => {}
        () = tries => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusals(seconds: &[i64]) -> Refusals {
        let refusals = Refusals::default();
        for second in seconds {
            refusals.refused(Timestamp(second * 1_000), "no room");
        }
        refusals
    }

    #[test]
    fn one_write_that_is_refused_says_nothing_of_others() {
        assert_eq!(refusals(&[1]).reason(), None);
        assert_eq!(refusals(&[1, 1, 1]).reason(), None);
        assert_eq!(refusals(&[1, 3]).reason().as_deref(), Some("no room"));
    }

    #[test]
    fn what_is_taken_ends_it_and_so_does_time_without_refusals() {
        let taken = refusals(&[1, 3]);
        taken.taken();
        assert_eq!(taken.reason(), None);
        taken.refused(Timestamp(4_000), "no room");
        assert_eq!(taken.reason(), None);
        let quiet = refusals(&[1, 3]);
        assert!(quiet.go_on(Timestamp(4_000)) && quiet.reason().is_some());
        assert!(!quiet.go_on(Timestamp(60_000)) && quiet.reason().is_none());
    }
}
