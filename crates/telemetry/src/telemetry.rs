//! The listener that all telemetry begins with.

use std::sync::{Mutex, PoisonError, RwLock};
use std::time::Duration;

use compasso_ir::ExecutionType;
use compasso_runtime::{News, Observer};
use tokio::task::JoinHandle;
use tracing::warn;

use crate::TelemetrySettings;
use crate::history_log::HistoryLog;
use crate::metrics::Metrics;
use crate::status_events::StatusEvents;
use crate::traces::Traces;

/// How long the end waits until everything is delivered.
const CLOSE_MAX: Duration = Duration::from_secs(2);

/// Everything that is told of executions.
pub struct Telemetry {
    metrics: Metrics,
    /// `None` once closed.
    outlets: RwLock<Option<Outlets>>,
    deliveries: Mutex<Vec<JoinHandle<()>>>,
}

struct Outlets {
    history_log: HistoryLog,
    status_events: StatusEvents,
    traces: Option<Traces>,
}

impl Telemetry {
    /// Makes all outlets ready; call it within an asynchronous runtime.
    ///
    /// # Errors
    /// A setting cannot be used; the text says which.
    pub fn open(settings: &TelemetrySettings) -> Result<Self, String> {
        let mut deliveries = Vec::new();
        let outlets = Outlets {
            history_log: HistoryLog::open(settings, &mut deliveries)?,
            status_events: StatusEvents::open(settings, &mut deliveries)?,
            traces: Traces::open(settings, &mut deliveries)?,
        };
        Ok(Self {
            metrics: Metrics::default(),
            outlets: RwLock::new(Some(outlets)),
            deliveries: Mutex::new(deliveries),
        })
    }

    /// Returns all metrics in the text form of Prometheus.
    pub fn metrics(&self) -> String {
        let dropped = self.with_outlets(|outlets| {
            let dropped = outlets.history_log.dropped();
            let traces = outlets.traces.as_ref().map(Traces::dropped);
            dropped.chain(outlets.status_events.dropped()).chain(traces).collect::<Vec<_>>()
        });
        self.metrics.text(&dropped.unwrap_or_default())
    }

    /// Delivers what waits, for a few seconds at most, and takes no more.
    pub async fn close(&self) {
        self.outlets.write().unwrap_or_else(PoisonError::into_inner).take();
        let deliveries =
            std::mem::take(&mut *self.deliveries.lock().unwrap_or_else(PoisonError::into_inner));
        let all = async {
            for delivery in deliveries {
                // One that panicked has said so.
                let _ = delivery.await;
            }
        };
        if tokio::time::timeout(CLOSE_MAX, all).await.is_err() {
            warn!("logs or events could not be delivered before the end");
        }
    }

    fn with_outlets<T>(&self, use_them: impl FnOnce(&Outlets) -> T) -> Option<T> {
        self.outlets.read().unwrap_or_else(PoisonError::into_inner).as_ref().map(use_them)
    }
}

impl Observer for Telemetry {
    fn turned(&self, news: &News) {
        self.metrics.count(news);
        let wanted = news.record.log.is_some() || news.kind == ExecutionType::Standard;
        self.with_outlets(|outlets| {
            if wanted {
                outlets.history_log.put(news);
                outlets.status_events.put(news);
            }
            if let Some(traces) = &outlets.traces {
                traces.put(news);
            }
        });
    }
}
