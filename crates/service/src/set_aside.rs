//! How many executions are set aside, for whoever watches a server: each of them waits for somebody.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use compasso_store::{ExecutionFilter, Status};
use tracing::debug;

use crate::Service;

/// From one count to the next.
const EVERY: Duration = Duration::from_secs(10);
/// Most that are counted: with so many, one more says nothing.
const COUNTED_MAX: usize = 1_000;
/// Stands where none was counted yet.
const UNKNOWN: u64 = u64::MAX;

/// The last count.
#[derive(Debug)]
pub(crate) struct SetAside(AtomicU64);

impl Default for SetAside {
    fn default() -> Self {
        Self(AtomicU64::new(UNKNOWN))
    }
}

impl Service {
    /// Counts the executions that are set aside every few seconds, until the runtime stops. They are counted
    /// in the store, so that the figure holds whoever set them aside and whatever became of them.
    pub fn run_count_of_set_aside(&self) {
        let service = self.clone();
        self.runtime.spawn(async move {
            let filter =
                ExecutionFilter { status: Some(Status::Quarantined), ..ExecutionFilter::default() };
            loop {
                match service.runtime.executions(filter.clone(), None, COUNTED_MAX).await {
                    Ok(page) => {
                        service.inner.set_aside.0.store(page.items.len() as u64, Ordering::Relaxed);
                    }
                    Err(error) => debug!(%error, "executions that are set aside were not counted"),
                }
                tokio::select! {
                    () = service.runtime.clock().sleep_until(service.now().after(EVERY)) => {}
                    () = service.runtime.stopping() => return,
                }
            }
        });
    }

    /// Writes how many were counted, in the text form of Prometheus; nothing before the first count.
    pub fn set_aside_metrics(&self) -> String {
        match self.inner.set_aside.0.load(Ordering::Relaxed) {
            UNKNOWN => String::new(),
            count => format!(
                "# HELP {COUNT} Executions that are set aside, at most {COUNTED_MAX}.\n\
                 # TYPE {COUNT} gauge\n{COUNT} {count}\n"
            ),
        }
    }
}

const COUNT: &str = "compasso_quarantined_executions";
