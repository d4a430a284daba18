//! One figure a line.

use std::time::Duration;

use serde_json::json;

use crate::server::Server;

/// CPU time that a server and its database had used when something began.
pub(crate) struct Used {
    server: Duration,
    database: Option<Duration>,
}

impl Used {
    pub(crate) fn until_now(server: &Server) -> anyhow::Result<Self> {
        Ok(Self { server: server.cpu()?, database: server.database_cpu()? })
    }

    /// Prints what one of `count` executions has cost since.
    pub(crate) fn print_since(
        &self,
        name: &str,
        server: &Server,
        count: f64,
    ) -> anyhow::Result<()> {
        let now = Self::until_now(server)?;
        let print_one = |label: &str, used: Duration| {
            print(&format!("{name}.{label}"), used.as_secs_f64() * 1000.0 / count, "ms/execution");
        };
        print_one("cpu", now.server.saturating_sub(self.server));
        if let (Some(before), Some(now)) = (self.database, now.database) {
            print_one("database-cpu", now.saturating_sub(before));
        }
        Ok(())
    }
}

/// Prints a figure.
#[expect(clippy::print_stdout, reason = "figures go to standard output")]
pub(crate) fn print(name: &str, value: f64, unit: &str) {
    let rounded = (value * 10_000.0).round() / 10_000.0;
    println!("{}", json!({"figure": name, "value": rounded, "unit": unit}));
}

/// Prints the median and the 99th percentile of durations, in milliseconds.
pub(crate) fn print_latencies(name: &str, latencies: &mut [Duration]) {
    latencies.sort_unstable();
    for (label, percent) in [("p50", 50), ("p99", 99)] {
        let Some(last) = latencies.len().checked_sub(1) else { return };
        let value = latencies[(latencies.len() * percent / 100).min(last)];
        print(&format!("{name}.{label}"), value.as_secs_f64() * 1000.0, "ms");
    }
}
