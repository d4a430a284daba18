//! The workloads, one file each.

mod activity;
mod chain;
mod cluster;
mod each;
mod endless;
mod footprint;
mod map;
mod map_run;
mod overload;
mod pipeline;
mod recovery;
mod recovery_large;
mod schedules;
mod scripts;
mod timers;
mod validation;
mod waiting;
mod workers;

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
pub(crate) fn all() -> [Workload; 21] {
    let usual = |name, run| Workload { name, run, only_named: false };
    let large = |name, run| Workload { name, run, only_named: true };
    [
        usual("w1", || Box::pin(chain::run())),
        usual("w2", || Box::pin(activity::run())),
        usual("w4", || Box::pin(map::run())),
        usual("w5", || Box::pin(waiting::run())),
        usual("w6", || Box::pin(footprint::run())),
        usual("w7", || Box::pin(recovery::run())),
        usual("validate", || Box::pin(validation::run())),
        usual("pipeline", || Box::pin(pipeline::run())),
        usual("scripts", || Box::pin(scripts::run())),
        large("w8", || Box::pin(map_run::run("express"))),
        large("w8-standard", || Box::pin(map_run::run("standard"))),
        large("each", || Box::pin(each::run())),
        large("w9", || Box::pin(endless::run())),
        large("recovery-large", || Box::pin(recovery_large::run())),
        large("w10", || Box::pin(workers::run())),
        large("schedules", || Box::pin(schedules::run())),
        large("schedules-machine", || Box::pin(schedules::of_machine())),
        large("schedules-at-once", || Box::pin(schedules::at_once())),
        large("cluster", || Box::pin(cluster::run())),
        large("overload", || Box::pin(overload::run())),
        large("timers", || Box::pin(timers::run())),
    ]
}
