//! A schedule: all its ticks, without any of its state.

use std::time::Duration;

use compasso_types::Timestamp;

use crate::timing::{Timing, previous};
use crate::{Calendar, CatchUp, Grain, Interval, Overlap, Zone, jitter};

/// Most ticks that are looked at: of a calendar whose last open day is over, all to come are closed.
const LOOKS_MAX: usize = 20_000;

/// When something runs, and what happens when it cannot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Schedule {
    /// Whose hash puts its ticks off.
    pub name: String,
    /// When it is due.
    pub timing: Timing,
    /// The days on which it rests.
    pub calendar: Option<Calendar>,
    /// Its first tick is not before.
    pub start: Option<Timestamp>,
    /// Its last tick is before.
    pub end: Option<Timestamp>,
    /// How many runs it makes at most.
    pub limit: Option<u64>,
    /// How long every run is put off.
    pub delay: Duration,
    /// How long a run is put off at most, besides.
    pub jitter: Duration,
    /// How late a run may begin before it counts as missed.
    pub misfire_grace: Duration,
    /// What becomes of missed runs.
    pub catch_up: CatchUp,
    /// What becomes of a run that is due while another one runs.
    pub overlap: Overlap,
    /// How many may wait under [`Overlap::BufferAll`].
    pub buffer: usize,
    /// How partitions are named; by the distance of ticks if it is not said.
    pub partition: Option<Grain>,
}

/// A nominal instant of a schedule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Tick {
    /// The instant.
    pub at: Timestamp,
    /// Whether the schedule rests on that day, so that nothing runs.
    pub closed: bool,
}

/// What a new schedule catches up on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CaughtUp {
    /// How many ticks.
    pub ticks: usize,
    /// The first of them.
    pub since: Timestamp,
    /// Whether there are more than were counted.
    pub has_more: bool,
}

impl Schedule {
    /// Returns the first tick after `after`.
    pub fn next_after(&self, after: Timestamp) -> Option<Tick> {
        let from = self.start.map_or(after, |start| after.max(Timestamp(start.0 - 1)));
        let tick = self.unbounded_after(from)?;
        self.end.is_none_or(|end| tick.at < end).then_some(tick)
    }

    /// Returns the instants of the next `most` ticks after `after` on which it does not rest. Of one that rests for
    /// long, only so many ticks are looked at, and fewer may be found.
    pub fn upcoming(&self, after: Timestamp, most: usize) -> Vec<Timestamp> {
        let ticks = std::iter::successors(self.next_after(after), |tick| self.next_after(tick.at));
        let open = ticks.take(LOOKS_MAX).filter(|tick| !tick.closed);
        open.map(|tick| tick.at).take(most).collect()
    }

    /// Returns after which instant ticks count of a schedule that is new since an instant: from its
    /// start on if they are all wanted.
    pub fn counts_after(&self, since: Timestamp) -> Timestamp {
        let before = self.start.map(|start| Timestamp(start.0 - 1));
        match before {
            Some(before) if self.catch_up == CatchUp::All => before.min(since),
            _ => since,
        }
    }

    /// Returns the ticks of the past that run as soon as the schedule is there, if there are any.
    pub fn caught_up(&self, now: Timestamp) -> Option<CaughtUp> {
        let first = self.next_after(self.counts_after(now))?;
        let all = std::iter::successors(Some(first), |tick| self.next_after(tick.at));
        let past = all.take_while(|tick| self.due(tick.at) <= now);
        let looked: Vec<_> = past.take(LOOKS_MAX).collect();
        let mut open = looked.iter().filter(|tick| !tick.closed);
        let since = open.next()?.at;
        let most = self.limit.and_then(|limit| usize::try_from(limit).ok()).unwrap_or(usize::MAX);
        let ticks = (1 + open.count()).min(most);
        Some(CaughtUp { ticks, since, has_more: looked.len() == LOOKS_MAX && ticks < most })
    }

    /// Returns the ticks from `from` on and before `to`, in order.
    pub fn between(&self, from: Timestamp, to: Timestamp) -> impl Iterator<Item = Tick> {
        let before = Timestamp(from.0.saturating_sub(1));
        let within = move |tick: &Tick| tick.at < to;
        let first = self.next_after(before).filter(within);
        std::iter::successors(first, move |tick| self.next_after(tick.at).filter(within))
    }

    /// Returns the last tick before `before`.
    pub fn last_before(&self, before: Timestamp) -> Option<Timestamp> {
        let before = self.end.map_or(before, |end| before.min(end));
        previous(before, |after| self.next_after(after).map(|tick| tick.at))
    }

    /// Returns the time that a tick stands for: from the one before, whether or not the schedule
    /// had begun then. The first of a list has none before it: it stands for a part as long as the
    /// grain of those that follow, and for no time if it is alone.
    pub fn interval(&self, at: Timestamp) -> Interval {
        let before = |timing: &Timing| {
            previous(at, |after| self.tick_after(timing, after).map(|tick| tick.at))
        };
        let found = before(&self.timing).or_else(|| before(&self.timing.unbegun()?));
        let start = found.or_else(|| {
            let following = Interval { start: at, end: self.unbounded_after(at)?.at };
            Some(Grain::of(following).before(at, self.zone()))
        });
        Interval { start: start.unwrap_or(at), end: at }
    }

    /// Returns the name of the part of the data that a tick stands for, such as `2026-03-07`, if
    /// data has parts.
    pub fn partition(&self, interval: Interval) -> Option<String> {
        self.partition.unwrap_or_else(|| Grain::of(interval)).name(interval.start, self.zone())
    }

    /// Returns when the run of a tick begins.
    pub fn due(&self, at: Timestamp) -> Timestamp {
        at.after(self.delay).after(jitter(&self.name, at, self.jitter))
    }

    /// Returns the zone whose clocks are meant.
    pub fn zone(&self) -> &Zone {
        &self.timing.zone
    }

    fn unbounded_after(&self, after: Timestamp) -> Option<Tick> {
        self.tick_after(&self.timing, after)
    }

    fn tick_after(&self, timing: &Timing, after: Timestamp) -> Option<Tick> {
        match &self.calendar {
            None => Some(Tick { at: timing.next_after(after)?, closed: false }),
            Some(calendar) => calendar.next_after(timing, after),
        }
    }
}
