//! `compasso stop`.

use std::process::ExitCode;

use reqwest::Method;
use serde_json::json;

use super::answer::instant;
use crate::client::Client;
use crate::output;

/// What to stop.
pub(crate) struct Order {
    pub(crate) execution: String,
    pub(crate) error: Option<String>,
    pub(crate) cause: Option<String>,
    /// Whether what cleans up runs first.
    pub(crate) cancel: bool,
}

/// Stops an execution.
pub(crate) async fn run(client: &Client, order: Order, json: bool) -> anyhow::Result<ExitCode> {
    let Order { execution, error, cause, cancel } = order;
    let arn = client.execution_arn(&execution).await?;
    let mut request = json!({});
    for (name, value) in [("error", error), ("cause", cause)] {
        if let Some(value) = value {
            request[name] = value.into();
        }
    }
    let answer = if cancel {
        let path = ["runs", &arn, "cancel"];
        client.rest(Method::POST, &path, &[], request.to_string()).await
    } else {
        request["executionArn"] = arn.as_str().into();
        client.call("StopExecution", &request).await
    };
    let answer = client.about(&arn, answer).await?;
    if json {
        output::json(&answer);
    } else if cancel {
        let stopped = answer["stopped"].as_str().map(|at| format!("stopped {at}"));
        output::line(&stopped.unwrap_or_else(|| "stopping: what cleans up runs first".to_owned()));
    } else {
        output::line(&format!("stopped {}", instant(&answer, "stopDate")));
    }
    Ok(ExitCode::SUCCESS)
}
