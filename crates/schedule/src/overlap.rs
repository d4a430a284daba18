//! What happens when a run is due while another one of the same schedule is not over.

use std::collections::VecDeque;

use compasso_types::Timestamp;
use serde::{Deserialize, Serialize};

use crate::limits;

/// What happens then.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Overlap {
    /// The new one does not run.
    Skip,
    /// The new one waits, unless one waits already.
    BufferOne,
    /// All wait, in order, as long as there is room.
    BufferAll,
    /// The one under way is asked to stop, and the new one begins when it has. One that comes
    /// meanwhile takes the place of the one that waits.
    CancelOther,
    /// The one under way is stopped, and the new one begins at once.
    TerminateOther,
    /// The new one begins all the same.
    AllowAll,
}

/// The runs of one schedule that are under way, and the ticks that wait for their end. Runs are
/// named by the instant of their tick.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Lane {
    /// Runs under way, oldest first.
    pub active: Vec<Timestamp>,
    /// Ticks that wait, in their order.
    pub waiting: VecDeque<Timestamp>,
}

/// What becomes of a tick that is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Admission {
    /// It runs. `stops`: the run that is stopped for it.
    Runs {
        /// Which.
        stops: Option<Timestamp>,
    },
    /// It does not run.
    Skipped,
    /// It waits. `stops`: the run that is stopped for it; `replaces`: the tick whose place it takes.
    Waits {
        /// Which run.
        stops: Option<Timestamp>,
        /// Which tick.
        replaces: Option<Timestamp>,
    },
    /// It would have waited, but there is no room.
    Dropped,
}

impl Lane {
    /// Admits a tick that is due, or does not. `room` is how many may wait under
    /// [`Overlap::BufferAll`].
    pub fn admit(&mut self, at: Timestamp, overlap: Overlap, room: usize) -> Admission {
        let free = self.active.is_empty() && self.waiting.is_empty();
        match overlap {
            // Nobody needs to know when it ends.
            Overlap::AllowAll => Admission::Runs { stops: None },
            _ if free => {
                self.active.push(at);
                Admission::Runs { stops: None }
            }
            Overlap::Skip => Admission::Skipped,
            Overlap::BufferOne if self.waiting.is_empty() => self.wait(at, None),
            Overlap::BufferOne => Admission::Skipped,
            Overlap::BufferAll if self.waiting.len() < room.min(limits::WAITING_MAX) => {
                self.wait(at, None)
            }
            Overlap::BufferAll => Admission::Dropped,
            Overlap::CancelOther => {
                let stops = self.active.first().copied().filter(|_| self.waiting.is_empty());
                let replaces = self.waiting.pop_back();
                self.waiting.push_back(at);
                Admission::Waits { stops, replaces }
            }
            Overlap::TerminateOther => {
                let stops = if self.active.is_empty() { None } else { Some(self.active.remove(0)) };
                self.active.push(at);
                Admission::Runs { stops }
            }
        }
    }

    /// Takes note that a run is over.
    pub fn ended(&mut self, run: Timestamp) {
        self.active.retain(|at| *at != run);
    }

    /// Says if a tick waits though no run is under way.
    pub fn can_take_up(&self) -> bool {
        self.active.is_empty() && !self.waiting.is_empty()
    }

    /// Returns the tick that waited and runs now, if no other run is under way.
    pub fn take_up(&mut self) -> Option<Timestamp> {
        if !self.can_take_up() {
            return None;
        }
        let next = self.waiting.pop_front()?;
        self.active.push(next);
        Some(next)
    }

    fn wait(&mut self, at: Timestamp, stops: Option<Timestamp>) -> Admission {
        self.waiting.push_back(at);
        Admission::Waits { stops, replaces: None }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROOM: usize = 2;

    /// Admits ticks 1, 2, … under a policy, then ends run 1.
    fn admitted(overlap: Overlap, ticks: i64) -> (Vec<Admission>, Option<i64>) {
        let mut lane = Lane::default();
        let admissions = (1..=ticks).map(|at| lane.admit(Timestamp(at), overlap, ROOM)).collect();
        lane.ended(Timestamp(1));
        (admissions, lane.take_up().map(|at| at.0))
    }

    const RUNS: Admission = Admission::Runs { stops: None };
    const WAITS: Admission = Admission::Waits { stops: None, replaces: None };

    #[test]
    fn what_overlaps_is_skipped_until_the_run_is_over() {
        let (admissions, next) = admitted(Overlap::Skip, 3);
        assert_eq!(admissions, [RUNS, Admission::Skipped, Admission::Skipped]);
        assert_eq!(next, None);
    }

    #[test]
    fn a_buffer_of_one_keeps_the_first() {
        let (admissions, next) = admitted(Overlap::BufferOne, 3);
        assert_eq!(admissions, [RUNS, WAITS, Admission::Skipped]);
        assert_eq!(next, Some(2));
    }

    #[test]
    fn a_buffer_of_all_keeps_their_order_and_has_a_bound() {
        let (admissions, next) = admitted(Overlap::BufferAll, 4);
        assert_eq!(admissions, [RUNS, WAITS, WAITS, Admission::Dropped]);
        assert_eq!(next, Some(2));
    }

    #[test]
    fn one_that_is_cancelled_is_asked_once_and_the_newest_follows_it() {
        let (admissions, next) = admitted(Overlap::CancelOther, 3);
        let asks = Admission::Waits { stops: Some(Timestamp(1)), replaces: None };
        let replaces = Admission::Waits { stops: None, replaces: Some(Timestamp(2)) };
        assert_eq!(admissions, [RUNS, asks, replaces]);
        assert_eq!(next, Some(3));
    }

    #[test]
    fn one_that_is_terminated_makes_room_at_once() {
        let (admissions, next) = admitted(Overlap::TerminateOther, 3);
        let stops = |at| Admission::Runs { stops: Some(Timestamp(at)) };
        assert_eq!(admissions, [RUNS, stops(1), stops(2)]);
        assert_eq!(next, None);
    }

    #[test]
    fn all_run_beside_each_other_if_they_may() {
        let (admissions, next) = admitted(Overlap::AllowAll, 3);
        assert_eq!(admissions, [RUNS, RUNS, RUNS]);
        assert_eq!(next, None);
    }

    #[test]
    fn an_end_that_is_told_twice_starts_nothing_twice() {
        let mut lane = Lane::default();
        for at in 1..=3 {
            lane.admit(Timestamp(at), Overlap::BufferAll, ROOM);
        }
        lane.ended(Timestamp(1));
        assert_eq!(lane.take_up(), Some(Timestamp(2)));
        lane.ended(Timestamp(1));
        assert_eq!(lane.take_up(), None);
    }
}
