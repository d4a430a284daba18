//! Instants with millisecond precision.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// An instant: milliseconds since 1970-01-01T00:00:00Z.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Timestamp(pub i64);

/// The text is no ISO-8601 extended offset date-time with a capital `T` and a zone.
#[derive(Debug, thiserror::Error)]
#[error("not an ISO-8601 date-time with zone: {0}")]
pub struct TimestampError(pub String);

impl Timestamp {
    /// Returns the instant `delay` later, at most the largest instant.
    pub fn after(self, delay: Duration) -> Self {
        let delay = i64::try_from(delay.as_millis()).unwrap_or(i64::MAX);
        Self(self.0.saturating_add(delay))
    }

    /// Returns the instant `seconds` later, at most the largest instant.
    pub fn after_seconds(self, seconds: u64) -> Self {
        self.after(Duration::from_secs(seconds))
    }

    /// Returns how long after `earlier` this instant is; zero if it is not.
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_millis(u64::try_from(self.0.saturating_sub(earlier.0)).unwrap_or(0))
    }

    /// Returns seconds since 1970 with a fraction, as the AWS protocols write instants.
    pub fn epoch_seconds(self) -> f64 {
        self.0 as f64 / 1000.0
    }
}

/// Reads RFC 3339 text with a capital `T` and `Z` or an offset; finer fractions round up, so that
/// a wait never ends early.
impl FromStr for Timestamp {
    type Err = TimestampError;

    fn from_str(text: &str) -> Result<Self, TimestampError> {
        let refused = || TimestampError(text.to_owned());
        if text.as_bytes().get(10) != Some(&b'T') || text.contains('[') || text.ends_with('z') {
            return Err(refused());
        }
        let instant: jiff::Timestamp = text.parse().map_err(|_| refused())?;
        let nanos = instant.as_nanosecond();
        Ok(Self(
            i64::try_from(
                nanos.div_euclid(1_000_000) + i128::from(nanos.rem_euclid(1_000_000) > 0),
            )
            .map_err(|_| refused())?,
        ))
    }
}

/// Writes UTC with milliseconds: `2026-01-31T12:00:00.000Z`.
impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match jiff::Timestamp::from_millisecond(self.0) {
            Ok(instant) => write!(f, "{instant:.3}"),
            Err(_) => write!(f, "{}ms", self.0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instants_are_written_in_utc_with_milliseconds() {
        let noon: Timestamp = "2026-01-31T13:00:00+01:00".parse().unwrap();
        assert_eq!(noon.to_string(), "2026-01-31T12:00:00.000Z");
    }

    #[test]
    fn fractions_round_up() {
        let a: Timestamp = "1970-01-01T00:00:00.000000001Z".parse().unwrap();
        assert_eq!(a, Timestamp(1));
    }

    #[test]
    fn other_forms_are_refused() {
        for text in ["2026-01-31", "2026-01-31t12:00:00Z", "2026-01-31T12:00:00", "noon", ""] {
            assert!(text.parse::<Timestamp>().is_err(), "{text}");
        }
    }
}
