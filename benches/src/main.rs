//! Drives the real binary over its public API and prints JSON lines, one figure a line.
//!
//! `compasso-bench [NAME…]` runs the workloads whose names are given, or all but those that take
//! minutes. Everything talks to
//! loopback, is bounded, and stops by itself. Rates and times depend on the machine and on what
//! else it does; CPU per unit of work and ratios travel better.

mod cpu;
mod figure;
mod http;
mod server;
mod workloads;

use anyhow::Context as _;

fn main() -> anyhow::Result<()> {
    let wanted: Vec<String> = std::env::args().skip(1).collect();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .context("no threads to work with")?;
    runtime.block_on(async {
        for workload in workloads::all() {
            let named = wanted.iter().any(|name| workload.name == name);
            if named || (wanted.is_empty() && !workload.only_named) {
                (workload.run)().await.with_context(|| format!("workload {}", workload.name))?;
            }
        }
        Ok(())
    })
}
