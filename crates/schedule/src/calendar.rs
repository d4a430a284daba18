//! Days on which a schedule rests.

use compasso_types::Timestamp;
use jiff::civil::{Date, Time};

use crate::timing::Timing;
use crate::{Days, Tick, limits};

/// Some days, and what they mean.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Calendar {
    /// The days.
    pub days: Days,
    /// What they mean.
    pub mode: CalendarMode,
}

/// What the days of a calendar mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CalendarMode {
    /// Ticks come on these days alone; others are recorded as skipped.
    Only,
    /// Ticks on these days are recorded as skipped.
    Exclude,
    /// Ticks on these days move to the next other day.
    Next,
    /// Ticks on these days move to the last other day before.
    Previous,
}

impl Calendar {
    /// Says if ticks come on a day.
    pub fn is_open(&self, date: Date) -> bool {
        self.days.has(date) == (self.mode == CalendarMode::Only)
    }

    /// Returns the first tick after `after`.
    pub(crate) fn next_after(&self, timing: &Timing, after: Timestamp) -> Option<Tick> {
        match self.mode {
            CalendarMode::Only | CalendarMode::Exclude => {
                let at = timing.next_after(after)?;
                Some(Tick { at, closed: !self.is_open(timing.zone.local(at).date()) })
            }
            CalendarMode::Next | CalendarMode::Previous => {
                let at = self.next_moved(timing, after)?;
                Some(Tick { at, closed: false })
            }
        }
    }

    /// Goes from open day to open day: each has its own ticks or, if it has none, one for those of
    /// the closed days beside it.
    fn next_moved(&self, timing: &Timing, after: Timestamp) -> Option<Timestamp> {
        let mut day = self.open_from(timing.zone.local(after).date())?;
        for _ in 0..limits::CALENDAR_REACH {
            if let Some(at) = self.tick_on(timing, day, after) {
                return Some(at);
            }
            let end = timing.zone.midnight(day.tomorrow().ok()?);
            let next = timing.next_after(Timestamp(end.0 - 1))?;
            let next = timing.zone.local(next).date();
            let target = match self.mode {
                CalendarMode::Previous if !self.is_open(next) => self.open_until(next)?,
                _ => self.open_from(next)?,
            };
            day = if target > day { target } else { self.open_from(day.tomorrow().ok()?)? };
        }
        None
    }

    /// Returns the first tick on an open day after `after`.
    fn tick_on(&self, timing: &Timing, day: Date, after: Timestamp) -> Option<Timestamp> {
        let zone = &timing.zone;
        let (begin, end) = (zone.midnight(day), zone.midnight(day.tomorrow().ok()?));
        let within = |begin: Timestamp, end: Timestamp| {
            timing.next_after(Timestamp(begin.0 - 1)).filter(|at| *at < end)
        };
        if within(begin, end).is_some() {
            return within(begin.max(Timestamp(after.0 + 1)), end);
        }
        let moved = if self.mode == CalendarMode::Previous {
            let next = self.open_from(day.tomorrow().ok()?)?;
            within(end, zone.midnight(next))?
        } else {
            let last = self.open_until(day.yesterday().ok()?)?;
            within(zone.midnight(last.tomorrow().ok()?), begin)?
        };
        let at = zone.instant(day.to_datetime(wall_time(timing, moved)));
        (at > after).then_some(at)
    }

    fn open_from(&self, date: Date) -> Option<Date> {
        date.series(jiff::Span::new().days(1))
            .take(limits::CALENDAR_REACH)
            .find(|date| self.is_open(*date))
    }

    fn open_until(&self, date: Date) -> Option<Date> {
        date.series(jiff::Span::new().days(-1))
            .take(limits::CALENDAR_REACH)
            .find(|date| self.is_open(*date))
    }
}

fn wall_time(timing: &Timing, at: Timestamp) -> Time {
    timing.zone.local(at).time()
}
