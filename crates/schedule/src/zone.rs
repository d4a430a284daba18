//! Time zones, as stretches of time between which clocks are set forward or back.

use std::fmt;
use std::sync::Arc;

use compasso_types::suggestion::nearest;
use jiff::civil::{Date, DateTime, Time};
use jiff::tz::{Offset, TimeZone};

use compasso_types::Timestamp;

use crate::wall::Wall;
use crate::zone_data;

/// Longest name that is looked up, bytes.
const NAME_BYTES_MAX: usize = 64;

/// An IANA time zone, such as `Europe/Lisbon`.
#[derive(Clone, Debug)]
pub struct Zone {
    name: Arc<str>,
    rules: TimeZone,
}

/// There is no such time zone.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no time zone '{name}'{}", .suggestion.as_deref().map(|text| format!("; {text}")).unwrap_or_default())]
pub struct UnknownZone {
    /// What was asked for.
    pub name: String,
    /// A way out, such as a name that was probably meant.
    pub suggestion: Option<String>,
}

/// A stretch of time in which the clock of a zone runs without being set. Instants are seconds
/// since 1970.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Stretch {
    /// Its first second, if it has one.
    pub(crate) begin: Option<i64>,
    /// The first second after it, if it ends.
    pub(crate) end: Option<i64>,
    /// How far the clock is ahead of UTC before it, in it and after it, seconds.
    pub(crate) before: i64,
    pub(crate) offset: i64,
    pub(crate) after: i64,
}

impl Zone {
    /// Returns the zone of a name; upper and lower case are the same.
    ///
    /// # Errors
    /// There is none of this name.
    pub fn named(name: &str) -> Result<Self, UnknownZone> {
        let found = if name.len() <= NAME_BYTES_MAX { zone_data::rules_of(name) } else { None };
        let Some(rules) = found else {
            let names = Self::names();
            let suggestion = nearest(name, names.iter().map(String::as_str))
                .or_else(|| Some("names are those of IANA, such as 'Europe/Lisbon'".into()));
            return Err(UnknownZone { name: name.to_owned(), suggestion });
        };
        let name = rules.iana_name().unwrap_or(name).into();
        Ok(Self { name, rules })
    }

    /// Returns the zone without summer time whose clock is everybody's.
    pub fn utc() -> Self {
        Self { name: "UTC".into(), rules: TimeZone::UTC }
    }

    /// Returns the names of all zones, in order.
    pub fn names() -> Vec<String> {
        zone_data::names()
    }

    /// Returns the name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns what a clock in the zone shows, to the second.
    pub fn local(&self, at: Timestamp) -> DateTime {
        let second = at.0.div_euclid(1_000);
        Wall(second + self.offset_at(second)).date_time()
    }

    /// Returns how many seconds a clock in the zone is ahead of UTC at an instant.
    pub fn offset(&self, at: Timestamp) -> i64 {
        self.offset_at(at.0.div_euclid(1_000))
    }

    /// Reads a time: RFC 3339, or a date, which is midnight in the zone.
    pub fn time(&self, text: &str) -> Option<Timestamp> {
        if text.len() == "2026-01-31".len() {
            return text.parse().ok().map(|date| self.midnight(date));
        }
        text.parse().ok()
    }

    /// Returns the instant at which a day begins.
    pub fn midnight(&self, date: Date) -> Timestamp {
        self.instant(date.to_datetime(Time::midnight()))
    }

    /// Returns the first instant at which a clock in the zone shows `time` or, if it never does,
    /// the first one after the hour that is left out.
    pub fn instant(&self, time: DateTime) -> Timestamp {
        let wall = Wall::of(time);
        // The stretch in which the wall time comes begins at most a day of offset before it.
        let mut stretch = self.stretch(wall.0 - OFFSET_MAX);
        loop {
            let begin = stretch.begin.unwrap_or(i64::MIN);
            let at = (wall.0 - stretch.offset).max(begin);
            match stretch.end {
                Some(end) if at >= end => stretch = self.stretch(end),
                _ => return Timestamp(at * 1_000),
            }
        }
    }

    /// Returns how many seconds a clock in the zone is ahead of UTC at an instant whose time it shows
    /// for the second time; `None` at others.
    pub(crate) fn offset_again(&self, at: Timestamp) -> Option<i64> {
        let second = at.0.div_euclid(1_000);
        let is_first = self.instant(self.local(at)) == Timestamp(second * 1_000);
        (!is_first).then(|| self.offset_at(second))
    }

    /// Returns the stretch that holds a second.
    pub(crate) fn stretch(&self, second: i64) -> Stretch {
        let second = second.clamp(SECOND_MIN, SECOND_MAX);
        let at = |second| jiff::Timestamp::from_second(second).expect("it is within bounds");
        let begin = self.rules.preceding(at(second + 1)).next().map(|it| it.timestamp());
        let end = self.rules.following(at(second)).next();
        let offset = self.offset_at(second);
        let begin = begin.map(jiff::Timestamp::as_second);
        Stretch {
            begin,
            end: end.as_ref().map(|it| it.timestamp().as_second()),
            before: begin.map_or(offset, |begin| self.offset_at(begin - 1)),
            offset,
            after: end.map_or(offset, |it| i64::from(it.offset().seconds())),
        }
    }

    fn offset_at(&self, second: i64) -> i64 {
        let at = jiff::Timestamp::from_second(second.clamp(SECOND_MIN, SECOND_MAX));
        i64::from(self.rules.to_offset(at.expect("it is within bounds")).seconds())
    }
}

/// How far a clock can be from UTC, seconds; no zone was ever further than 16 hours.
pub(crate) const OFFSET_MAX: i64 = 26 * 3_600;
/// The instants schedules know: the years 1 to 9998 and a little.
pub(crate) const SECOND_MIN: i64 = -62_135_510_400;
pub(crate) const SECOND_MAX: i64 = 253_370_764_800;

impl PartialEq for Zone {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Eq for Zone {}

impl fmt::Display for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
}

/// The offset of UTC itself.
pub(crate) const UTC: Offset = Offset::UTC;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_zone_is_found_by_its_name_in_any_case() {
        assert_eq!(Zone::named("europe/lisbon").unwrap().name(), "Europe/Lisbon");
    }

    #[test]
    fn an_unknown_zone_has_a_way_out() {
        let near = Zone::named("Europe/Lisboa").unwrap_err();
        assert_eq!(
            near.to_string(),
            "there is no time zone 'Europe/Lisboa'; did you mean 'Europe/Lisbon'?"
        );
        let far = Zone::named("the moon").unwrap_err().to_string();
        assert!(far.ends_with("names are those of IANA, such as 'Europe/Lisbon'"), "{far}");
    }

    #[test]
    fn a_day_without_midnight_begins_when_its_clock_does() {
        let cairo = Zone::named("Africa/Cairo").unwrap();
        let begin = cairo.midnight(jiff::civil::date(2026, 4, 24));
        assert_eq!(begin.to_string(), "2026-04-23T22:00:00.000Z");
    }
}
