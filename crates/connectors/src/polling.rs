//! How jobs are asked about until they end: ever less often, and not for ever in vain.

use std::time::Duration;

const FIRST_PAUSE: Duration = Duration::from_millis(250);
const LAST_PAUSE: Duration = Duration::from_secs(15);

/// How often in a row a service may fail to tell how far a job is, when the fault is its own or the
/// network's: several minutes, with the pauses between.
const TROUBLES_MAX: u32 = 20;
/// How often in a row it may refuse to tell: a job is not known everywhere at once.
const REFUSALS_MAX: u32 = 5;

/// Pauses that double until they are long.
pub(crate) struct Pauses(Duration);

/// What went wrong since a service last told how far a job is.
#[derive(Default)]
pub(crate) struct Troubles {
    troubles: u32,
    refusals: u32,
}

impl Pauses {
    pub(crate) fn new() -> Self {
        Self(FIRST_PAUSE)
    }

    /// Returns the next pause.
    pub(crate) fn next(&mut self) -> Duration {
        let pause = self.0;
        self.0 = (pause * 2).min(LAST_PAUSE);
        pause
    }
}

impl Troubles {
    /// Counts one more and returns whether asking again makes no sense.
    pub(crate) fn is_too_much(&mut self, is_refusal: bool) -> bool {
        if is_refusal {
            self.refusals += 1;
        } else {
            self.troubles += 1;
        }
        self.refusals > REFUSALS_MAX || self.troubles > TROUBLES_MAX
    }
}
