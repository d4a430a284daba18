//! Functions pipelines add to the language: they are there over documents alone.

use std::cmp::Ordering;

use compasso_schedule::Zone;
use compasso_types::duration::parse as parse_duration;
use compasso_types::{Glob, Timestamp};

use super::Arguments;
use super::workflow::refused;
use crate::datetime::{self, format_at};
use crate::error::Result;
use crate::value::Value;

/// How `$date` writes.
const DATE_PICTURE: &str = "[Y0001]-[M01]-[D01]";
const DATE_BYTES: usize = "2026-01-31".len();
const DAY_MS: i64 = 86_400_000;
/// The last instant that has four digits for its year.
const INSTANT_MAX: i64 = 253_402_207_199_999;
/// Steps that compiling a pattern costs about, and looking a time zone up.
const PATTERN_STEPS: usize = 5_000;
const ZONE_STEPS: usize = 200;

/// An instant as it was given.
struct At {
    ms: i64,
    /// Whether it is the midnight of a date.
    is_date: bool,
}

pub(super) fn duration(arguments: &Arguments<'_, '_>) -> Result<Value> {
    let Some(text) = arguments.text(0) else { return Ok(Value::Undefined) };
    arguments.evaluator.budget.read_text(text.len())?;
    Ok(Value::number(milliseconds("duration", text)? as f64))
}

pub(super) fn add_time(arguments: &Arguments<'_, '_>) -> Result<Value> {
    let Some(At { ms, is_date }) = instant(arguments, "addTime")? else {
        return Ok(Value::Undefined);
    };
    let more = match (arguments.text(1), arguments.number(1)) {
        (Some(text), _) => match text.strip_prefix('-') {
            Some(back) => -milliseconds("addTime", back)?,
            None => milliseconds("addTime", text)?,
        },
        (None, Some(number)) => number as i64,
        (None, None) => return Ok(Value::Undefined),
    };
    let sum = ms.saturating_add(more);
    if !(-INSTANT_MAX..=INSTANT_MAX).contains(&sum) {
        return Err(refused("addTime", "came to a time beyond the year 9999"));
    }
    if is_date && sum % DAY_MS == 0 {
        return format_at(arguments, sum as f64, Some(DATE_PICTURE), 0);
    }
    arguments.evaluator.text(Timestamp(sum).to_string())
}

pub(super) fn format_time(arguments: &Arguments<'_, '_>) -> Result<Value> {
    let Some(At { ms, .. }) = instant(arguments, "formatTime")? else {
        return Ok(Value::Undefined);
    };
    let offset = offset(arguments, 2, ms, "formatTime")?;
    format_at(arguments, ms as f64, arguments.text(1).map(|text| &**text), offset)
}

pub(super) fn date(arguments: &Arguments<'_, '_>) -> Result<Value> {
    let Some(At { ms, is_date }) = instant(arguments, "date")? else {
        return Ok(Value::Undefined);
    };
    // A date is the same day everywhere.
    let offset = if is_date { 0 } else { offset(arguments, 1, ms, "date")? };
    format_at(arguments, ms as f64, Some(DATE_PICTURE), offset)
}

pub(super) fn glob(arguments: &Arguments<'_, '_>) -> Result<Value> {
    let (Some(text), Some(pattern)) = (arguments.text(0), arguments.text(1)) else {
        return Ok(Value::Undefined);
    };
    let budget = &arguments.evaluator.budget;
    budget.read_text(text.len())?;
    budget.steps(PATTERN_STEPS)?;
    let glob = Glob::parse(pattern).map_err(|why| refused("glob", &format!("cannot: {why}")))?;
    Ok(Value::bool(glob.matches(text)))
}

/// Gives -1, 0 or 1, as the first version comes before the second, is the same, or comes after it.
pub(super) fn semver(arguments: &Arguments<'_, '_>) -> Result<Value> {
    let (Some(left), Some(right)) = (arguments.text(0), arguments.text(1)) else {
        return Ok(Value::Undefined);
    };
    arguments.evaluator.budget.read_text(left.len() + right.len())?;
    let order = Version::read(left)?.compare(&Version::read(right)?);
    Ok(Value::number(f64::from(order as i8)))
}

/// Reads the first argument; none if it is absent.
fn instant(arguments: &Arguments<'_, '_>, name: &str) -> Result<Option<At>> {
    let Some(text) = arguments.text(0) else {
        return Ok(arguments.number(0).map(|ms| At { ms: ms as i64, is_date: false }));
    };
    arguments.evaluator.budget.read_text(text.len())?;
    match datetime::read_iso(text) {
        Some(ms) => Ok(Some(At { ms, is_date: text.len() == DATE_BYTES })),
        None => Err(refused(
            name,
            &format!("takes a time such as '2026-01-31T06:00:00Z', not '{text}'"),
        )),
    }
}

fn milliseconds(name: &str, text: &str) -> Result<i64> {
    let read = parse_duration(text).and_then(|duration| i64::try_from(duration.as_millis()).ok());
    read.ok_or_else(|| refused(name, &format!("takes a duration such as '1h30m', not '{text}'")))
}

/// Returns how many minutes the clocks of the zone are ahead of UTC that an argument names: an IANA zone, or
/// a distance such as `+0530`. UTC if it is absent.
fn offset(arguments: &Arguments<'_, '_>, index: usize, ms: i64, name: &str) -> Result<i64> {
    let Some(zone) = arguments.text(index) else { return Ok(0) };
    arguments.evaluator.budget.steps(ZONE_STEPS)?;
    if zone.starts_with(['+', '-']) {
        return Ok(datetime::offset_minutes(zone));
    }
    let zone = Zone::named(zone).map_err(|unknown| refused(name, &format!("failed: {unknown}")))?;
    Ok(zone.offset(Timestamp(ms)).div_euclid(60))
}

/// A version as semver.org has it; what comes after `+` does not count.
struct Version<'t> {
    numbers: [u64; 3],
    /// What comes after `-`, part by part.
    before: Vec<&'t str>,
}

impl<'t> Version<'t> {
    /// Reads a version; a `v` may stand before it, and numbers at its end may be absent.
    fn read(text: &'t str) -> Result<Self> {
        let read = || {
            let version = text.strip_prefix('v').unwrap_or(text).split('+').next()?;
            let (numbers, before) = version.split_once('-').unwrap_or((version, ""));
            let mut found = [0; 3];
            let mut parts = numbers.split('.');
            for (number, part) in found.iter_mut().zip(parts.by_ref()) {
                *number = part.parse().ok()?;
            }
            let before = before.split('.').filter(|part| !part.is_empty()).collect();
            parts.next().is_none().then_some(Self { numbers: found, before })
        };
        read().ok_or_else(|| {
            refused("semver", &format!("takes a version such as '1.4.0', not '{text}'"))
        })
    }

    fn compare(&self, other: &Self) -> Ordering {
        let finished = self.before.is_empty().cmp(&other.before.is_empty());
        let parts = || {
            let pairs = self.before.iter().zip(&other.before);
            let first =
                pairs.map(|(left, right)| compare_parts(left, right)).find(|order| order.is_ne());
            first.unwrap_or_else(|| self.before.len().cmp(&other.before.len()))
        };
        self.numbers.cmp(&other.numbers).then(finished).then_with(parts)
    }
}

/// Numbers come before words.
fn compare_parts(left: &str, right: &str) -> Ordering {
    match (left.parse::<u64>(), right.parse::<u64>()) {
        (Ok(left), Ok(right)) => left.cmp(&right),
        (Ok(_), Err(_)) => Ordering::Less,
        (Err(_), Ok(_)) => Ordering::Greater,
        (Err(_), Err(_)) => left.cmp(right),
    }
}
