//! `compasso stop`.

use std::process::ExitCode;

use anyhow::bail;
use reqwest::Method;
use serde_json::json;

use super::answer::{instant, signed, text};
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
    refuse_ended(client, &arn).await?;
    let mut request = json!({});
    for (name, value) in [("error", error), ("cause", cause)] {
        if let Some(value) = value {
            request[name] = value.into();
        }
    }
    let path = ["runs", &arn, if cancel { "cancel" } else { "stop" }];
    let answer = client.rest(Method::POST, &path, &[], signed(request).to_string()).await;
    let mut answer = client.about(&arn, answer).await?;
    if !cancel {
        answer = json!({"stopDate": answer["at"]});
    }
    if json {
        output::json(&answer);
    } else if cancel {
        let stopped = answer["stopped"].as_str().map(|at| format!("stopped {at}"));
        output::line(&stopped.unwrap_or_else(|| "stopping: what cleans up runs first".to_owned()));
    } else {
        output::line(&format!("stopped {}", text(&answer, "stopDate")));
    }
    Ok(ExitCode::SUCCESS)
}

/// Refuses an execution that has ended. Amazon's API answers when it did, as if it had been stopped.
async fn refuse_ended(client: &Client, arn: &str) -> anyhow::Result<()> {
    // What is wrong with the execution itself, the answer to the order says.
    let Ok(found) = client.call("DescribeExecution", &json!({"executionArn": arn})).await else {
        return Ok(());
    };
    let status = text(&found, "status");
    if status == "RUNNING" || status == "QUEUED" {
        return Ok(());
    }
    bail!("there is nothing to stop: it ended at {}, {status}", instant(&found, "stopDate"))
}
