//! Rows of journals, each parsed once, however many look at it.

use std::collections::HashMap;
use std::sync::Arc;

use bytes::Bytes;
use compasso_engine::Event;

#[derive(Default)]
pub(super) struct Rows(HashMap<Bytes, Arc<[Event]>>);

impl Rows {
    /// Returns the events of a row.
    pub(super) fn events(&mut self, body: &Bytes) -> Result<Arc<[Event]>, serde_json::Error> {
        if let Some(events) = self.0.get(body) {
            return Ok(events.clone());
        }
        let events: Arc<[Event]> = serde_json::from_slice::<Vec<Event>>(body)?.into();
        self.0.insert(body.clone(), events.clone());
        Ok(events)
    }
}
