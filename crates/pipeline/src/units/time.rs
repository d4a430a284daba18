//! Times: an instant of RFC 3339, or a date, which means its midnight in a zone told elsewhere.

use std::fmt;

use compasso_types::Timestamp;
use jiff::civil::Date;

/// An instant, or the beginning of a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Time {
    /// The same instant everywhere.
    At(Timestamp),
    /// Midnight in the time zone of the trigger.
    Date(Date),
}

impl Time {
    /// Reads a time; `None` if `text` is none.
    pub fn parse(text: &str) -> Option<Self> {
        if text.len() == "2026-01-01".len() {
            return text.parse().ok().map(Self::Date);
        }
        text.parse().ok().map(Self::At)
    }
}

/// A time of day: `06:00`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ClockTime {
    /// 0 to 23.
    pub hour: u8,
    /// 0 to 59.
    pub minute: u8,
}

impl ClockTime {
    /// Reads a time of day; `None` if `text` is none.
    pub fn parse(text: &str) -> Option<Self> {
        let (hour, minute) = text.split_once(':')?;
        let two = |text: &str, below: u8| {
            let is_two = text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_digit());
            is_two.then(|| text.parse().ok()).flatten().filter(|value| *value < below)
        };
        Some(Self { hour: two(hour, 24)?, minute: two(minute, 60)? })
    }
}

impl fmt::Display for ClockTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}:{:02}", self.hour, self.minute)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_instants_or_dates() {
        assert!(matches!(Time::parse("2026-01-01"), Some(Time::Date(_))));
        assert!(matches!(Time::parse("2026-01-01T05:00:00Z"), Some(Time::At(_))));
        for text in ["2026-02-30", "2026-01-01T05:00:00", "tomorrow", "", "2026-1-1"] {
            assert_eq!(Time::parse(text), None, "{text}");
        }
    }

    #[test]
    fn times_of_day_have_two_digits_each() {
        assert_eq!(ClockTime::parse("06:05"), Some(ClockTime { hour: 6, minute: 5 }));
        for text in ["6:00", "24:00", "06:60", "06", "06:0a"] {
            assert_eq!(ClockTime::parse(text), None, "{text}");
        }
    }
}
