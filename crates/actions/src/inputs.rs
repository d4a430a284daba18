//! Inputs that several actions read.

use std::time::Duration;

use compasso_connectors::Parameters;
use compasso_engine::TaskError;
use compasso_schedule::duration;
use compasso_types::Json;

/// Reads a duration: `250ms`, `1h30m`, `PT5M`, or seconds as a number.
pub(crate) fn duration(
    parameters: &Parameters<'_>,
    name: &str,
) -> Result<Option<Duration>, TaskError> {
    let Some(value) = parameters.get(name) else { return Ok(None) };
    let read = match value {
        Json::String(text) => duration::parse(text),
        Json::Number(_) => duration::parse(&value.to_string()),
        _ => None,
    };
    read.filter(|read| !read.is_zero()).map(Some).ok_or_else(|| parameters.invalid(name))
}

/// Reads an integer that must be within bounds.
pub(crate) fn integer(
    parameters: &Parameters<'_>,
    name: &str,
    bounds: std::ops::RangeInclusive<i64>,
) -> Result<Option<i64>, TaskError> {
    let Some(value) = parameters.get(name) else { return Ok(None) };
    match value.as_i64().filter(|number| bounds.contains(number)) {
        Some(number) => Ok(Some(number)),
        None => Err(parameters.refuse(format_args!(
            "The field '{name}' must be an integer from {} to {}",
            bounds.start(),
            bounds.end()
        ))),
    }
}
