//! History events in the form of the Step Functions API: the one place where they meet.
//!
//! The engine says what an event is called, and the member with its details is called after it.

mod details;
mod members;

use compasso_service::{Event, EventKind, HistoryPage};
use serde::ser::{Serialize, SerializeMap, SerializeSeq, Serializer};
use serde_json::{Map, Value};

/// A page of a history, written as `GetExecutionHistory` answers it.
pub(crate) struct WrittenPage(pub(crate) HistoryPage);

impl Serialize for WrittenPage {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut page = serializer.serialize_map(None)?;
        page.serialize_entry("events", &WrittenEvents(&self.0))?;
        if let Some(token) = &self.0.next_token {
            page.serialize_entry("nextToken", token)?;
        }
        page.end()
    }
}

/// Returns the details of an event, as the history of an execution in `region` shows them; empty
/// for an event that has none.
pub fn details(event: &Event, region: &str, with_data: bool) -> Map<String, Value> {
    let details = details::of(&event.kind, View { region, with_data });
    match details.map(serde_json::to_value) {
        Some(Ok(Value::Object(details))) => details,
        _ => Map::new(),
    }
}

struct WrittenEvents<'a>(&'a HistoryPage);

impl Serialize for WrittenEvents<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let page = self.0;
        let mut events = serializer.serialize_seq(Some(page.events.len()))?;
        for event in &page.events {
            let view = View { region: &page.region, with_data: page.with_data };
            events.serialize_element(&WrittenEvent { event, view })?;
        }
        events.end()
    }
}

/// How events are looked at.
#[derive(Clone, Copy)]
struct View<'a> {
    region: &'a str,
    with_data: bool,
}

struct WrittenEvent<'a> {
    event: &'a Event,
    view: View<'a>,
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
