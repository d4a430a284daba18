//! Durations: `250ms`, `1h30m`, `PT1H30M`, seconds as a number.

use std::time::Duration;

/// Longest duration: a hundred years.
const SECONDS_MAX: f64 = 100.0 * 366.0 * 86_400.0;

/// The units in the order in which ISO 8601 demands them, with their seconds.
const ISO_DATE: [(char, f64); 2] = [('W', 604_800.0), ('D', 86_400.0)];
const ISO_TIME: [(char, f64); 3] = [('H', 3_600.0), ('M', 60.0), ('S', 1.0)];

/// Our units; longer names first.
const UNITS: [(&str, f64); 6] =
    [("ms", 0.001), ("s", 1.0), ("m", 60.0), ("h", 3_600.0), ("d", 86_400.0), ("w", 604_800.0)];

/// Reads a duration; `None` if `text` is none.
pub fn parse(text: &str) -> Option<Duration> {
    let total = match text.strip_prefix('P') {
        Some(iso) => parse_iso(iso)?,
        None => parse_units(text)?,
    };
    seconds(total)
}

/// Returns the duration of so many seconds, if it is one.
pub fn seconds(seconds: f64) -> Option<Duration> {
    if !(0.0..=SECONDS_MAX).contains(&seconds) {
        return None;
    }
    Some(Duration::from_millis((seconds * 1_000.0).round() as u64))
}

fn parse_units(text: &str) -> Option<f64> {
    if text.is_empty() {
        return None;
    }
    let (mut rest, mut total) = (text, 0.0);
    while !rest.is_empty() {
        let (value, after) = number(rest)?;
        let (unit, seconds) = UNITS.iter().find(|(unit, _)| after.starts_with(unit))?;
        total += value * seconds;
        rest = &after[unit.len()..];
    }
    Some(total)
}

fn parse_iso(text: &str) -> Option<f64> {
    let (date, time) = match text.split_once('T') {
        Some((_, "")) => return None,
        Some((date, time)) => (date, time),
        None => (text, ""),
    };
    if date.is_empty() && time.is_empty() {
        return None;
    }
    Some(parse_parts(date, &ISO_DATE)? + parse_parts(time, &ISO_TIME)?)
}

/// Adds up parts that stand in the order of `units`.
fn parse_parts(text: &str, units: &[(char, f64)]) -> Option<f64> {
    let (mut rest, mut units, mut total) = (text, units, 0.0);
    while !rest.is_empty() {
        let (value, after) = number(rest)?;
        let at = units.iter().position(|(unit, _)| after.starts_with(*unit))?;
        total += value * units[at].1;
        units = &units[at + 1..];
        rest = &after[1..];
    }
    Some(total)
}

/// Reads `12` or `1.5` from the front of `text`.
fn number(text: &str) -> Option<(f64, &str)> {
    let digits = |text: &str| text.bytes().take_while(u8::is_ascii_digit).count();
    let whole = digits(text);
    let fraction = text[whole..].strip_prefix('.').map(digits);
    let end = match fraction {
        Some(0) => return None,
        Some(fraction) => whole + 1 + fraction,
        None => whole,
    };
    if whole == 0 {
        return None;
    }
    Some((text[..end].parse().ok()?, &text[end..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read_in_all_their_forms() {
        for (text, millis) in [
            ("250ms", Some(250)),
            ("30s", Some(30_000)),
            ("1h30m", Some(5_400_000)),
            ("1.5s", Some(1_500)),
            ("2d", Some(172_800_000)),
            ("1w", Some(604_800_000)),
            ("PT1H30M", Some(5_400_000)),
            ("P1DT0.5S", Some(86_400_500)),
            ("P2W", Some(1_209_600_000)),
            ("0s", Some(0)),
            ("", None),
            ("5", None),
            ("5 m", None),
            ("m", None),
            ("1.s", None),
            ("P", None),
            ("PT", None),
            ("P1Y", None),
            ("P1M", None),
            ("PT1S1H", None),
            ("-5s", None),
            ("99999w", None),
        ] {
            let expected = millis.map(Duration::from_millis);
            assert_eq!(parse(text), expected, "{text}");
        }
    }
}
