//! `compasso:log`: a line in the log of the task.

use compasso_connectors::Parameters;
use compasso_engine::TaskResult;
use compasso_runtime::Reporter;
use compasso_store::LogStream;
use compasso_types::{Json, Payload};

/// Writes `message`, with its `level` in front if it has one and `data` behind, and returns it.
pub(crate) fn run(parameters: &Parameters<'_>, reporter: &Reporter) -> TaskResult {
    let message = parameters.get("message").cloned().unwrap_or(Json::Null);
    let mut text = match &message {
        Json::String(text) => text.to_string(),
        other => other.to_string(),
    };
    if let Some(level) = parameters.text("level")? {
        text = format!("{}: {text}", level.to_uppercase());
    }
    if let Some(data) = parameters.get("data") {
        text = format!("{text} {data}");
    }
    for line in text.lines() {
        reporter.log(LogStream::Stdout, line);
    }
    Ok(Payload::from(message))
}
