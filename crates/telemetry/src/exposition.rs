//! The text form of Prometheus.

use std::fmt::{Display, Write};

/// Figures as text; [`Exposition::family`] begins each metric.
#[derive(Debug, Default)]
pub struct Exposition(String);

impl Exposition {
    /// Begins a metric: its name, `counter`, `gauge` or `histogram`, and what it is.
    pub fn family(&mut self, name: &str, kind: &str, help: &str) {
        writeln!(self.0, "# HELP {name} {help}\n# TYPE {name} {kind}")
            .expect("a string takes every text");
    }

    /// Writes a figure.
    pub fn sample(&mut self, name: &str, labels: &[(&str, &str)], number: impl Display) {
        let write = |(label, value): &(&str, &str)| {
            let value = value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
            format!("{label}=\"{value}\"")
        };
        let labels = labels.iter().map(write).collect::<Vec<_>>().join(",");
        let labels = if labels.is_empty() { labels } else { format!("{{{labels}}}") };
        writeln!(self.0, "{name}{labels} {number}").expect("a string takes every text");
    }

    /// Returns the text.
    pub fn into_text(self) -> String {
        self.0
    }
}
