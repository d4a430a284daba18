//! What becomes of ticks that come too late.

use std::time::Duration;

use compasso_types::Timestamp;

/// Which missed ticks still run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum CatchUp {
    /// None.
    #[default]
    None,
    /// The newest one.
    Last,
    /// All, oldest first.
    All,
    /// Those that are not older than this.
    Within(Duration),
}

/// What becomes of a tick.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lateness {
    /// It runs.
    Runs,
    /// It was missed, and does not run.
    Misfired,
    /// It was missed, and a newer one runs for it.
    Coalesced,
}

impl CatchUp {
    /// Says what becomes of a tick that was due at `due` and is handled at `now`. `newest` says if
    /// no later tick of the schedule was missed.
    pub fn judge(self, due: Timestamp, now: Timestamp, grace: Duration, newest: bool) -> Lateness {
        let late = now.since(due);
        if late <= grace {
            return Lateness::Runs;
        }
        match self {
            Self::None => Lateness::Misfired,
            Self::Last if newest => Lateness::Runs,
            Self::Last => Lateness::Coalesced,
            Self::All => Lateness::Runs,
            Self::Within(age) if late <= age => Lateness::Runs,
            Self::Within(_) => Lateness::Misfired,
        }
    }

    /// Says if ticks that come late are all wanted, so that those that overlap should wait.
    pub fn wants_all(self) -> bool {
        matches!(self, Self::All | Self::Within(_))
    }
}
