//! Events of histories in the form of the Step Functions API, which answers and logs show alike.
//!
//! The engine says what an event is called, and the member with its details is called after it.
//! Start with [`WrittenEvent`].

mod details;
mod members;

use compasso_engine::{Event, EventKind};
use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::{Map, Value};

/// How events are looked at.
#[derive(Clone, Copy, Debug)]
pub struct View<'a> {
    /// The region of their execution.
    pub region: &'a str,
    /// Whether inputs, outputs and the like are shown.
    pub with_data: bool,
    /// Whether it is said who did what, which AWS's histories do not say.
    pub with_people: bool,
}

/// An event as `GetExecutionHistory` answers it.
#[derive(Clone, Copy, Debug)]
pub struct WrittenEvent<'a> {
    /// What happened.
    pub event: &'a Event,
    /// What of it is shown.
    pub view: View<'a>,
}

/// Returns the details of an event; empty for an event that has none.
pub fn details(event: &Event, view: View<'_>) -> Map<String, Value> {
    match details::of(&event.kind, view).map(serde_json::to_value) {
        Some(Ok(Value::Object(details))) => details,
        _ => Map::new(),
    }
}

impl Serialize for WrittenEvent<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut event = serializer.serialize_map(None)?;
        event.serialize_entry("timestamp", &self.event.at.epoch_seconds())?;
        let name = self.event.kind.type_name();
        event.serialize_entry("type", &name)?;
        event.serialize_entry("id", &self.event.id)?;
        event.serialize_entry("previousEventId", &self.event.previous)?;
        if let Some(details) = details::of(&self.event.kind, self.view) {
            event.serialize_entry(&member(&self.event.kind, &name), &details)?;
        }
        event.end()
    }
}

/// Returns the member under which the details of an event stand: all kinds of states share one for
/// their entries and one for their exits.
fn member(kind: &EventKind, name: &str) -> String {
    let name = match kind {
        EventKind::StateEntered { .. } => "StateEntered",
        EventKind::StateExited { .. } => "StateExited",
        _ => name,
    };
    let (initial, rest) = name.split_at(1);
    format!("{}{rest}EventDetails", initial.to_ascii_lowercase())
}
