//! Whether the database of a cluster may lose what it has committed. Each connection that writes looks for itself, and
//! then refuses; this is for those who watch the nodes, also one that has nothing to write.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::{Duration, Instant};

use compasso_store::Recurring;
use compasso_store_postgres::PostgresNodes;
use compasso_telemetry::Exposition;
use tokio::sync::watch;
use tokio::time::sleep;
use tracing::{debug, error, info};

/// How often it is looked.
const LOOK_EVERY: Duration = Duration::from_secs(10);
/// The same while there is danger: whoever ends it waits to see that.
const LOOK_AGAIN: Duration = Duration::from_secs(1);

/// What is known; `clone` is cheap.
#[derive(Clone, Debug, Default)]
pub(super) struct Danger(watch::Sender<Option<Arc<str>>>);

impl Danger {
    /// Returns why the database may lose what it is given, if it may, and later changes of that.
    pub(super) fn told(&self) -> watch::Receiver<Option<Arc<str>>> {
        self.0.subscribe()
    }

    /// Returns it in the text form of Prometheus.
    pub(super) fn metrics(&self) -> String {
        let (mut text, name) = (Exposition::default(), "compasso_database_unsafe");
        text.family(name, "gauge", "1 while the database may lose what it has committed.");
        text.sample(name, &[], u64::from(self.0.borrow().is_some()));
        text.into_text()
    }

    /// Looks again and again. A database that does not answer is neither good nor bad.
    pub(super) async fn watch(&self, nodes: &PostgresNodes) -> Infallible {
        let mut lasting = Recurring::default();
        loop {
            match nodes.danger().await {
                Ok(found) => self.note(found.map(Into::into), &mut lasting),
                Err(error) => debug!(%error, "the settings of the database are not known"),
            }
            sleep(if self.0.borrow().is_some() { LOOK_AGAIN } else { LOOK_EVERY }).await;
        }
    }

    fn note(&self, found: Option<Arc<str>>, lasting: &mut Recurring) {
        match &found {
            Some(why) => {
                if let Some(times) = lasting.comes(Instant::now()) {
                    error!(%why, times, "nothing new is acknowledged");
                }
            }
            None if lasting.is_over() => info!("the database keeps again what it is given"),
            None => {}
        }
        self.0.send_replace(found);
    }
}
