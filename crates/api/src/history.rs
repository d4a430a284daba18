//! A page of a history as `GetExecutionHistory` answers it.

use compasso_history::{View, WrittenEvent};
use compasso_service::HistoryPage;
use serde::ser::{Serialize, SerializeMap, SerializeSeq, Serializer};

/// A page of a history.
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

struct WrittenEvents<'a>(&'a HistoryPage);

impl Serialize for WrittenEvents<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let page = self.0;
        let view = View { region: &page.region, with_data: page.with_data, with_people: false };
        let mut events = serializer.serialize_seq(Some(page.events.len()))?;
        for event in &page.events {
            events.serialize_element(&WrittenEvent { event, view })?;
        }
        events.end()
    }
}
