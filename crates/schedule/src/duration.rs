//! Durations as people write them: `90s`, `1h30m`, `2d`, `PT1H30M`, or seconds as a number.

use std::time::Duration;

use crate::limits::DURATION_MAX;

/// The units, longest first, in milliseconds.
const UNITS: [(&str, u64); 6] = [
    ("w", 7 * 86_400_000),
    ("d", 86_400_000),
    ("h", 3_600_000),
    ("m", 60_000),
    ("s", 1_000),
    ("ms", 1),
];

/// Reads a duration; `None` if it is none or longer than any schedule needs.
pub fn parse(text: &str) -> Option<Duration> {
    let found = if text.starts_with('P') {
        iso(text)
    } else if let Ok(seconds) = text.parse() {
        Some(Duration::from_secs(seconds))
    } else {
        joined(text)
    };
    found.filter(|found| *found <= DURATION_MAX)
}

/// Reads ISO 8601 without years and months, which have no fixed length.
fn iso(text: &str) -> Option<Duration> {
    let span: jiff::Span = text.parse().ok()?;
    span.to_duration(jiff::SpanRelativeTo::days_are_24_hours()).ok()?.try_into().ok()
}

/// Reads numbers with units, each unit once and longer ones first.
fn joined(text: &str) -> Option<Duration> {
    let mut rest = text;
    let mut units = UNITS.as_slice();
    let mut total: u64 = 0;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit())?;
        let number: u64 = rest[..digits].parse().ok()?;
        rest = &rest[digits..];
        let letters = rest.find(|c: char| c.is_ascii_digit()).unwrap_or(rest.len());
        let index = units.iter().position(|(unit, _)| *unit == &rest[..letters])?;
        total = total.checked_add(number.checked_mul(units[index].1)?)?;
        units = &units[index + 1..];
        rest = &rest[letters..];
    }
    (!text.is_empty()).then(|| Duration::from_millis(total))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read_in_every_form() {
        for (text, millis) in [
            ("250ms", 250),
            ("90s", 90_000),
            ("1h30m", 5_400_000),
            ("2d", 172_800_000),
            ("1w", 604_800_000),
            ("PT1H30M", 5_400_000),
            ("P1D", 86_400_000),
            ("90", 90_000),
        ] {
            assert_eq!(parse(text), Some(Duration::from_millis(millis)), "{text}");
        }
    }

    #[test]
    fn what_is_no_duration_is_refused() {
        for text in ["", "h", "1x", "30m1h", "1h1h", "-5s", "P1M", "P1Y", "99999w", "1.5h"] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
