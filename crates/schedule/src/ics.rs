//! Days out of files of iCalendar (RFC 5545), such as lists of holidays.

use std::collections::BTreeSet;

use jiff::ToSpan as _;
use jiff::civil::Date;

use crate::days::{DaysSpec, rule_days};
use crate::limits::{CALENDAR_DAYS_MAX, ICS_BYTES_MAX};

/// A file that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}{reason}", .line.map(|line| format!("line {line}: ")).unwrap_or_default())]
pub struct IcsError {
    /// The line of the file, from 1 on.
    pub line: Option<usize>,
    /// What is wrong with it.
    pub reason: String,
}

/// An event, as far as it was read.
#[derive(Default)]
struct Event {
    line: usize,
    start: Option<Date>,
    end: Option<Date>,
    rule: Option<String>,
    except: BTreeSet<Date>,
    cancelled: bool,
}

/// Reads the days of all events; of those that come again, the days until 2099. An event that has
/// times lies on the days that its times name, whatever its zone.
///
/// # Errors
/// The text is no calendar, or an event in it has no date.
pub fn parse(text: &str) -> Result<DaysSpec, IcsError> {
    let whole = |reason: String| IcsError { line: None, reason };
    if text.len() > ICS_BYTES_MAX {
        return Err(whole(format!("the file is longer than {ICS_BYTES_MAX} bytes")));
    }
    if !text.trim_start_matches('\u{feff}').trim_start().starts_with("BEGIN:VCALENDAR") {
        return Err(whole("the file does not begin with 'BEGIN:VCALENDAR'".into()));
    }
    let (mut days, mut event) = (BTreeSet::new(), None::<Event>);
    for (line, text) in unfolded(text) {
        match (text.as_str(), &mut event) {
            ("BEGIN:VEVENT", _) => event = Some(Event { line, ..Event::default() }),
            ("END:VEVENT", Some(_)) => {
                event.take().unwrap_or_default().add_to(&mut days)?;
            }
            (text, Some(event)) => event.read(line, text)?,
            (_, None) => {}
        }
        if days.len() > CALENDAR_DAYS_MAX {
            return Err(whole(format!("it has more than {CALENDAR_DAYS_MAX} days")));
        }
    }
    if event.is_some() {
        return Err(whole("the last event has no end: the file is cut off".into()));
    }
    let dates = days.into_iter().map(|date| date.to_string()).collect();
    Ok(DaysSpec { dates, ..DaysSpec::default() })
}

/// Returns the lines of a file, those that were folded as one, with their numbers.
fn unfolded(text: &str) -> Vec<(usize, String)> {
    let mut lines: Vec<(usize, String)> = Vec::new();
    for (line, number) in text.lines().zip(1..) {
        let line = line.trim_end_matches('\r');
        match (line.strip_prefix([' ', '\t']), lines.last_mut()) {
            (Some(rest), Some((_, last))) => last.push_str(rest),
            _ => lines.push((number, line.to_owned())),
        }
    }
    lines
}

impl Event {
    fn read(&mut self, line: usize, text: &str) -> Result<(), IcsError> {
        let Some((name, value)) = text.split_once(':') else { return Ok(()) };
        let name = name.split(';').next().unwrap_or(name);
        match name {
            "DTSTART" => self.start = Some(date(line, value)?),
            "DTEND" => {
                let end = date(line, value)?;
                // One that ends within a day covers it.
                let within = value.contains('T') && !value.contains("T000000");
                self.end = if within { end.tomorrow().ok() } else { Some(end) };
            }
            "RRULE" => self.rule = Some(value.to_owned()),
            "EXDATE" => {
                for value in value.split(',') {
                    self.except.insert(date(line, value)?);
                }
            }
            "STATUS" => self.cancelled = value.eq_ignore_ascii_case("CANCELLED"),
            _ => {}
        }
        Ok(())
    }

    fn add_to(self, days: &mut BTreeSet<Date>) -> Result<(), IcsError> {
        if self.cancelled {
            return Ok(());
        }
        let wrong = |reason: String| IcsError { line: Some(self.line), reason };
        let start = self.start.ok_or_else(|| wrong("the event has no DTSTART".into()))?;
        let end = self.end.or(start.tomorrow().ok()).unwrap_or(start);
        let length = (end - start).get_days().clamp(1, DAYS_MAX);
        let mut starts = BTreeSet::from([start]);
        if let Some(rule) = &self.rule {
            starts.extend(rule_days(rule, start).map_err(wrong)?);
        }
        for start in starts.difference(&self.except) {
            let later = (0..length).filter_map(|days| start.checked_add(days.days()).ok());
            days.extend(later);
        }
        Ok(())
    }
}

/// Longest event, days.
const DAYS_MAX: i32 = 366;

/// Reads the date of a date or of a time.
fn date(line: usize, value: &str) -> Result<Date, IcsError> {
    let digits = value.trim().get(..8).filter(|it| it.bytes().all(|byte| byte.is_ascii_digit()));
    let parsed = digits.and_then(|it| {
        let text = format!("{}-{}-{}", &it[..4], &it[4..6], &it[6..]);
        text.parse().ok()
    });
    parsed.ok_or_else(|| IcsError {
        line: Some(line),
        reason: format!("'{value}' is no date like 20261225"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn calendar(events: &[&str]) -> String {
        let events: Vec<_> =
            events.iter().map(|it| format!("BEGIN:VEVENT\r\n{it}\r\nEND:VEVENT\r\n")).collect();
        format!("BEGIN:VCALENDAR\r\nVERSION:2.0\r\n{}END:VCALENDAR\r\n", events.join(""))
    }

    fn days(events: &[&str]) -> Vec<String> {
        parse(&calendar(events)).unwrap().dates
    }

    #[test]
    fn events_are_the_days_they_last() {
        let one = "DTSTART;VALUE=DATE:20261225";
        let two = "DTSTART;VALUE=DATE:20261230\r\nDTEND;VALUE=DATE:20270101";
        let hours = "DTSTART;TZID=Europe/Li\r\n sbon:20260401T090000\r\nDTEND:20260401T170000";
        let found = days(&[one, two, hours]);
        assert_eq!(found, ["2026-04-01", "2026-12-25", "2026-12-30", "2026-12-31"]);
    }

    #[test]
    fn events_that_come_again_come_until_the_end_of_the_century() {
        let found = days(&["DTSTART;VALUE=DATE:20240501\r\nRRULE:FREQ=YEARLY\r\nEXDATE:20250501"]);
        assert_eq!(found[..2], ["2024-05-01", "2026-05-01"]);
        assert_eq!(found.last().map(String::as_str), Some("2099-05-01"));
        let twice = days(&["DTSTART:20260105T080000Z\r\nRRULE:FREQ=WEEKLY;COUNT=2"]);
        assert_eq!(twice, ["2026-01-05", "2026-01-12"]);
    }

    #[test]
    fn what_was_cancelled_is_left_out() {
        assert!(days(&["DTSTART:20260105\r\nSTATUS:CANCELLED"]).is_empty());
    }

    #[test]
    fn what_cannot_be_read_is_told_with_its_line() {
        let told = |text: &str| parse(text).unwrap_err().to_string();
        assert!(told("hello").contains("BEGIN:VCALENDAR"));
        let bad = calendar(&["DTSTART:soon"]);
        assert_eq!(told(&bad), "line 4: 'soon' is no date like 20261225");
        assert_eq!(told(&calendar(&["SUMMARY:x"])), "line 3: the event has no DTSTART");
        assert!(told("BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART:20260101").contains("cut off"));
        assert!(told(&calendar(&["DTSTART:20260101\r\nRRULE:FREQ=HOURLY"])).contains("line 3"));
    }
}
