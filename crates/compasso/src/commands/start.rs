//! `compasso start`.

use std::process::ExitCode;

use serde_json::json;

use super::answer::text;
use super::{input, wait};
use crate::client::{Client, Patience};
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
    let input = input::read("--input", &order.input)?;
    let arn = client.workflow_arn(&order.workflow).await?;
    let mut request = json!({"stateMachineArn": arn, "input": input});
    if let Some(name) = order.name {
        request["name"] = name.into();
    }
    if order.wait && is_express(client, &arn).await? {
        // Express executions cannot be asked for later.
        return Ok(wait::report(&client.call("StartSyncExecution", &request).await?, json));
    }
    let started = client.about(&arn, client.call("StartExecution", &request).await).await?;
    let execution = text(&started, "executionArn");
    if order.wait {
        let mut patience = Patience::default();
        patience.answered();
        return wait::until_closed(client, &execution, patience, json).await;
    }
    if json {
        output::json(&started);
    } else {
        output::line(&execution);
    }
    Ok(ExitCode::SUCCESS)
}

async fn is_express(client: &Client, arn: &str) -> anyhow::Result<bool> {
    let machine = client.call("DescribeStateMachine", &json!({"stateMachineArn": arn})).await;
    Ok(client.about(arn, machine).await?["type"] == "EXPRESS")
}
