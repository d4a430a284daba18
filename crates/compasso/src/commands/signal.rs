//! `compasso signal`.

use std::process::ExitCode;

use serde_json::json;

use super::input;
use crate::client::{Api, Client};
use crate::output;

/// The signal, and whom it is for.
pub(crate) struct Order {
    pub(crate) execution: String,
    pub(crate) name: String,
    pub(crate) payload: Option<String>,
    pub(crate) id: Option<String>,
}

/// Sends a signal to an execution.
pub(crate) async fn run(client: &Client, order: Order, json: bool) -> anyhow::Result<ExitCode> {
    let payload = order.payload.map(|payload| input::read("--payload", &payload)).transpose()?;
    let arn = client.execution_arn(&order.execution).await?;
    let mut request = json!({"executionArn": arn, "signalName": order.name});
    for (member, value) in [("payload", payload), ("id", order.id)] {
        if let Some(value) = value {
            request[member] = value.into();
        }
    }
    let asked = client.ask(Api::Compasso, "SignalExecution", &request).await;
    let answer = client.about(&arn, asked).await?;
    if json {
        output::json(&answer);
    } else {
        output::line(&format!("signalled {}", order.name));
    }
    Ok(ExitCode::SUCCESS)
}
