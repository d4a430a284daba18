//! How long what has ended is kept: closed executions with their histories, their logs, and what else
//! piles up. A sweep in the background removes what is older, one small write at a time. What stays is packed.
//!
//! **Invariant:** nothing of an open execution goes. What is due is decided in `plan`, which is pure;
//! a sweep that was interrupted is simply made again.

mod artifacts;
mod documents;
mod packing;
mod plan;
mod revisions;
mod sweep;
mod trials;

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tracing::{info, warn};

use crate::Service;

/// How long what has ended is kept if a pipeline does not say; `None` is for ever.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retention {
    /// Runs of pipelines, with all they left.
    pub runs: Option<Duration>,
    /// Executions of state machines.
    pub executions: Option<Duration>,
    /// The output of tasks.
    pub logs: Option<Duration>,
    /// Files that tasks left, from the end of their run; `None` is as long as the run.
    pub artifacts: Option<Duration>,
    /// Records of the audit log.
    pub audit: Option<Duration>,
    /// Most records of the audit log; the oldest go first.
    pub audit_records: u64,
    /// The pause between two sweeps.
    pub every: Duration,
}

impl Default for Retention {
    fn default() -> Self {
        let long = Some(LONG);
        Self {
            runs: long,
            executions: long,
            logs: long,
            artifacts: None,
            audit: long,
            audit_records: AUDIT_RECORDS,
            every: EVERY,
        }
    }
}

/// As long as AWS keeps executions.
const LONG: Duration = Duration::from_secs(90 * 86_400);
/// Records of the audit log that are kept if nothing is said.
const AUDIT_RECORDS: u64 = 100_000;
const EVERY: Duration = Duration::from_secs(3_600);

/// How much was removed since the start of the server.
#[derive(Debug, Default)]
pub(crate) struct Removed {
    executions: AtomicU64,
    logs: AtomicU64,
    artifacts: AtomicU64,
    documents: AtomicU64,
    /// Executions that stay, and whose histories were packed.
    packed: AtomicU64,
}

/// How much a sweep removed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Swept {
    executions: u64,
    logs: u64,
    artifacts: u64,
    documents: u64,
}

impl Service {
    /// Removes what was kept long enough, now and then until the runtime stops.
    pub fn run_retention(&self, retention: Retention) {
        let service = self.clone();
        self.inner.dispatcher.keep_artifacts_for(retention.artifacts);
        self.runtime.spawn(async move {
            loop {
                let clock = service.runtime.clock();
                let next = clock.now().after(retention.every);
                tokio::select! {
                    () = clock.sleep_until(next) => {}
                    () = service.runtime.stopping() => return,
                }
                match service.sweep(&retention).await {
                    Ok(swept) => service.inner.removed.add(swept),
                    Err(error) => warn!(%error, "what is old stays for now"),
                }
                match service.pack_closed().await {
                    Ok(packed) => service.inner.removed.add_packed(packed),
                    Err(error) => warn!(%error, "histories are not packed for now"),
                }
            }
        });
    }

    /// Writes how much was removed and packed, in the text form of Prometheus.
    pub fn removed_metrics(&self) -> String {
        let Removed { executions, logs, artifacts, documents, packed } = &self.inner.removed;
        let lines = [
            ("executions", executions),
            ("logs", logs),
            ("artifacts", artifacts),
            ("records", documents),
        ];
        let head = format!(
            "# HELP {METRIC} What was removed because it was kept long enough.\n\
             # TYPE {METRIC} counter\n"
        );
        let counts = lines.map(|(what, count)| {
            format!("{METRIC}{{what=\"{what}\"}} {}\n", count.load(Ordering::Relaxed))
        });
        let packed = packed.load(Ordering::Relaxed);
        head + &counts.concat()
            + &format!(
                "# HELP {PACKED} Executions whose histories were packed.\n\
                 # TYPE {PACKED} counter\n{PACKED} {packed}\n"
            )
    }
}

const METRIC: &str = "compasso_removed_total";
const PACKED: &str = "compasso_packed_total";

impl Removed {
    fn add_packed(&self, executions: u64) {
        if executions > 0 {
            self.packed.fetch_add(executions, Ordering::Relaxed);
            info!(executions, "packed histories of what has closed");
        }
    }

    fn add(&self, swept: Swept) {
        if swept == Swept::default() {
            return;
        }
        let Swept { executions, logs, artifacts, documents } = swept;
        self.executions.fetch_add(executions, Ordering::Relaxed);
        self.logs.fetch_add(logs, Ordering::Relaxed);
        self.artifacts.fetch_add(artifacts, Ordering::Relaxed);
        self.documents.fetch_add(documents, Ordering::Relaxed);
        info!(
            executions,
            logs,
            artifacts,
            records = documents,
            "removed what was kept long enough"
        );
    }
}
