//! Inputs that several actions read, whose form was checked before.

use std::time::Duration;

use compasso_connectors::Parameters;
use compasso_integrations::inputs::read_duration;
use compasso_types::Json;

/// Reads a duration.
pub(crate) fn duration(parameters: &Parameters<'_>, name: &str) -> Option<Duration> {
    parameters.get(name).and_then(read_duration)
}

/// Reads an integer.
pub(crate) fn integer(parameters: &Parameters<'_>, name: &str) -> Option<i64> {
    parameters.get(name).and_then(Json::as_i64)
}
