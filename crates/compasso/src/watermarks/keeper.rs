//! Whoever gives the reserve up and takes it again, as the room on the disk is.

use std::io::{self, ErrorKind};
use std::time::Duration;

use tokio::time::Instant;
use tracing::warn;

use super::Marks;
use crate::reserve::Reserve;

/// How long nothing is taken after it failed, the first time; then twice as long each time.
const TAKE_AGAIN_AFTER: Duration = Duration::from_secs(30);
/// The longest such pause.
const TAKE_AGAIN_AFTER_MAX: Duration = Duration::from_secs(3_600);

/// Whoever gives the reserve up and takes it again.
pub(super) struct Keeper {
    reserve: Reserve,
    /// How long it rests after a try that failed.
    pause: Duration,
    /// Nothing is tried before.
    rests_until: Option<Instant>,
}

impl Keeper {
    pub(super) fn new(reserve: Reserve) -> Self {
        Self { reserve, pause: TAKE_AGAIN_AFTER, rests_until: None }
    }

    /// How much room the reserve takes up, in bytes.
    pub(super) fn held_bytes(&self) -> u64 {
        if self.reserve.is_held() { self.reserve.bytes() } else { 0 }
    }

    /// Gives the reserve up, or takes it again, as the room is; returns the room from then on.
    pub(super) async fn keep(&mut self, marks: Marks, free: u64, now: Instant) -> u64 {
        let is_held = self.reserve.is_held();
        if is_held && free < marks.gives_up() {
            warn!("the disk is all but full: the reserve is given up for what ends");
            self.reserve.give_up();
            return free.saturating_add(self.reserve.bytes());
        }
        let rests = self.rests_until.is_some_and(|until| now < until);
        if is_held || rests || self.reserve.bytes() == 0 || free < marks.takes_again() {
            return free;
        }
        match self.take().await {
            Ok(()) => {
                *self = Self::new(self.reserve.clone());
                free.saturating_sub(self.reserve.bytes())
            }
            Err(error) => {
                self.note_failure(&error, now);
                free
            }
        }
    }

    fn note_failure(&mut self, error: &io::Error, now: Instant) {
        // Others were faster.
        if error.kind() == ErrorKind::StorageFull {
            self.rests_until = Some(now + self.pause);
            self.pause = (2 * self.pause).min(TAKE_AGAIN_AFTER_MAX);
        } else {
            warn!(%error, "no room can be reserved on the disk");
            self.reserve.do_without();
        }
    }

    /// Takes the room on a thread that may block: some file systems have all of it written.
    async fn take(&mut self) -> io::Result<()> {
        let mut reserve = self.reserve.clone();
        let taken = tokio::task::spawn_blocking(move || reserve.take().map(|()| reserve)).await;
        self.reserve = taken.map_err(io::Error::other)??;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MIB: u64 = 1024 * 1024;
    const MARKS: Marks = Marks { starts: 4 * MIB, tasks: 2 * MIB, reserve: MIB };

    #[tokio::test]
    async fn a_reserve_is_given_up_on_a_full_disk_and_taken_again_once_there_is_room() {
        let data = tempfile::tempdir().unwrap();
        let mut keeper = Keeper::new(Reserve::find(data.path(), MARKS.reserve));
        let mut look = async |free| {
            let free = keeper.keep(MARKS, free, Instant::now()).await;
            (keeper.reserve.is_held(), free)
        };
        assert_eq!(look(64 * MIB).await, (true, 63 * MIB));
        assert_eq!(look(MIB / 4).await, (true, MIB / 4));
        assert_eq!(look(MIB / 4 - 1).await, (false, MIB / 4 - 1 + MIB));
        assert_eq!(look(2 * MIB).await, (false, 2 * MIB));
        assert_eq!(look(MARKS.takes_again()).await, (true, MARKS.takes_again() - MIB));
    }

    #[tokio::test]
    async fn whoever_was_too_slow_tries_again_less_and_less_often() {
        let data = tempfile::tempdir().unwrap();
        let mut keeper = Keeper::new(Reserve::find(data.path(), MARKS.reserve));
        let (now, full) = (Instant::now(), io::Error::from(ErrorKind::StorageFull));
        keeper.note_failure(&full, now);
        let free = 64 * MIB;
        let early = now + TAKE_AGAIN_AFTER / 2;
        assert_eq!(keeper.keep(MARKS, free, early).await, free, "nothing is tried");
        keeper.note_failure(&full, now);
        assert_eq!(keeper.keep(MARKS, free, now + TAKE_AGAIN_AFTER).await, free);
        assert_eq!(keeper.keep(MARKS, free, now + 2 * TAKE_AGAIN_AFTER).await, free - MIB);
        keeper.reserve.give_up();
        keeper.note_failure(&full, now);
        assert_eq!(keeper.keep(MARKS, free, now + TAKE_AGAIN_AFTER).await, free - MIB);
    }
}
