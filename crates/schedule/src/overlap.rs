//! What happens when a run is to begin while others are not over.

use std::collections::VecDeque;

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
    /// The oldest one under way is asked to stop, and the new one waits for that, behind those that wait
    /// already. One that comes meanwhile takes its place; the others keep theirs.
    CancelOther,
    /// The one under way is stopped, and the new one begins at once.
    TerminateOther,
    /// The new one begins all the same.
    AllowAll,
}

/// Runs that are under way, and those that wait for their end.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(bound(deserialize = "R: Deserialize<'de>"))]
pub struct Lane<R> {
    /// Runs under way, oldest first.
    #[serde(default)]
    pub active: Vec<R>,
    /// Runs that wait, in their order.
    #[serde(default)]
    pub waiting: VecDeque<R>,
    /// The run under way that was asked to stop last, and the one that waits for that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asked: Option<(R, R)>,
}

/// How a run comes to begin where others are under way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entrance {
    /// How many may be under way.
    pub most: usize,
    /// What happens when there are so many.
    pub overlap: Overlap,
    /// How many may wait under [`Overlap::BufferAll`].
    pub room: usize,
}

/// What becomes of a run that is to begin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Admission<R> {
    /// It runs. `stops`: the run that is stopped for it.
    Runs {
        /// Which.
        stops: Option<R>,
    },
    /// It does not run.
    Skipped,
    /// It waits. `stops`: the run that is stopped for it; `replaces`: the one whose place it takes.
    Waits {
        /// Which run.
        stops: Option<R>,
        /// Which run that waited.
        replaces: Option<R>,
    },
    /// It would have waited, but there is no room.
    Dropped,
}

impl<R> Default for Lane<R> {
    fn default() -> Self {
        Self { active: Vec::new(), waiting: VecDeque::new(), asked: None }
    }
}

impl<R: Clone + PartialEq> Lane<R> {
    /// Admits a run, or does not. One that begins is under way afterwards, even if it begins
    /// whatever else is.
    pub fn admit(&mut self, run: R, entrance: Entrance) -> Admission<R> {
        let is_free = self.active.len() < entrance.most && self.waiting.is_empty();
        match entrance.overlap {
            Overlap::AllowAll => self.begin(run),
            _ if is_free => self.begin(run),
            Overlap::Skip => Admission::Skipped,
            Overlap::BufferOne if self.waiting.is_empty() => self.wait(run),
            Overlap::BufferOne => Admission::Skipped,
            Overlap::BufferAll if self.waiting.len() < entrance.room.min(limits::WAITING_MAX) => {
                self.wait(run)
            }
            Overlap::BufferAll => Admission::Dropped,
            Overlap::CancelOther => {
                let oldest = self.active.first().cloned();
                // Where none is under way, the one that was asked has left, and who came for its place waits yet.
                let known = |asked: &R| oldest.as_ref().is_none_or(|oldest| asked == oldest);
                let asked = self.asked.take().filter(|(asked, _)| known(asked));
                let left = asked.as_ref().map_or_else(|| run.clone(), |(left, _)| left.clone());
                let replaces = asked.map(|(_, waits)| waits).filter(|it| self.waiting.contains(it));
                if let Some(replaced) = &replaces {
                    self.waiting.retain(|waits| waits != replaced);
                }
                let stops = oldest.clone().filter(|_| replaces.is_none());
                self.asked = Some((oldest.unwrap_or(left), run.clone()));
                self.waiting.push_back(run);
                Admission::Waits { stops, replaces }
            }
            Overlap::TerminateOther => {
                let is_full = self.active.len() >= entrance.most && !self.active.is_empty();
                let stops = is_full.then(|| self.active.remove(0));
                self.active.push(run);
                Admission::Runs { stops }
            }
        }
    }

    /// Takes note that a run is over.
    pub fn ended(&mut self, run: &R) {
        self.active.retain(|active| active != run);
    }

    /// Says if a run waits though no other is under way.
    pub fn can_take_up(&self) -> bool {
        self.active.is_empty() && !self.waiting.is_empty()
    }

    /// Returns the run that waited and is under way now, if no other one is.
    pub fn take_up(&mut self) -> Option<R> {
        if !self.can_take_up() {
            return None;
        }
        let next = self.waiting.pop_front()?;
        self.active.push(next.clone());
        Some(next)
    }

    fn begin(&mut self, run: R) -> Admission<R> {
        self.active.push(run);
        Admission::Runs { stops: None }
    }

    fn wait(&mut self, run: R) -> Admission<R> {
        self.waiting.push_back(run);
        Admission::Waits { stops: None, replaces: None }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROOM: usize = 2;

    /// Admits ticks 1, 2, … under a policy, then ends run 1.
    fn admitted(overlap: Overlap, ticks: i64) -> (Vec<Admission<i64>>, Option<i64>) {
        let mut lane = Lane::default();
        let entrance = Entrance { most: 1, overlap, room: ROOM };
        let admissions = (1..=ticks).map(|at| lane.admit(at, entrance)).collect();
        lane.ended(&1);
        (admissions, lane.take_up())
    }

    const RUNS: Admission<i64> = Admission::Runs { stops: None };
    const WAITS: Admission<i64> = Admission::Waits { stops: None, replaces: None };

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
        let asks = Admission::Waits { stops: Some(1), replaces: None };
        let replaces = Admission::Waits { stops: None, replaces: Some(2) };
        assert_eq!(admissions, [RUNS, asks, replaces]);
        assert_eq!(next, Some(3));
    }

    #[test]
    fn those_that_wait_keep_their_places_when_the_oldest_is_cancelled() {
        let mut lane = Lane::default();
        let entrance = |overlap| Entrance { most: 1, overlap, room: ROOM };
        for at in 1..=3 {
            lane.admit(at, entrance(Overlap::BufferAll));
        }
        let asks = |run| Admission::Waits { stops: Some(run), replaces: None };
        assert_eq!(lane.admit(4, entrance(Overlap::CancelOther)), asks(1));
        assert_eq!(lane.waiting, [2, 3, 4]);
        let replaces = Admission::Waits { stops: None, replaces: Some(4) };
        assert_eq!(lane.admit(5, entrance(Overlap::CancelOther)), replaces);
        assert_eq!(lane.waiting, [2, 3, 5]);
        lane.ended(&1);
        assert_eq!(lane.take_up(), Some(2));
        // The one under way now was not asked yet.
        assert_eq!(lane.admit(6, entrance(Overlap::CancelOther)), asks(2));
        assert_eq!(lane.waiting, [3, 5, 6]);
    }

    #[test]
    fn one_that_is_terminated_makes_room_at_once() {
        let (admissions, next) = admitted(Overlap::TerminateOther, 3);
        let stops = |at| Admission::Runs { stops: Some(at) };
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
            lane.admit(at, Entrance { most: 1, overlap: Overlap::BufferAll, room: ROOM });
        }
        lane.ended(&1);
        assert_eq!(lane.take_up(), Some(2));
        lane.ended(&1);
        assert_eq!(lane.take_up(), None);
    }

    #[test]
    fn as_many_run_as_may_before_any_has_to_wait_or_to_go() {
        let mut lane = Lane::default();
        let entrance = |overlap| Entrance { most: 2, overlap, room: ROOM };
        assert_eq!(lane.admit(1, entrance(Overlap::Skip)), RUNS);
        assert_eq!(lane.admit(2, entrance(Overlap::TerminateOther)), RUNS);
        assert_eq!(lane.admit(3, entrance(Overlap::Skip)), Admission::Skipped);
        let stops = Admission::Runs { stops: Some(1) };
        assert_eq!(lane.admit(3, entrance(Overlap::TerminateOther)), stops);
        assert_eq!(lane.active, [2, 3]);
    }
}
