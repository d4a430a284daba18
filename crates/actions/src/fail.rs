//! `compasso:fail`: an error of the author's choice.

use compasso_connectors::Parameters;
use compasso_engine::{TaskError, TaskResult};
use compasso_types::Json;

/// Fails with the error `error`.
pub(crate) fn run(parameters: &Parameters<'_>) -> TaskResult {
    let cause = match parameters.get("cause") {
        None => String::new(),
        Some(Json::String(text)) => text.to_string(),
        Some(other) => other.to_string(),
    };
    Err(TaskError::new(parameters.required_text("error")?, cause))
}
