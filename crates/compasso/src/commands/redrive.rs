//! `compasso redrive`.

use std::process::ExitCode;

use serde_json::json;

use super::answer::instant;
use super::wait;
use crate::client::{Client, Patience};
use crate::output;

/// Has a closed execution go on from where it failed.
pub(crate) async fn run(
    client: &Client,
    execution: &str,
    wait: bool,
    json: bool,
) -> anyhow::Result<ExitCode> {
    let arn = client.execution_arn(execution).await?;
    let request = json!({"executionArn": arn});
    let answer = client.about(&arn, client.call("RedriveExecution", &request).await).await?;
    if wait {
        let mut patience = Patience::default();
        patience.answered();
        return wait::until_closed(client, &arn, patience, json).await;
    }
    if json {
        output::json(&answer);
    } else {
        output::line(&format!("redriven {}", instant(&answer, "redriveDate")));
    }
    Ok(ExitCode::SUCCESS)
}
