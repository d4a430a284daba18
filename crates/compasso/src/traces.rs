//! `[traces]`: where traces go.

use compasso_aws::Environment;
use compasso_connectors::Secret;
use compasso_telemetry::TraceSettings;
use serde::Deserialize;

/// What programs with OpenTelemetry read the collector's address from.
const ENDPOINT: &str = "OTEL_EXPORTER_OTLP_ENDPOINT";
/// The headers of its calls.
const HEADERS: &str = "OTEL_EXPORTER_OTLP_HEADERS";

/// What the file says.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Traces {
    /// The address of the collector, such as `http://127.0.0.1:4318`.
    endpoint: Option<String>,
    /// Headers of each call, as `name=value,name=value`.
    headers: Option<Secret>,
    /// The part of executions that is told of.
    share: Option<f64>,
}

impl Traces {
    /// Reads it; the environment counts more.
    pub(crate) fn read(&self, environment: &Environment) -> anyhow::Result<TraceSettings> {
        let headers = self.headers.as_ref().map(Secret::reveal).transpose();
        Ok(TraceSettings {
            endpoint: environment
                .get(ENDPOINT)
                .map(str::to_owned)
                .or_else(|| self.endpoint.clone()),
            headers: match environment.get(HEADERS) {
                Some(headers) => Some(headers.to_owned()),
                None => headers.map_err(anyhow::Error::msg)?,
            },
            share: self.share,
        })
    }
}
