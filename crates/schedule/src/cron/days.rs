//! The days a cron fires on.

use jiff::civil::{Date, Weekday};

use super::error::Error;
use super::field::{DAY, Kind, Numbers, Part, WEEKDAY, parts};
use super::{DayMatch, Word};

/// Days of a month.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct MonthDays {
    /// Whether the field says more than `*`.
    restricted: bool,
    numbers: Numbers,
    /// `L`.
    last: bool,
    /// `LW`.
    last_working: bool,
    /// `15W`: the working day nearest to the 15th, in the same month.
    working: Numbers,
}

/// Days of a week.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct WeekDays {
    restricted: bool,
    numbers: Numbers,
    /// `5L`: the last Friday.
    last: Numbers,
    /// `5#2`: the second Friday; by which one of the month.
    nth: [Numbers; NTH_MAX],
}

/// A month has at most five of each day of the week.
const NTH_MAX: usize = 5;

impl MonthDays {
    pub(super) fn parse(word: &Word<'_>, name: &str) -> Result<Self, Error> {
        let mut days = Self { restricted: is_restricted(word.0), ..Self::default() };
        for part in parts(word.0, &word.1) {
            match part.text {
                "?" => days.numbers.extend(any(&part, word, &DAY, name)?),
                "L" => days.last = true,
                "LW" => days.last_working = true,
                text => match text.strip_suffix('W') {
                    Some(day) => days.working.insert(part.number(&DAY, day)?),
                    None => days.numbers.extend(part.numbers(&DAY, name)?),
                },
            }
        }
        Ok(days)
    }

    fn contains(&self, date: Date) -> bool {
        let (day, last) = (day(date), date.days_in_month() as u64);
        self.numbers.contains(day)
            || (self.last && day == last)
            || (self.last_working && day == nearest_working(date, last))
            || (!self.working.is_empty() && self.is_working(date, last))
    }

    /// Says if a day is the working day nearest to one that is asked for, which is at most two
    /// days away.
    fn is_working(&self, date: Date, last: u64) -> bool {
        let day = day(date);
        (day.saturating_sub(2).max(1)..=(day + 2).min(last))
            .any(|asked| self.working.contains(asked) && nearest_working(date, asked) == day)
    }
}

impl WeekDays {
    pub(super) fn parse(word: &Word<'_>, name: &str) -> Result<Self, Error> {
        let mut days = Self { restricted: is_restricted(word.0), ..Self::default() };
        for part in parts(word.0, &word.1) {
            if part.text == "?" {
                days.numbers.extend(any(&part, word, &WEEKDAY, name)?);
            } else if let Some((weekday, nth)) = part.text.split_once('#') {
                let weekday = part.number(&WEEKDAY, weekday)? % 7;
                let Some(nth @ 1..=NTH_MAX) = nth.parse::<usize>().ok() else {
                    return part.refuse(&WEEKDAY);
                };
                days.nth[nth - 1].insert(weekday);
            } else if let Some(weekday) = part.text.strip_suffix('L') {
                days.last.insert(part.number(&WEEKDAY, weekday)? % 7);
            } else {
                days.numbers.extend(part.numbers(&WEEKDAY, name)?);
            }
        }
        Ok(days)
    }

    fn contains(&self, date: Date) -> bool {
        let weekday = weekday(date);
        let day = day(date);
        let nth = usize::try_from((day - 1) / 7).expect("a month has five weeks");
        self.numbers.contains(weekday)
            || self.nth[nth].contains(weekday)
            || (self.last.contains(weekday) && day + 7 > date.days_in_month() as u64)
    }
}

/// Says if a day is one of those: of either, if both fields say more than `*`.
pub(super) fn contains(of: (&MonthDays, &WeekDays), day_match: DayMatch, date: Date) -> bool {
    let (month, week) = of;
    match day_match {
        DayMatch::Any if month.restricted && week.restricted => {
            month.contains(date) || week.contains(date)
        }
        DayMatch::Any | DayMatch::All => month.contains(date) && week.contains(date),
    }
}

fn is_restricted(text: &str) -> bool {
    !matches!(text, "*" | "?")
}

/// Reads `?`, which is `*` and stands alone.
fn any(part: &Part<'_>, word: &Word<'_>, kind: &Kind, name: &str) -> Result<Numbers, Error> {
    if word.0 != "?" {
        return part.refuse(kind);
    }
    Part { text: "*", place: part.place.clone() }.numbers(kind, name)
}

fn day(date: Date) -> u64 {
    u64::try_from(date.day()).expect("days count from 1")
}

fn weekday(date: Date) -> u64 {
    u64::try_from(date.weekday().to_sunday_zero_offset()).expect("weekdays count from 0")
}

/// Returns the day of a month's Monday to Friday that is nearest to its day `asked`.
fn nearest_working(date: Date, asked: u64) -> u64 {
    let last = date.days_in_month() as u64;
    let asked_date = Date::new(date.year(), date.month(), asked as i8).expect("the month has it");
    match asked_date.weekday() {
        Weekday::Saturday if asked == 1 => 3,
        Weekday::Saturday => asked - 1,
        Weekday::Sunday if asked == last => last - 2,
        Weekday::Sunday => asked + 1,
        _ => asked,
    }
}
