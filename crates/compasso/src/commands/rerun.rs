//! `compasso rerun`.

use std::process::ExitCode;

use anyhow::bail;
use reqwest::Method;
use serde_json::{Value, json};

use super::{start, wait};
use crate::cli::Again;
use crate::client::{Client, Patience};
use crate::output;

/// Has tasks of a closed run run again.
pub(crate) async fn run(
    client: &Client,
    run: &str,
    order: Again,
    json: bool,
) -> anyhow::Result<ExitCode> {
    let arn = client.execution_arn(run).await?;
    let mut body = json!({});
    for (name, tasks) in [("from", &order.from), ("tasks", &order.task)] {
        if !tasks.is_empty() {
            body[name] = json!(tasks);
        }
    }
    if order.all {
        body["all"] = true.into();
    }
    if order.new {
        body["new"] = true.into();
        body["version"] = json!(order.version);
        if !order.labels.is_empty() {
            body["labels"] = start::labels(&order.labels)?.into();
        }
    }
    if !order.params.is_empty() {
        body["params"] = order.params.read(&pipeline_of(client, &arn).await?)?.into();
    }
    let answer = client.rest(Method::POST, &["runs", &arn, "rerun"], &[], body.to_string()).await;
    let answer = client.about(&arn, answer).await?;
    let run = answer["id"].as_str().unwrap_or(&arn);
    if order.wait {
        let mut patience = Patience::default();
        patience.answered();
        return wait::until_closed(client, run, patience, json).await;
    }
    if json {
        output::json(&answer);
    } else if order.new {
        output::line(run);
    } else {
        output::line(&format!("generation {} of {run}", answer["generation"]));
    }
    Ok(ExitCode::SUCCESS)
}

/// Returns the pipeline of a run, which says which params are text.
async fn pipeline_of(client: &Client, run: &str) -> anyhow::Result<Value> {
    let name = run.split(':').nth(6).unwrap_or_default();
    match client.pipeline(name).await? {
        Some(pipeline) => Ok(pipeline),
        None => bail!("{}", client.no_pipeline(name).await),
    }
}
