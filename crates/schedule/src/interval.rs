//! What a tick stands for: the time since the one before.

use compasso_types::Timestamp;
use jiff::ToSpan as _;

use crate::Zone;

/// From an instant until before another one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Interval {
    /// The first instant.
    pub start: Timestamp,
    /// The first one after it.
    pub end: Timestamp,
}

/// How finely data is divided.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Grain {
    /// `2026-03-07T05`
    Hour,
    /// `2026-03-07`
    Day,
    /// `2026-W10`
    Week,
    /// `2026-03`
    Month,
    /// Not at all.
    None,
}

const HOUR_MILLIS: i64 = 3_600_000;

impl Grain {
    /// Returns the grain that fits an interval; a day may be an hour short, a week a day, and a
    /// month has 28 days.
    pub fn of(interval: Interval) -> Self {
        match (interval.end.0 - interval.start.0) / HOUR_MILLIS {
            ..23 => Self::Hour,
            23..144 => Self::Day,
            144..660 => Self::Week,
            660.. => Self::Month,
        }
    }

    /// Returns an instant in the part before the one that holds `at`; itself, if there are no parts.
    pub(crate) fn before(self, at: Timestamp, zone: &Zone) -> Timestamp {
        let span = match self {
            Self::Hour => return Timestamp(at.0 - HOUR_MILLIS),
            Self::Day => 1.day(),
            Self::Week => 1.week(),
            Self::Month => 1.month(),
            Self::None => return at,
        };
        zone.local(at).checked_sub(span).map_or(at, |local| zone.instant(local))
    }

    /// Returns the name of the part that holds an instant, if there are parts. An hour that clocks
    /// show for the second time has its distance from UTC in its name.
    pub fn name(self, at: Timestamp, zone: &Zone) -> Option<String> {
        let local = zone.local(at);
        Some(match self {
            Self::Hour => {
                let again = zone.offset_again(at).map(written).unwrap_or_default();
                format!("{}T{:02}{again}", local.date(), local.hour())
            }
            Self::Day => local.date().to_string(),
            Self::Week => {
                let week = local.date().iso_week_date();
                format!("{:04}-W{:02}", week.year(), week.week())
            }
            Self::Month => format!("{:04}-{:02}", local.year(), local.month()),
            Self::None => return None,
        })
    }
}

/// Writes how far a clock is ahead of UTC, in seconds: `+0100`.
fn written(offset: i64) -> String {
    let (sign, minutes) = (if offset < 0 { '-' } else { '+' }, offset.abs() / 60);
    format!("{sign}{:02}{:02}", minutes / 60, minutes % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(zone: &str, at: &str, expected: &str) {
        let name = Grain::Hour.name(at.parse().unwrap(), &Zone::named(zone).unwrap());
        assert_eq!(name.as_deref(), Some(expected), "{at} in {zone}");
    }

    #[test]
    fn an_hour_that_clocks_show_twice_has_two_names() {
        let new_york = "America/New_York";
        check(new_york, "2026-11-01T04:00:00Z", "2026-11-01T00");
        check(new_york, "2026-11-01T05:00:00Z", "2026-11-01T01");
        check(new_york, "2026-11-01T06:00:00Z", "2026-11-01T01-0500");
        check(new_york, "2026-11-01T07:00:00Z", "2026-11-01T02");
        check("Europe/Lisbon", "2026-10-25T00:00:00Z", "2026-10-25T01");
        check("Europe/Lisbon", "2026-10-25T01:00:00Z", "2026-10-25T01+0000");
        check("UTC", "2026-11-01T06:00:00Z", "2026-11-01T06");
    }

    #[test]
    fn only_what_a_clock_of_half_hours_shows_twice_is_named_twice() {
        let lord_howe = "Australia/Lord_Howe";
        check(lord_howe, "2026-04-04T14:30:00Z", "2026-04-05T01");
        check(lord_howe, "2026-04-04T15:00:00Z", "2026-04-05T01+1030");
        check(lord_howe, "2026-04-04T15:30:00Z", "2026-04-05T02");
    }
}
