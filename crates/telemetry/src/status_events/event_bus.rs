//! Events on an event bus of EventBridge.

use std::sync::Arc;

use compasso_types::Json;

use super::event::{DETAIL_TYPE, StatusEvent};
use crate::TelemetrySettings;
use crate::aws::Operation;
use crate::outlet::{Delivery, Stuck};

/// Most events of one call.
const EVENTS_MAX: usize = 10;

pub(super) struct EventBus {
    name: String,
    put: Operation,
}

impl EventBus {
    pub(super) fn new(name: &str, settings: &TelemetrySettings) -> Result<Self, String> {
        let put = Operation::of(settings, "eventbridge", "putEvents")?;
        Ok(Self { name: name.to_owned(), put })
    }

    fn entry(&self, event: &StatusEvent) -> Json {
        let text = |text: &str| Json::from(text);
        Json::object([
            ("Detail", text(&event.detail_text())),
            ("DetailType", text(DETAIL_TYPE)),
            ("EventBusName", text(&self.name)),
            ("Resources", Json::array(event.resources.iter().cloned().map(Json::from))),
            ("Source", text(&event.source)),
            ("Time", text(&event.time)),
        ])
    }

    /// Puts events of one region on the bus.
    async fn put(&self, events: &[Arc<StatusEvent>]) -> Result<(), String> {
        let [first, ..] = events else { return Ok(()) };
        let entries = Json::array(events.iter().map(|event| self.entry(event)));
        let parameters = Json::object([("Entries", entries)]);
        let answer = self.put.call(&first.region, &parameters).await;
        let answer = answer.map_err(|refused| refused.why)?;
        match answer.get("FailedEntryCount").and_then(Json::as_i64) {
            None | Some(0) => Ok(()),
            Some(_) => Err(format!("some events were refused: {answer}")),
        }
    }
}

impl Delivery for EventBus {
    type Parcel = Arc<StatusEvent>;

    async fn deliver(&mut self, batch: &mut [Arc<StatusEvent>]) -> Result<(), Stuck> {
        let mut delivered = 0;
        for same in batch.chunk_by(|one, other| one.region == other.region) {
            for events in same.chunks(EVENTS_MAX) {
                self.put(events).await.map_err(|why| Stuck { delivered, why })?;
                delivered += events.len();
            }
        }
        Ok(())
    }
}
