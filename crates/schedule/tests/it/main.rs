//! Schedules seen from outside.

#![allow(clippy::unwrap_used, reason = "a test may fail by panicking")]

mod calendars;
mod crons;
mod laws;
mod rules;
mod specs;
mod vectors;

use compasso_schedule::{Schedule, Spec, Tick};
use compasso_types::Timestamp;

/// Reads a schedule from JSON.
fn schedule(spec: &serde_json::Value) -> Schedule {
    let spec: Spec = serde_json::from_value(spec.clone()).unwrap();
    spec.compile("nightly").unwrap_or_else(|problems| panic!("{problems:?}"))
}

/// Reads an instant; midnight and UTC if it is not said otherwise.
fn instant(text: &str) -> Timestamp {
    let text = match text.len() {
        10 => format!("{text}T00:00:00Z"),
        16 => format!("{text}:00Z"),
        _ => text.to_owned(),
    };
    text.parse().unwrap()
}

/// Writes instants to the second.
fn written(ticks: impl Iterator<Item = Tick>) -> Vec<String> {
    ticks.map(|tick| tick.at.to_string().replace(".000Z", "Z")).collect()
}

/// Returns the ticks of a schedule.
fn ticks(spec: &serde_json::Value, from: &str, to: &str) -> Vec<String> {
    written(schedule(spec).between(instant(from), instant(to)))
}
