//! One field of a cron: a set of numbers.

use std::ops::Range;

use super::error::{Error, Problem, at};

/// A kind of field: what it is called and what it takes.
#[derive(Debug)]
pub(super) struct Kind {
    pub(super) name: &'static str,
    pub(super) range: &'static str,
    pub(super) first: u64,
    pub(super) last: u64,
    /// The last number that `H` may stand for: one that every month has.
    pub(super) hash_last: u64,
    pub(super) names: &'static [&'static str],
}

pub(super) const SECOND: Kind =
    Kind { name: "second", range: "0 to 59", first: 0, last: 59, hash_last: 59, names: &[] };
pub(super) const MINUTE: Kind =
    Kind { name: "minute", range: "0 to 59", first: 0, last: 59, hash_last: 59, names: &[] };
pub(super) const HOUR: Kind =
    Kind { name: "hour", range: "0 to 23", first: 0, last: 23, hash_last: 23, names: &[] };
pub(super) const DAY: Kind = Kind {
    name: "day of the month",
    range: "1 to 31",
    first: 1,
    last: 31,
    hash_last: 28,
    names: &[],
};
pub(super) const MONTH: Kind = Kind {
    name: "month",
    range: "1 to 12 or JAN to DEC",
    first: 1,
    last: 12,
    hash_last: 12,
    names: &["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"],
};
/// Sunday is both 0 and 7.
pub(super) const WEEKDAY: Kind = Kind {
    name: "day of the week",
    range: "0 to 7 or SUN to SAT",
    first: 0,
    last: 7,
    hash_last: 6,
    names: &["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"],
};

/// Numbers below 64, as bits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Numbers(u64);

impl Numbers {
    pub(super) fn insert(&mut self, number: u64) {
        self.0 |= 1 << number;
    }

    pub(super) fn contains(self, number: u64) -> bool {
        self.0 >> number & 1 == 1
    }

    pub(super) fn is_empty(self) -> bool {
        self.0 == 0
    }

    pub(super) fn extend(&mut self, other: Self) {
        self.0 |= other.0;
    }

    /// Returns the least number from `from` on.
    pub(super) fn next(self, from: u64) -> Option<u64> {
        let rest = if from < 64 { self.0 >> from << from } else { 0 };
        (rest != 0).then(|| u64::from(rest.trailing_zeros()))
    }
}

/// A part of a list and where it stands.
#[derive(Clone, Debug)]
pub(super) struct Part<'a> {
    pub(super) text: &'a str,
    pub(super) place: Range<usize>,
}

/// Splits a field at its commas.
pub(super) fn parts<'a>(text: &'a str, place: &Range<usize>) -> Vec<Part<'a>> {
    let mut from = place.start;
    text.split(',')
        .map(|text| {
            let place = from..from + text.len();
            from = place.end + 1;
            Part { text, place }
        })
        .collect()
}

/// Reads a field that takes numbers only.
pub(super) fn numbers(
    kind: &Kind,
    text: &str,
    place: &Range<usize>,
    name: &str,
) -> Result<Numbers, Error> {
    let mut all = Numbers::default();
    for part in parts(text, place) {
        all.extend(part.numbers(kind, name)?);
    }
    Ok(all)
}

impl Part<'_> {
    /// Reads `*`, `a`, `a-b`, `H`, `H(a-b)`, each also with a step `/n`.
    pub(super) fn numbers(&self, kind: &Kind, name: &str) -> Result<Numbers, Error> {
        let (span, step) = match self.text.split_once('/') {
            None => (self.text, None),
            Some((span, step)) => (span, Some(self.step(step)?)),
        };
        if let Some(range) = span.strip_prefix('H') {
            return self.hashed(kind, range, step, name);
        }
        let (first, last) = match span.split_once('-') {
            _ if span == "*" => (kind.first, if kind.last == 7 { 6 } else { kind.last }),
            Some((first, last)) => self.range(kind, first, last)?,
            None => {
                let first = self.number(kind, span)?;
                (first, if step.is_some() { kind.last } else { first })
            }
        };
        Ok(spread(kind, first, last, step.unwrap_or(1)))
    }

    fn range(&self, kind: &Kind, first: &str, last: &str) -> Result<(u64, u64), Error> {
        let (first, mut last) = (self.number(kind, first)?, self.number(kind, last)?);
        if kind.last == 7 && last == 0 && first > 0 {
            last = 7;
        }
        if last < first {
            return at(Problem::Backwards(self.text.to_owned()), self.place.clone());
        }
        Ok((first, last))
    }

    fn hashed(
        &self,
        kind: &Kind,
        range: &str,
        step: Option<u64>,
        name: &str,
    ) -> Result<Numbers, Error> {
        let inner = range.strip_prefix('(').and_then(|rest| rest.strip_suffix(')'));
        let (first, last) = match (range, inner.and_then(|inner| inner.split_once('-'))) {
            ("", _) => (kind.first, kind.hash_last),
            (_, Some((first, last))) => self.range(kind, first, last)?,
            (_, None) => return self.refuse(kind),
        };
        let drawn = hash(name, kind.name);
        Ok(match step {
            None => {
                let number = first + drawn % (last - first + 1);
                spread(kind, number, number, 1)
            }
            Some(step) => {
                let first = first + drawn % step.min(last - first + 1);
                spread(
                    kind,
                    first,
                    if inner.is_some() { last } else { kind.hash_last.max(first) },
                    step,
                )
            }
        })
    }

    fn step(&self, text: &str) -> Result<u64, Error> {
        match text.parse() {
            Ok(step @ 1..=9_999) => Ok(step),
            _ => at(Problem::Step(text.to_owned()), self.place.clone()),
        }
    }

    pub(super) fn number(&self, kind: &Kind, text: &str) -> Result<u64, Error> {
        if let Some(index) = kind.names.iter().position(|name| name.eq_ignore_ascii_case(text)) {
            return Ok(kind.first + index as u64);
        }
        let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        let Some(number) = text.parse::<u64>().ok().filter(|_| digits) else {
            return self.refuse(kind);
        };
        if (kind.first..=kind.last).contains(&number) {
            return Ok(number);
        }
        let (field, range) = (kind.name, kind.range);
        at(Problem::Number { number, field, range }, self.place.clone())
    }

    pub(super) fn refuse<T>(&self, kind: &Kind) -> Result<T, Error> {
        let (part, field, range) = (self.text.to_owned(), kind.name, kind.range);
        at(Problem::Part { part, field, range }, self.place.clone())
    }
}

/// Returns every `step`-th number of a range; 7 is Sunday, which is 0.
fn spread(kind: &Kind, first: u64, last: u64, step: u64) -> Numbers {
    let mut all = Numbers::default();
    let mut number = first;
    while number <= last {
        all.insert(if kind.last == 7 { number % 7 } else { number });
        number += step;
    }
    all
}

/// Draws a number that follows from a name, a different one for each field.
fn hash(name: &str, field: &str) -> u64 {
    crate::jitter::hash(&[name.as_bytes(), field.as_bytes()])
}
