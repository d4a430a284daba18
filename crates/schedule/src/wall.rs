//! What clocks on the wall show, and the instants at which they do.

use jiff::civil::DateTime;

use crate::Zone;
use crate::zone::{OFFSET_MAX, SECOND_MAX, Stretch, UTC};

/// What a clock shows: seconds since it showed the beginning of 1970.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Wall(pub(crate) i64);

/// What becomes of a wall time that clocks leave out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Gap {
    /// It comes at the first instant after those left out.
    #[default]
    Shift,
    /// It does not come.
    Skip,
}

/// What becomes of a wall time that clocks show twice.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fold {
    /// It comes the first time.
    #[default]
    First,
    /// It comes the second time.
    Last,
    /// It comes twice.
    Both,
}

/// What happens when clocks are set forward and back.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Dst {
    /// Forward.
    pub gap: Gap,
    /// Back.
    pub overlap: Fold,
}

impl Dst {
    /// Every time a clock shows it, and only then.
    pub(crate) const ELAPSED: Self = Self { gap: Gap::Skip, overlap: Fold::Both };
}

impl Wall {
    pub(crate) fn of(time: DateTime) -> Self {
        Self(UTC.to_timestamp(time).map_or(SECOND_MAX, jiff::Timestamp::as_second))
    }

    pub(crate) fn date_time(self) -> DateTime {
        let second = self.0.clamp(crate::zone::SECOND_MIN, SECOND_MAX);
        UTC.to_datetime(jiff::Timestamp::from_second(second).expect("it is within bounds"))
    }
}

/// Returns the first second from `from` on at which a wall time comes; `next` returns the first
/// wall time from another on.
pub(crate) fn next_instant(
    zone: &Zone,
    dst: Dst,
    from: i64,
    next: impl Fn(Wall) -> Option<Wall>,
) -> Option<i64> {
    let mut from = from;
    while from < SECOND_MAX {
        let stretch = zone.stretch(from);
        if let Some(begin) = stretch.begin.filter(|begin| *begin == from && dst.gap == Gap::Shift)
            && next(Wall(begin + stretch.before))?.0 < begin + stretch.offset
        {
            return Some(begin);
        }
        let wall = next(first_wall(&stretch, dst, from))?;
        let at = wall.0 - stretch.offset;
        let Some(end) = stretch.end else {
            return (at < SECOND_MAX).then_some(at);
        };
        if wall < last_wall(&stretch, dst, end) {
            return Some(at);
        }
        from = end.max(earliest(zone, wall));
    }
    None
}

/// Returns an instant before which no clock shows a wall time: the begin of a stretch, so that
/// what is shifted there is not overlooked.
fn earliest(zone: &Zone, wall: Wall) -> i64 {
    zone.stretch(wall.0 - OFFSET_MAX).begin.unwrap_or(i64::MIN)
}

/// Returns the first wall time that counts from `from` on: those shown before count then.
fn first_wall(stretch: &Stretch, dst: Dst, from: i64) -> Wall {
    let shown_before = match (dst.overlap, stretch.begin) {
        (Fold::First, Some(begin)) => begin + stretch.before,
        (Fold::First | Fold::Last | Fold::Both, _) => i64::MIN,
    };
    Wall(shown_before.max(from + stretch.offset))
}

/// Returns the end of the wall times that count: those shown again count then.
fn last_wall(stretch: &Stretch, dst: Dst, end: i64) -> Wall {
    let shown_again = match dst.overlap {
        Fold::Last => end + stretch.after,
        Fold::First | Fold::Both => i64::MAX,
    };
    Wall(shown_again.min(end + stretch.offset))
}
