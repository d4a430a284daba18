//! Instants: `now-24h`, `2026-11-26`, `2026-11-26T10:00:00Z`.

use std::fmt;

use compasso_types::Timestamp;

use crate::Duration;

/// An instant, fixed or counted from the present one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Time {
    /// This one.
    At(Timestamp),
    /// So long before the present one.
    Before(Duration),
    /// So long after the present one.
    After(Duration),
}

impl Time {
    /// Reads `now` with what is taken off or added, a date, which is its first instant in UTC, or a
    /// date-time with a zone.
    pub(crate) fn read(text: &str) -> Option<Self> {
        if let Some(rest) = text.strip_prefix("now") {
            return match rest.split_at_checked(1) {
                None => Some(Self::Before(Duration { ms: 0 })),
                Some(("-", before)) => Duration::read(before).map(Self::Before),
                Some(("+", after)) => Duration::read(after).map(|after| match after.ms {
                    0 => Self::Before(after),
                    _ => Self::After(after),
                }),
                Some(_) => None,
            };
        }
        let is_date = text.len() == "2026-11-26".len();
        let whole = if is_date { format!("{text}T00:00:00Z") } else { text.to_owned() };
        whole.parse().ok().map(Self::At)
    }

    /// Returns which instant it is at `now`.
    pub fn at(self, now: Timestamp) -> Timestamp {
        let ms = |duration: Duration| i64::try_from(duration.ms).unwrap_or(i64::MAX);
        match self {
            Self::At(instant) => instant,
            Self::Before(duration) => Timestamp(now.0.saturating_sub(ms(duration))),
            Self::After(duration) => Timestamp(now.0.saturating_add(ms(duration))),
        }
    }
}

impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::At(instant) => write!(f, "{instant}"),
            Self::Before(Duration { ms: 0 }) | Self::After(Duration { ms: 0 }) => {
                f.write_str("now")
            }
            Self::Before(duration) => write!(f, "now-{duration}"),
            Self::After(duration) => write!(f, "now+{duration}"),
        }
    }
}
