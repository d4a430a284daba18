//! ISO 8601 timestamps, in the forms JavaScript reads.

use super::calendar::{DAY_MS, Date};

/// Returns milliseconds since 1970, or `None` if the text is no timestamp. Without a zone, UTC.
pub fn read(text: &str) -> Option<i64> {
    let (date, time) = match text.split_once('T') {
        Some((date, time)) => (date, Some(time)),
        None => (text, None),
    };
    let mut parts = date.split('-');
    let year = number(parts.next()?, 4)?;
    let month = parts.next().map_or(Some(1), |part| number(part, 2))?;
    let day = parts.next().map_or(Some(1), |part| number(part, 2))?;
    if parts.next().is_some() || !(1..=12).contains(&month) || !(1..=31).contains(&day) {
        return None;
    }
    let days = Date { year, month, day }.days();
    Some(days * DAY_MS + time.map_or(Some(0), read_time)?)
}

fn read_time(text: &str) -> Option<i64> {
    let zone_at = text.find(['Z', '+', '-']).unwrap_or(text.len());
    let (clock, zone) = text.split_at(zone_at);
    let (clock, fraction) = clock.split_once('.').unwrap_or((clock, "0"));
    let mut parts = clock.split(':');
    let (hour, minute, second) =
        (number(parts.next()?, 2)?, number(parts.next()?, 2)?, number(parts.next()?, 2)?);
    let in_range = hour <= 24 && minute < 60 && second < 60;
    if parts.next().is_some() || !in_range || fraction.is_empty() || !all_digits(fraction) {
        return None;
    }
    let fraction: String = fraction.chars().chain("00".chars()).take(3).collect();
    let millis = ((hour * 60 + minute) * 60 + second) * 1000 + fraction.parse::<i64>().ok()?;
    Some(millis - zone_offset(zone)? * 60_000)
}

fn zone_offset(zone: &str) -> Option<i64> {
    let (sign, rest) = match zone.chars().next() {
        None => return Some(0),
        Some('Z') => return (zone.len() == 1).then_some(0),
        Some('+') => (1, &zone[1..]),
        Some(_) => (-1, &zone[1..]),
    };
    let digits = rest.replacen(':', "", 1);
    let number = number(&digits, 4)?;
    Some(sign * (number / 100 * 60 + number % 100))
}

fn number(text: &str, digits: usize) -> Option<i64> {
    if text.len() == digits && all_digits(text) { text.parse().ok() } else { None }
}

fn all_digits(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit())
}
