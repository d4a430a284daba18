//! `compasso copy`.

use std::process::ExitCode;

use serde_json::json;

use super::answer::text;
use super::{input, wait};
use crate::client::{Api, Client, Patience};
use crate::output;

/// What to copy, and how.
pub(crate) struct Order {
    pub(crate) execution: String,
    pub(crate) from: String,
    pub(crate) input: Option<String>,
    pub(crate) name: Option<String>,
    pub(crate) wait: bool,
}

/// Starts an execution at a state that another one entered.
pub(crate) async fn run(client: &Client, order: Order, json: bool) -> anyhow::Result<ExitCode> {
    let input = order.input.as_deref().map(|input| input::read("--input", input)).transpose()?;
    let arn = client.execution_arn(&order.execution).await?;
    let mut request = json!({"executionArn": arn, "stateName": order.from});
    for (member, value) in [("input", input), ("name", order.name)] {
        if let Some(value) = value {
            request[member] = value.into();
        }
    }
    let asked = client.ask(Api::Compasso, "CopyExecution", &request).await;
    let started = client.about(&arn, asked).await?;
    let copy = text(&started, "executionArn");
    if order.wait {
        let mut patience = Patience::default();
        patience.answered();
        return wait::until_closed(client, &copy, patience, json).await;
    }
    if json {
        output::json(&started);
    } else {
        output::line(&copy);
    }
    Ok(ExitCode::SUCCESS)
}
