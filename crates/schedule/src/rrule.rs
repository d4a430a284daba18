//! Recurrence rules of iCalendar (RFC 5545): those by days, weeks, months and years.
//!
//! `FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1` is the last working day of each month. A rule
//! counts from the begin of its schedule, which also says what the rule leaves open. `BYWEEKNO`,
//! `BYYEARDAY` and frequencies below a day are refused: `every` and cron say these.

mod parse;

use std::sync::Arc;

use jiff::civil::{Date, Weekday};
use jiff::{ToSpan as _, Unit};

pub use self::parse::Error;
use crate::wall::Wall;

/// A set of wall-clock times.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    frequency: Frequency,
    /// Every so many periods.
    interval: i64,
    /// What it counts from.
    begin: Wall,
    /// Its first time is not before.
    first: Option<Wall>,
    /// Its last time is not after.
    until: Option<Wall>,
    months: Vec<i8>,
    /// Days of the month; those below zero count from its end.
    month_days: Vec<i8>,
    /// Days of the week, and which one of them in the month or the year.
    weekdays: Vec<(Option<i16>, Weekday)>,
    /// Times of day, in seconds, in order.
    times: Vec<i64>,
    /// Which of the times of a period; those below zero count from its end.
    positions: Vec<i64>,
    week_start: Weekday,
    /// All its times, if it says how many there are.
    counted: Option<Arc<[Wall]>>,
}

/// How long a period is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Frequency {
    Daily,
    Weekly,
    Monthly,
    Yearly,
}

/// The calendar repeats after so many years.
const YEARS_MAX: i16 = 400;
const DAY_SECONDS: i64 = 86_400;

impl Rule {
    /// Returns the first wall time of the rule from `from` on.
    pub(crate) fn next(&self, from: Wall) -> Option<Wall> {
        match &self.counted {
            Some(times) => times.get(times.partition_point(|time| *time < from)).copied(),
            None => self.next_uncounted(from),
        }
    }

    /// Returns the rule as if it had always been followed.
    pub(crate) fn unbegun(&self) -> Self {
        Self { first: None, counted: None, ..self.clone() }
    }

    fn next_uncounted(&self, from: Wall) -> Option<Wall> {
        let from = self.first.map_or(from, |first| from.max(first));
        let date = from.date_time().date();
        let last_year = date.year().saturating_add(YEARS_MAX);
        let passed = self.period_of(date)?;
        let mut period = passed - passed.rem_euclid(self.interval);
        loop {
            let first = self.first_day(period)?;
            if first.year() > last_year {
                return None;
            }
            if let Some(found) = self.find_in(first, from) {
                return Some(found).filter(|found| self.until.is_none_or(|until| *found <= until));
            }
            period += self.interval;
        }
    }

    /// Returns the first time from `from` on in the period that begins on a day.
    fn find_in(&self, first: Date, from: Wall) -> Option<Wall> {
        let end = self.after_period(first)?;
        let days = first.series(1.day()).take_while(|day| *day < end);
        let mut times = days.filter(|day| self.has_day(*day)).flat_map(|day| {
            let midnight = Wall::of(day.at(0, 0, 0, 0));
            self.times.iter().map(move |time| Wall(midnight.0 + time))
        });
        if self.positions.is_empty() {
            return times.find(|time| *time >= from);
        }
        let times: Vec<_> = times.collect();
        let count = i64::try_from(times.len()).ok()?;
        let chosen = self.positions.iter().filter_map(|position| {
            let index = if *position < 0 { count + position } else { position - 1 };
            times.get(usize::try_from(index).ok()?).copied()
        });
        chosen.filter(|time| *time >= from).min()
    }

    fn has_day(&self, day: Date) -> bool {
        let begin = self.begin.date_time().date();
        let in_month = if self.months.is_empty() {
            let unsaid = self.frequency == Frequency::Yearly && self.says_no_day();
            !unsaid || day.month() == begin.month()
        } else {
            self.months.contains(&day.month())
        };
        in_month
            && (self.month_days.is_empty() || self.has_month_day(day))
            && (self.weekdays.is_empty() || self.has_weekday(day))
            && (!self.says_no_day() || self.is_day_of_begin(day, begin))
    }

    fn says_no_day(&self) -> bool {
        self.month_days.is_empty() && self.weekdays.is_empty()
    }

    fn is_day_of_begin(&self, day: Date, begin: Date) -> bool {
        match self.frequency {
            Frequency::Daily => true,
            Frequency::Weekly => day.weekday() == begin.weekday(),
            Frequency::Monthly | Frequency::Yearly => day.day() == begin.day(),
        }
    }

    fn has_month_day(&self, day: Date) -> bool {
        let from_end = day.day() - day.days_in_month() - 1;
        self.month_days.iter().any(|it| *it == day.day() || *it == from_end)
    }

    fn has_weekday(&self, day: Date) -> bool {
        let of_year = self.frequency == Frequency::Yearly && self.months.is_empty();
        let (at, length) = if of_year {
            (day.day_of_year(), day.days_in_year())
        } else {
            (i16::from(day.day()), i16::from(day.days_in_month()))
        };
        let (nth, from_end) = ((at - 1) / 7 + 1, -((length - at) / 7 + 1));
        self.weekdays.iter().any(|(which, weekday)| {
            *weekday == day.weekday() && which.is_none_or(|it| it == nth || it == from_end)
        })
    }

    /// Returns the number of the period that holds a day; that of the begin is 0.
    fn period_of(&self, day: Date) -> Option<i64> {
        let begin = self.begin.date_time().date();
        Some(match self.frequency {
            Frequency::Daily => days_between(begin, day)?,
            Frequency::Weekly => days_between(self.week_begin(begin)?, self.week_begin(day)?)? / 7,
            Frequency::Monthly => {
                let months = |date: Date| i64::from(date.year()) * 12 + i64::from(date.month());
                months(day) - months(begin)
            }
            Frequency::Yearly => i64::from(day.year() - begin.year()),
        })
    }

    fn first_day(&self, period: i64) -> Option<Date> {
        let begin = self.begin.date_time().date();
        match self.frequency {
            Frequency::Daily => begin.checked_add(period.days()).ok(),
            Frequency::Weekly => self.week_begin(begin)?.checked_add((7 * period).days()).ok(),
            Frequency::Monthly => begin.first_of_month().checked_add(period.months()).ok(),
            Frequency::Yearly => begin.first_of_year().checked_add(period.years()).ok(),
        }
    }

    fn after_period(&self, first: Date) -> Option<Date> {
        let length = match self.frequency {
            Frequency::Daily => 1.day(),
            Frequency::Weekly => 7.days(),
            Frequency::Monthly => 1.month(),
            Frequency::Yearly => 1.year(),
        };
        first.checked_add(length).ok()
    }

    fn week_begin(&self, day: Date) -> Option<Date> {
        day.checked_sub(i64::from(day.weekday().since(self.week_start)).days()).ok()
    }
}

fn days_between(from: Date, to: Date) -> Option<i64> {
    Some(i64::from(from.until((Unit::Day, to)).ok()?.get_days()))
}
