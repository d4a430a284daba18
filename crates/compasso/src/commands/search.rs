//! `compasso search`.

use std::process::ExitCode;

use serde_json::{Value, json};

use super::answer::{and_one, instant, show_some, text};
use crate::client::{Api, Client};

/// What to find, and how much of it.
pub(crate) struct Order {
    pub(crate) query: String,
    pub(crate) earliest_first: bool,
    pub(crate) limit: usize,
}

/// Lists the executions that a query finds.
pub(crate) async fn run(client: &Client, order: Order, json: bool) -> anyhow::Result<ExitCode> {
    let sort = if order.earliest_first { "EARLIEST_FIRST" } else { "LATEST_FIRST" };
    let request = json!({"query": order.query, "sort": sort});
    let action = (Api::Compasso, "SearchExecutions");
    let rows = client.pages_of(action, request, "executions", and_one(order.limit)).await?;
    let heads = ["WORKFLOW", "NAME", "STATUS", "STARTED", "STOPPED", "ATTRIBUTES"];
    show_some((&rows, order.limit), json, &heads, |row| {
        let machine = text(row, "stateMachineArn");
        let workflow = machine.rsplit(':').next().unwrap_or_default().to_owned();
        let (started, stopped) = (instant(row, "startDate"), instant(row, "stopDate"));
        vec![workflow, text(row, "name"), text(row, "status"), started, stopped, attributes(row)]
    });
    Ok(ExitCode::SUCCESS)
}

fn attributes(row: &Value) -> String {
    let attributes = row["searchAttributes"].as_object().into_iter().flatten();
    let pairs: Vec<_> = attributes.map(|(name, value)| format!("{name}={value}")).collect();
    pairs.join(" ")
}
