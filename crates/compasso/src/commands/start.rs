//! `compasso start`.

use std::process::ExitCode;

use serde_json::json;

use crate::client::{Client, workflow_arn};
use crate::commands::{executions, json_argument};
use crate::output;

/// What to start.
pub(crate) struct Order {
    pub(crate) workflow: String,
    pub(crate) input: String,
    pub(crate) name: Option<String>,
    pub(crate) wait: bool,
}

/// Starts an execution and, if asked, waits for its end.
pub(crate) async fn run(client: &Client, order: Order, json: bool) -> anyhow::Result<ExitCode> {
    let mut request = json!({
        "stateMachineArn": workflow_arn(&order.workflow),
        "input": json_argument(&order.input)?,
    });
    if let Some(name) = order.name {
        request["name"] = name.into();
    }
    let started = client.call("StartExecution", &request).await?;
    let arn = started["executionArn"].as_str().unwrap_or_default().to_owned();
    if order.wait {
        return executions::wait(client, &arn, json).await;
    }
    if json {
        output::json(&started);
    } else {
        output::line(&arn);
    }
    Ok(ExitCode::SUCCESS)
}
