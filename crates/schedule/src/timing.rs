//! When something is due, before calendars and bounds.

use std::sync::Arc;
use std::time::Duration;

use compasso_types::Timestamp;

use crate::Zone;
use crate::cron::Pattern;
use crate::rrule::Rule;
use crate::wall::{Dst, Wall, next_instant};
use crate::zone::{SECOND_MAX, SECOND_MIN};

/// An increasing list of instants.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Timing {
    /// What comes again.
    pub recurrence: Recurrence,
    /// The zone whose clocks are meant.
    pub zone: Zone,
    /// What happens when these are set.
    pub dst: Dst,
}

/// What comes again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Recurrence {
    /// Clocks look like the pattern.
    Cron(Pattern),
    /// Clocks show a time of the rule.
    Rule(Rule),
    /// A time passes, whatever clocks show.
    Every {
        /// How long.
        period: Duration,
        /// One of the instants.
        anchor: Timestamp,
    },
    /// Instants that are listed, in order, each once.
    At(Arc<[Timestamp]>),
}

impl Timing {
    /// Returns the first instant after `after`.
    pub fn next_after(&self, after: Timestamp) -> Option<Timestamp> {
        let after = after.max(Timestamp(SECOND_MIN * 1_000));
        if after >= Timestamp(SECOND_MAX * 1_000) {
            return None;
        }
        match &self.recurrence {
            Recurrence::Cron(pattern) => {
                self.next_shown(after, pattern.dst(self.dst), |wall| pattern.next(wall))
            }
            Recurrence::Rule(rule) => self.next_shown(after, self.dst, |wall| rule.next(wall)),
            Recurrence::Every { period, anchor } => {
                let period = i64::try_from(period.as_millis()).ok().filter(|it| *it > 0)?;
                let past = (after.0 - anchor.0).div_euclid(period) + 1;
                Some(Timestamp(anchor.0.checked_add(past.checked_mul(period)?)?))
            }
            Recurrence::At(times) => {
                times.get(times.partition_point(|time| *time <= after)).copied()
            }
        }
    }

    fn next_shown(
        &self,
        after: Timestamp,
        dst: Dst,
        next: impl Fn(Wall) -> Option<Wall>,
    ) -> Option<Timestamp> {
        let from = after.0.div_euclid(1_000) + 1;
        Some(Timestamp(next_instant(&self.zone, dst, from, next)? * 1_000))
    }

    /// Returns the same as if it had always come again, if that can be said.
    pub(crate) fn unbegun(&self) -> Option<Self> {
        match &self.recurrence {
            Recurrence::Rule(rule) => {
                Some(Self { recurrence: Recurrence::Rule(rule.unbegun()), ..self.clone() })
            }
            Recurrence::Cron(_) | Recurrence::Every { .. } | Recurrence::At(_) => None,
        }
    }

    /// Returns the first instant after `after` that comes a second time because clocks are set back
    /// and [`crate::Fold::Both`] is asked for; it looks a year ahead.
    pub fn next_doubled(&self, after: Timestamp) -> Option<Timestamp> {
        let Recurrence::Cron(pattern) = &self.recurrence else {
            return None;
        };
        if self.dst.overlap != crate::Fold::Both || pattern.dst(self.dst) == Dst::ELAPSED {
            return None;
        }
        let once = Self { dst: Dst { overlap: crate::Fold::First, ..self.dst }, ..self.clone() };
        let until = after.0.div_euclid(1_000) + YEAR_SECONDS;
        let mut stretch = self.zone.stretch(after.0.div_euclid(1_000));
        while let Some(end) = stretch.end.filter(|end| *end <= until) {
            let repeated = stretch.offset - stretch.after;
            let before = Timestamp((end - 1) * 1_000);
            let twice = self.next_after(before);
            if repeated > 0 && twice != once.next_after(before) {
                return twice;
            }
            stretch = self.zone.stretch(end);
        }
        None
    }
}

const YEAR_SECONDS: i64 = 366 * 86_400;

/// Returns the last of an increasing list of instants before `before`; `next_after` gives the list.
pub(crate) fn previous(
    before: Timestamp,
    next_after: impl Fn(Timestamp) -> Option<Timestamp>,
) -> Option<Timestamp> {
    let next = |after| next_after(after).filter(|at| *at < before);
    let mut reach: i64 = 60_000;
    let mut latest = loop {
        let begin = before.0.saturating_sub(reach).max(SECOND_MIN * 1_000);
        match next(Timestamp(begin)) {
            Some(found) => break found,
            None if begin == SECOND_MIN * 1_000 => return None,
            None => reach = reach.saturating_mul(2),
        }
    };
    let mut bound = before;
    while let Some(following) = next(latest) {
        let middle = Timestamp(latest.0 + (bound.0 - latest.0) / 2);
        latest = next(middle).unwrap_or_else(|| {
            bound = middle;
            following
        });
    }
    Some(latest)
}
