//! The workloads, one file each.

mod activity;
mod chain;
mod footprint;
mod map;
mod recovery;
mod recovery_large;
mod validation;
mod waiting;

use std::future::Future;
use std::pin::Pin;

/// A workload by its name.
pub(crate) struct Workload {
    pub(crate) name: &'static str,
    pub(crate) run: fn() -> Run,
    /// Whether it takes so long that it runs only when it is named.
    pub(crate) only_named: bool,
}

/// A workload under way.
pub(crate) type Run = Pin<Box<dyn Future<Output = anyhow::Result<()>>>>;

/// Returns all workloads, in the order they run.
pub(crate) fn all() -> [Workload; 8] {
    let usual = |name, run| Workload { name, run, only_named: false };
    [
        usual("w1", || Box::pin(chain::run())),
        usual("w2", || Box::pin(activity::run())),
        usual("w4", || Box::pin(map::run())),
        usual("w5", || Box::pin(waiting::run())),
        usual("w6", || Box::pin(footprint::run())),
        usual("w7", || Box::pin(recovery::run())),
        usual("validate", || Box::pin(validation::run())),
        Workload {
            name: "recovery-large",
            run: || Box::pin(recovery_large::run()),
            only_named: true,
        },
    ]
}
