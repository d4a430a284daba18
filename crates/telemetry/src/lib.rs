//! What is told of executions, in the forms that AWS emits: history logs, status-change events and
//! metrics; and traces, in the form of OpenTelemetry.
//!
//! A [`Telemetry`] listens to the runtime ([`compasso_runtime::Observer`]). Metrics are counted at
//! once; the rest goes into the queues of outlets, each with a task of its own.
//! **Invariant:** telemetry never holds an execution up. An outlet that cannot keep up, or whose
//! receiver is away for longer than it tries again, drops what it has, counts it, and says so; what
//! is stored of the executions has it all.

mod aws;
mod exposition;
mod history_log;
mod metrics;
mod outlet;
mod settings;
mod status_events;
mod telemetry;
mod traces;

pub use exposition::Exposition;
pub use settings::{HistoryLogSettings, StatusEventSettings, TelemetrySettings, TraceSettings};
pub use telemetry::Telemetry;
