//! Waiting for a server that is being started again.

use std::time::{Duration, Instant};

use super::{Refused, Unreachable};
use crate::output;

/// First and longest pause between two attempts.
const PAUSE: (Duration, Duration) = (Duration::from_millis(50), Duration::from_secs(1));
/// How long a server may be away.
const AWAY_MAX: Duration = Duration::from_secs(60);

/// Bears that a server that has answered before does not answer for a while.
#[derive(Default)]
pub(crate) struct Patience {
    has_answered: bool,
    away: Option<(Instant, Duration)>,
}

impl Patience {
    /// Notes that the server answered.
    pub(crate) fn answered(&mut self) {
        if self.away.take().is_some() {
            output::note("the server is back");
        }
        self.has_answered = true;
    }

    /// Pauses before the next attempt.
    ///
    /// # Errors
    /// `error` itself, if another attempt is of no use.
    pub(crate) async fn bear(&mut self, error: anyhow::Error) -> anyhow::Result<()> {
        let is_passing = error.is::<Unreachable>()
            || error.downcast_ref::<Refused>().is_some_and(Refused::is_passing);
        if !self.has_answered || !is_passing {
            return Err(error);
        }
        if self.away.is_none() {
            output::note("the server does not answer; trying again");
        }
        let (since, pause) = self.away.unwrap_or_else(|| (Instant::now(), PAUSE.0));
        if since.elapsed() > AWAY_MAX {
            return Err(error);
        }
        tokio::time::sleep(pause).await;
        self.away = Some((since, (pause * 2).min(PAUSE.1)));
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use futures::FutureExt as _;

    use super::*;

    fn unreachable() -> anyhow::Error {
        Unreachable { endpoint: String::new(), reason: String::new() }.into()
    }

    /// Returns whether there will be another attempt, without waiting for it.
    fn bears(patience: &mut Patience, error: anyhow::Error) -> bool {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        runtime.block_on(async { patience.bear(error).now_or_never().is_none() })
    }

    #[test]
    fn a_server_that_never_answered_is_not_waited_for() {
        assert!(!bears(&mut Patience::default(), unreachable()));
    }

    #[test]
    fn a_server_that_has_answered_is_waited_for() {
        let mut patience = Patience::default();
        patience.answered();
        assert!(bears(&mut patience, unreachable()));
        assert!(!bears(&mut patience, anyhow::anyhow!("something else")));
    }
}
