//! The workloads, one file each.

mod activity;
mod chain;
mod footprint;
mod map;
mod recovery;
mod validation;
mod waiting;

use std::future::Future;
use std::pin::Pin;

/// A workload by its name.
pub(crate) struct Workload {
    pub(crate) name: &'static str,
    pub(crate) run: fn() -> Run,
}

/// A workload under way.
pub(crate) type Run = Pin<Box<dyn Future<Output = anyhow::Result<()>>>>;

/// Returns all workloads, in the order they run.
pub(crate) fn all() -> [Workload; 7] {
    [
        Workload { name: "w1", run: || Box::pin(chain::run()) },
        Workload { name: "w2", run: || Box::pin(activity::run()) },
        Workload { name: "w4", run: || Box::pin(map::run()) },
        Workload { name: "w5", run: || Box::pin(waiting::run()) },
        Workload { name: "w6", run: || Box::pin(footprint::run()) },
        Workload { name: "w7", run: || Box::pin(recovery::run()) },
        Workload { name: "validate", run: || Box::pin(validation::run()) },
    ]
}
