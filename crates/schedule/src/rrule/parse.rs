//! The text of a rule.

use std::ops::{Range, RangeInclusive};

use jiff::civil::{Date, DateTime, Weekday};

use super::{DAY_SECONDS, Frequency, Rule};
use crate::wall::Wall;
use crate::{Zone, limits};

/// A rule that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Error {
    /// What is wrong, and a way out.
    pub message: String,
    /// The bytes of the text that are.
    pub place: Range<usize>,
}

/// What rules may have.
const PARTS: [&str; 12] = [
    "FREQ",
    "INTERVAL",
    "COUNT",
    "UNTIL",
    "BYMONTH",
    "BYMONTHDAY",
    "BYDAY",
    "BYHOUR",
    "BYMINUTE",
    "BYSECOND",
    "BYSETPOS",
    "WKST",
];

/// One part of a rule, `NAME=value`.
struct Part<'a> {
    name: &'a str,
    value: &'a str,
    place: Range<usize>,
}

impl Rule {
    /// Reads a rule that counts from `begin` in a zone.
    ///
    /// # Errors
    /// It is no rule, one of a kind that is not known here, or one without a day.
    pub(crate) fn parse(text: &str, begin: DateTime, zone: &Zone) -> Result<Self, Error> {
        let parts = parts(text)?;
        let find = |name: &str| parts.iter().find(|part| part.name == name);
        let whole = || Part { name: "", value: text, place: 0..text.len() };
        let frequency = find("FREQ").ok_or_else(|| whole().refuse("has no FREQ"))?.frequency()?;
        let numbers = |name: &str, range| find(name).map(|part| part.numbers(range)).transpose();
        let or = |found: Option<Vec<i64>>, unsaid: i8| found.unwrap_or(vec![i64::from(unsaid)]);
        let times = times(
            &or(numbers("BYHOUR", 0..=23)?, begin.hour()),
            &or(numbers("BYMINUTE", 0..=59)?, begin.minute()),
            &or(numbers("BYSECOND", 0..=59)?, begin.second()),
        );
        if times.len() > limits::TIMES_A_DAY_MAX {
            let most = limits::TIMES_A_DAY_MAX;
            return Err(whole().refuse(&format!("has more than {most} times a day")));
        }
        let short = |found: Option<Vec<i64>>| -> Vec<i8> {
            found.unwrap_or_default().into_iter().filter_map(|it| i8::try_from(it).ok()).collect()
        };
        let mut rule = Self {
            frequency,
            interval: find("INTERVAL").map_or(Ok(1), |part| part.number(1..=9_999))?,
            begin: Wall::of(begin),
            first: Some(Wall::of(begin)),
            until: find("UNTIL").map(|part| part.until(zone)).transpose()?,
            months: short(numbers("BYMONTH", 1..=12)?),
            month_days: short(numbers("BYMONTHDAY", -31..=31)?),
            weekdays: find("BYDAY")
                .map(|part| part.weekdays(frequency))
                .transpose()?
                .unwrap_or_default(),
            times,
            positions: numbers("BYSETPOS", -366..=366)?.unwrap_or_default(),
            week_start: find("WKST")
                .map_or(Ok(Weekday::Monday), |part| part.weekday(part.value))?,
            counted: None,
        };
        if frequency == Frequency::Weekly && !rule.month_days.is_empty() {
            return Err(whole().refuse("has BYMONTHDAY, which weeks do not have; write BYDAY"));
        }
        match find("COUNT") {
            Some(part) if rule.until.is_some() => {
                return Err(part.refuse("stands beside UNTIL; write one of them"));
            }
            Some(part) => rule.count(part.number(1..=limits::RULE_COUNT_MAX)?),
            None => {}
        }
        if rule.next(rule.begin).is_none() {
            return Err(whole().refuse("never fires"));
        }
        Ok(rule)
    }

    /// Lists all times of a rule that says how many there are.
    fn count(&mut self, count: i64) {
        let following = |time: &Wall| self.next_uncounted(Wall(time.0 + 1));
        let all = std::iter::successors(self.next_uncounted(self.begin), following);
        let count = usize::try_from(count).unwrap_or(usize::MAX);
        self.counted = Some(all.take(count).collect());
    }
}

fn parts(text: &str) -> Result<Vec<Part<'_>>, Error> {
    let mut found: Vec<Part<'_>> = Vec::new();
    let mut from = if text.starts_with("RRULE:") { "RRULE:".len() } else { 0 };
    for piece in text[from..].split(';') {
        let place = from..from + piece.len();
        from = place.end + 1;
        let (name, value) = piece.split_once('=').unwrap_or((piece, ""));
        let part = Part { name, value, place };
        if !PARTS.contains(&name) {
            return Err(part.refuse(&format!("is unknown; a rule has {}", PARTS.join(", "))));
        }
        if found.iter().any(|other| other.name == name) {
            return Err(part.refuse("is there twice"));
        }
        found.push(part);
    }
    Ok(found)
}

/// Returns the times of day in seconds, in order.
fn times(hours: &[i64], minutes: &[i64], seconds: &[i64]) -> Vec<i64> {
    let mut times: Vec<_> = hours
        .iter()
        .flat_map(|hour| minutes.iter().map(move |minute| hour * 60 + minute))
        .flat_map(|minute| seconds.iter().map(move |second| minute * 60 + second))
        .filter(|time| *time < DAY_SECONDS)
        .collect();
    times.sort_unstable();
    times.dedup();
    times
}

impl Part<'_> {
    fn refuse(&self, why: &str) -> Error {
        let what = if self.name.is_empty() { "the rule" } else { self.name };
        Error { message: format!("{what} {why}"), place: self.place.clone() }
    }

    fn frequency(&self) -> Result<Frequency, Error> {
        match self.value {
            "DAILY" => Ok(Frequency::Daily),
            "WEEKLY" => Ok(Frequency::Weekly),
            "MONTHLY" => Ok(Frequency::Monthly),
            "YEARLY" => Ok(Frequency::Yearly),
            _ => Err(self.refuse(
                "is DAILY, WEEKLY, MONTHLY or YEARLY here; 'every' and 'cron' say what comes more often",
            )),
        }
    }

    fn numbers(&self, range: RangeInclusive<i64>) -> Result<Vec<i64>, Error> {
        let read = |text: &str| {
            text.parse().ok().filter(|it| range.contains(it) && has_sense(*it, &range))
        };
        let found: Option<Vec<i64>> = self.value.split(',').map(read).collect();
        let (first, last) = (range.start(), range.end());
        found.ok_or_else(|| self.refuse(&format!("is a list of numbers from {first} to {last}")))
    }

    fn number(&self, range: RangeInclusive<i64>) -> Result<i64, Error> {
        let (first, last) = (*range.start(), *range.end());
        let found = self.value.parse().ok().filter(|it| range.contains(it));
        found.ok_or_else(|| self.refuse(&format!("is a number from {first} to {last}")))
    }

    fn weekdays(&self, frequency: Frequency) -> Result<Vec<(Option<i16>, Weekday)>, Error> {
        self.value.split(',').map(|text| self.numbered_weekday(text, frequency)).collect()
    }

    fn numbered_weekday(
        &self,
        text: &str,
        frequency: Frequency,
    ) -> Result<(Option<i16>, Weekday), Error> {
        let split = text.len().saturating_sub(2);
        let (number, name) = text.split_at_checked(split).unwrap_or(("", ""));
        let weekday = self.weekday(name)?;
        if number.is_empty() {
            return Ok((None, weekday));
        }
        if matches!(frequency, Frequency::Daily | Frequency::Weekly) {
            return Err(self.refuse("can count days only in months and years"));
        }
        let number = number.parse().ok().filter(|it: &i16| *it != 0 && it.abs() <= 53);
        let number =
            number.ok_or_else(|| self.refuse("counts from 1 or -1, such as 2TU or -1FR"))?;
        Ok((Some(number), weekday))
    }

    fn weekday(&self, name: &str) -> Result<Weekday, Error> {
        const NAMES: [&str; 7] = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"];
        let index = NAMES.iter().position(|it| *it == name);
        let weekday = index.and_then(|it| Weekday::from_monday_zero_offset(it as i8).ok());
        weekday.ok_or_else(|| self.refuse("has days MO, TU, WE, TH, FR, SA and SU"))
    }

    /// Reads an instant in UTC, a time, or a date, which is meant to its end.
    fn until(&self, zone: &Zone) -> Result<Wall, Error> {
        let text = self.value;
        let instant = text.ends_with('Z').then(|| text.parse::<jiff::Timestamp>().ok()).flatten();
        if let Some(instant) = instant {
            let at = compasso_types::Timestamp(instant.as_millisecond());
            return Ok(Wall::of(zone.local(at)));
        }
        if let (8, Ok(date)) = (text.len(), text.parse::<Date>()) {
            return Ok(Wall::of(date.at(23, 59, 59, 0)));
        }
        let time = text.parse::<DateTime>().map(Wall::of);
        time.map_err(|_| {
            self.refuse("is a time such as 20261231T235959Z, or a date such as 20261231")
        })
    }
}

/// Says if a number means something: counts from the end have no zero.
fn has_sense(number: i64, range: &RangeInclusive<i64>) -> bool {
    number != 0 || *range.start() == 0
}
