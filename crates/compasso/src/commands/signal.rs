//! `compasso signal`.

use std::process::ExitCode;

use reqwest::Method;
use serde_json::json;

use super::input;
use crate::client::{Api, Client, code};
use crate::output;

/// What a server answers that takes no signals to executions.
const UNKNOWN: &str = "UnknownOperationException";

/// The signal, and whom it is for.
pub(crate) struct Order {
    pub(crate) execution: String,
    pub(crate) name: String,
    pub(crate) payload: Option<String>,
    pub(crate) id: Option<String>,
}

/// Sends a signal to an execution, or to a run of a pipeline.
pub(crate) async fn run(client: &Client, order: Order, json: bool) -> anyhow::Result<ExitCode> {
    let Order { execution, name, payload, id } = order;
    let payload = payload.map(|payload| input::read("--payload", &payload)).transpose()?;
    let arn = client.execution_arn(&execution).await?;
    let asked = if arn.split(':').nth(5) == Some("run") {
        let query: Vec<_> = id.iter().map(|id| ("id", id.as_str())).collect();
        let path = ["runs", &arn, "signals", &name];
        let sent = client.rest(Method::POST, &path, &query, payload.unwrap_or_default()).await;
        sent.map(|_| json!({}))
    } else {
        let mut request = json!({"executionArn": arn, "signalName": name});
        for (member, value) in [("payload", payload), ("id", id)] {
            if let Some(value) = value {
                request[member] = value.into();
            }
        }
        match client.ask(Api::Compasso, "SignalExecution", &request).await {
            // That nobody could take it counts more than that the server takes none.
            Err(error) if code(&error) == UNKNOWN => {
                client.missing(&arn).await.map_or(Err(error), Err)
            }
            asked => asked,
        }
    };
    let answer = client.about(&arn, asked).await?;
    if json {
        output::json(&answer);
    } else {
        output::line(&format!("signalled {name}"));
    }
    Ok(ExitCode::SUCCESS)
}
