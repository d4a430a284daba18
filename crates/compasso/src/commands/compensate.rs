//! `compasso compensate`.

use std::process::ExitCode;

use reqwest::Method;
use serde_json::{Value, json};

use super::answer::signed;
use super::wait;
use crate::client::{Client, Patience};
use crate::output;

/// Has what a closed run did undone.
pub(crate) async fn run(
    client: &Client,
    execution: &str,
    wait: bool,
    json: bool,
) -> anyhow::Result<ExitCode> {
    let run = client.execution_arn(execution).await?;
    let body = signed(json!({}));
    let path = ["runs", &run, "compensate"];
    let asked = client.rest(Method::POST, &path, &[], body.to_string()).await;
    let answer = client.about(&run, asked).await?;
    if !wait {
        if json {
            output::json(&answer);
        } else {
            output::line("compensating");
        }
        return Ok(ExitCode::SUCCESS);
    }
    let mut patience = Patience::default();
    patience.answered();
    wait::closed(client, &run, patience).await?;
    let found = client.rest(Method::GET, &["runs", &run], &[], String::new()).await?;
    let compensation = &found["run"]["compensation"];
    if json {
        output::json(compensation);
    } else {
        output::line(&told(compensation));
    }
    let is_complete = compensation["state"] == "complete";
    Ok(if is_complete { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Tells what of a run could not be undone.
pub(super) fn note_incomplete(compensation: &Value) {
    if compensation["state"] == "incomplete" {
        output::note(&format!("compensation: {}", told(compensation)));
    }
}

/// Says how far a run is with undoing what it did.
pub(super) fn told(compensation: &Value) -> String {
    let failed = compensation["failed"].as_array().into_iter().flatten();
    let failed: Vec<_> = failed.filter_map(Value::as_str).collect();
    let state = compensation["state"].as_str().unwrap_or_default();
    if failed.is_empty() { state.to_owned() } else { format!("{state} ({})", failed.join(", ")) }
}
