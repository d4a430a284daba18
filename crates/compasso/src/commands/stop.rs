//! `compasso stop`.

use std::process::ExitCode;

use serde_json::json;

use super::answer::instant;
use crate::client::Client;
use crate::output;

/// Stops an execution.
pub(crate) async fn run(
    client: &Client,
    execution: &str,
    error: Option<String>,
    cause: Option<String>,
    json: bool,
) -> anyhow::Result<ExitCode> {
    let arn = client.execution_arn(execution).await?;
    let mut request = json!({"executionArn": arn});
    for (name, value) in [("error", error), ("cause", cause)] {
        if let Some(value) = value {
            request[name] = value.into();
        }
    }
    let answer = client.about(&arn, client.call("StopExecution", &request).await).await?;
    if json {
        output::json(&answer);
    } else {
        output::line(&format!("stopped {}", instant(&answer, "stopDate")));
    }
    Ok(ExitCode::SUCCESS)
}
