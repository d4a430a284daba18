//! What a tick stands for: the time since the one before.

use compasso_types::Timestamp;

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

    /// Returns the name of the part that holds an instant, if there are parts.
    pub fn name(self, at: Timestamp, zone: &Zone) -> Option<String> {
        let local = zone.local(at);
        Some(match self {
            Self::Hour => format!("{}T{:02}", local.date(), local.hour()),
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
