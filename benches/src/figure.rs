//! One figure a line.

use std::time::Duration;

use serde_json::json;

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
