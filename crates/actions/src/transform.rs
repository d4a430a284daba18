//! `compasso:transform`: a value that expressions made.

use compasso_connectors::Parameters;
use compasso_types::{Json, Payload};

/// Returns `value` as it is.
pub(crate) fn run(parameters: &Parameters<'_>) -> Payload {
    Payload::from(parameters.get("value").cloned().unwrap_or(Json::Null))
}
