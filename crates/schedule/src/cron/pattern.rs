//! What clocks look like when a cron fires.

use jiff::civil::{Date, DateTime};

use super::Word;
use super::days::{self, MonthDays, WeekDays};
use super::error::{Error, Problem, at};
use super::field::{HOUR, MINUTE, MONTH, Numbers, SECOND, numbers};
use crate::wall::{Dst, Wall};

/// Which days a cron means that restricts both those of the month and those of the week.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DayMatch {
    /// Days that are of either, as everywhere.
    #[default]
    Any,
    /// Days that are of both.
    All,
}

/// A set of wall-clock times.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pattern {
    seconds: Numbers,
    minutes: Numbers,
    hours: Numbers,
    months: Numbers,
    month_days: MonthDays,
    week_days: WeekDays,
    day_match: DayMatch,
    /// Whether the hour is `*`: the cron then means elapsed time.
    every_hour: bool,
}

/// The calendar repeats after so many years.
const YEARS_MAX: i16 = 400;
/// A year from which on every kind of day comes within [`YEARS_MAX`].
const FIRST_YEAR: i16 = 2000;

impl Pattern {
    pub(super) fn parse(
        fields: &[Word<'_>],
        day_match: DayMatch,
        name: &str,
    ) -> Result<Self, Error> {
        const SECOND_ZERO: Word<'_> = ("0", 0..0);
        let count = fields.len();
        let (second, rest) = match (count, fields) {
            (6, [second, rest @ ..]) => (second, rest),
            _ => (&SECOND_ZERO, fields),
        };
        let [minute, hour, month_day, month, week_day] = rest else {
            let end = fields.last().map_or(0, |(_, place)| place.end);
            let begin = fields.first().map_or(0, |(_, place)| place.start);
            return at(Problem::Fields(count), begin..end);
        };
        let pattern = Self {
            seconds: numbers(&SECOND, second.0, &second.1, name)?,
            minutes: numbers(&MINUTE, minute.0, &minute.1, name)?,
            hours: numbers(&HOUR, hour.0, &hour.1, name)?,
            month_days: MonthDays::parse(month_day, name)?,
            months: numbers(&MONTH, month.0, &month.1, name)?,
            week_days: WeekDays::parse(week_day, name)?,
            day_match,
            every_hour: hour.0 == "*",
        };
        let first = Date::new(FIRST_YEAR, 1, 1).expect("it is a date");
        if pattern.next_day(first).is_none() {
            return at(Problem::Never, month_day.1.start..month.1.end);
        }
        Ok(pattern)
    }

    /// Returns what happens to it when clocks are set: a cron whose hour is `*` means elapsed time.
    pub(crate) fn dst(&self, asked: Dst) -> Dst {
        if self.every_hour { Dst::ELAPSED } else { asked }
    }

    /// Returns the first wall time of the pattern from `from` on.
    pub(crate) fn next(&self, from: Wall) -> Option<Wall> {
        let from = from.date_time();
        let begin = self.next_day(from.date())?;
        if begin == from.date() {
            if let Some(found) = self.next_time(from) {
                return Some(Wall::of(found));
            }
            let begin = self.next_day(begin.tomorrow().ok()?)?;
            return self.first_time(begin);
        }
        self.first_time(begin)
    }

    fn first_time(&self, day: Date) -> Option<Wall> {
        self.next_time(day.at(0, 0, 0, 0)).map(Wall::of)
    }

    /// Returns the first day of the pattern from `from` on.
    fn next_day(&self, from: Date) -> Option<Date> {
        let last_year = from.year().saturating_add(YEARS_MAX);
        let mut day = from;
        while day.year() <= last_year {
            if !self.months.contains(u64::try_from(day.month()).ok()?) {
                day = day.last_of_month().tomorrow().ok()?;
            } else if days::contains((&self.month_days, &self.week_days), self.day_match, day) {
                return Some(day);
            } else {
                day = day.tomorrow().ok()?;
            }
        }
        None
    }

    /// Returns the first time of the pattern from `from` on, on the same day.
    fn next_time(&self, from: DateTime) -> Option<DateTime> {
        let part = |number: i8| u64::try_from(number).expect("times are not negative");
        let (hour, minute, second) = (part(from.hour()), part(from.minute()), part(from.second()));
        let at = |hour: u64, minute: u64, second: u64| {
            from.date().at(hour as i8, minute as i8, second as i8, 0)
        };
        let (first_minute, first_second) = (self.minutes.next(0)?, self.seconds.next(0)?);
        if self.hours.contains(hour) {
            if self.minutes.contains(minute)
                && let Some(second) = self.seconds.next(second)
            {
                return Some(at(hour, minute, second));
            }
            if let Some(minute) = self.minutes.next(minute + 1) {
                return Some(at(hour, minute, first_second));
            }
        }
        Some(at(self.hours.next(hour + 1)?, first_minute, first_second))
    }
}
