//! Changes of the status of Standard executions, in the form of EventBridge's events.

mod event;
mod event_bus;
mod event_file;
mod webhook;

use std::sync::Arc;

use compasso_ir::ExecutionType;
use compasso_runtime::News;
use tokio::task::JoinHandle;

use self::event::StatusEvent;
use self::event_bus::EventBus;
use self::event_file::EventFile;
use self::webhook::Webhook;
use crate::TelemetrySettings;
use crate::outlet::{Outlet, Parcel};

/// The source of the events that AWS sends.
const SOURCE: &str = "aws.states";

impl Parcel for Arc<StatusEvent> {
    fn bytes(&self) -> usize {
        size_of::<StatusEvent>() + self.data_bytes()
    }
}

/// All places that events go to.
pub(crate) struct StatusEvents {
    source: Arc<str>,
    outlets: Vec<Outlet<Arc<StatusEvent>>>,
}

impl StatusEvents {
    pub(crate) fn open(
        settings: &TelemetrySettings,
        deliveries: &mut Vec<JoinHandle<()>>,
    ) -> Result<Self, String> {
        let mut outlets = Vec::new();
        let mut add = |(outlet, delivery)| {
            outlets.push(outlet);
            deliveries.push(delivery);
        };
        let events = &settings.status_events;
        if let Some(path) = &events.file {
            add(Outlet::open("event-file", EventFile::new(path.clone())));
        }
        if let Some(url) = &events.webhook {
            add(Outlet::open("webhook", Webhook::new(url)?));
        }
        if let Some(name) = &events.event_bus {
            add(Outlet::open("event-bus", EventBus::new(name, settings)?));
        }
        let source = events.source.as_deref().unwrap_or(SOURCE).into();
        Ok(Self { source, outlets })
    }

    /// Tells of the changes of status in what happened.
    pub(crate) fn put(&self, news: &News) {
        if self.outlets.is_empty() || news.kind != ExecutionType::Standard {
            return;
        }
        for event in news.events.iter().filter_map(|event| StatusEvent::of(news, event)) {
            let event = Arc::new(event.from(self.source.clone()));
            for outlet in &self.outlets {
                outlet.put(event.clone());
            }
        }
    }

    /// Returns how much each outlet dropped.
    pub(crate) fn dropped(&self) -> impl Iterator<Item = (&'static str, u64)> {
        self.outlets.iter().map(Outlet::dropped)
    }
}
