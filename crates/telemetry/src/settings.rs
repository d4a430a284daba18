//! What can be set.

use std::path::PathBuf;

use compasso_aws::AwsSettings;
use serde::Deserialize;

/// Where telemetry goes.
#[derive(Clone, Debug, Default)]
pub struct TelemetrySettings {
    /// History logs.
    pub history_log: HistoryLogSettings,
    /// Status-change events.
    pub status_events: StatusEventSettings,
    /// Traces.
    pub traces: TraceSettings,
    /// Where files are kept that are not given another place: the data directory.
    pub directory: PathBuf,
    /// Where AWS services are.
    pub aws: AwsSettings,
    /// The URL of this server, which is never meant by an endpoint of AWS.
    pub endpoint: Option<String>,
}

/// `[history-log]`: where the histories of executions go whose state machine has a
/// `loggingConfiguration`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct HistoryLogSettings {
    /// Whether each record is written to standard output as well.
    pub stdout: bool,
    /// The directory with a file for each log group; absent: `log-groups` in the data directory.
    pub directory: Option<PathBuf>,
    /// Whether records go to CloudWatch Logs; absent: if an endpoint for it is given.
    pub cloudwatch: Option<bool>,
}

/// `[status-events]`: where changes of the status of Standard executions go.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct StatusEventSettings {
    /// A file that gets a line for each event.
    pub file: Option<PathBuf>,
    /// A URL that each event is posted to.
    pub webhook: Option<String>,
    /// The EventBridge event bus that events are put on.
    pub event_bus: Option<String>,
    /// The events' `source`; absent: `aws.states`, which AWS itself takes from nobody.
    pub source: Option<String>,
}

/// Where traces go.
#[derive(Clone, Debug, Default)]
pub struct TraceSettings {
    /// The address of a collector that speaks OTLP over HTTP; absent: nothing is sent.
    pub endpoint: Option<String>,
    /// Headers of each call, as `name=value,name=value`.
    pub headers: Option<String>,
    /// The part of executions that is told of, 0 to 1; absent: all.
    pub share: Option<f64>,
}
