//! `compasso start`.

mod pipeline;

use std::process::ExitCode;

use anyhow::bail;
use reqwest::Method;
use serde_json::{Map, Value, json};

use super::answer::text;
use super::{input, wait};
use crate::cli::ParamArgs;
use crate::client::{Client, Patience};
use crate::output;

/// What to start.
pub(crate) struct Order {
    pub(crate) workflow: String,
    pub(crate) input: Option<String>,
    pub(crate) params: ParamArgs,
    pub(crate) name: Option<String>,
    /// Whether a pipeline starts even while it is paused.
    pub(crate) force: bool,
    /// Whether all tasks of a pipeline's run are held.
    pub(crate) hold: bool,
    pub(crate) overlap: Option<String>,
    /// `NAME=VALUE` each.
    pub(crate) labels: Vec<String>,
    pub(crate) wait: bool,
}

/// Starts an execution and, if asked, waits for its end.
pub(crate) async fn run(client: &Client, order: Order, json: bool) -> anyhow::Result<ExitCode> {
    match pipeline_of(client, &order).await? {
        Some(pipeline) => start_pipeline(client, order, &pipeline, json).await,
        None => start_workflow(client, order, json).await,
    }
}

/// Returns the pipeline that is meant, if none of the other workflows is.
async fn pipeline_of(client: &Client, order: &Order) -> anyhow::Result<Option<Value>> {
    let name = &order.workflow;
    let is_arn = name.starts_with("arn:");
    if is_arn && !name.contains(":pipeline:") {
        return Ok(None);
    }
    let is_forced = order.force || order.hold || order.overlap.is_some();
    let is_for_pipelines = !order.params.is_empty() || is_forced;
    if !is_for_pipelines
        && !is_arn
        && client.workflow_or_pipeline_arn(name).await? == client.workflow_arn(name).await?
    {
        return Ok(None);
    }
    match client.pipeline(name).await? {
        Some(_) if order.input.is_some() => {
            bail!("{name} is a pipeline: give --params NAME=VALUE instead of --input")
        }
        Some(pipeline) => Ok(Some(pipeline)),
        None => bail!("{}", client.no_pipeline(name).await),
    }
}

async fn start_pipeline(
    client: &Client,
    order: Order,
    pipeline: &Value,
    json: bool,
) -> anyhow::Result<ExitCode> {
    let labels = labels(&order.labels)?;
    let Order { workflow, params, name, force, hold, overlap, wait, .. } = order;
    // Runs of express pipelines cannot be asked for later.
    let is_answered = wait && name.is_none() && pipeline["mode"] == "express";
    let run = pipeline::Run { name, force, hold, overlap, labels, wait: is_answered };
    let started = pipeline::start(client, &workflow, pipeline, &params, run).await?;
    if is_answered {
        return Ok(wait::report(&pipeline::ended(&started), json));
    }
    went(client, &started, "id", wait, json).await
}

async fn start_workflow(client: &Client, order: Order, json: bool) -> anyhow::Result<ExitCode> {
    let input = input::read("--input", order.input.as_deref().unwrap_or("{}"))?;
    let arn = client.workflow_arn(&order.workflow).await?;
    if !order.labels.is_empty() {
        return start_labelled(client, order, (&arn, input), json).await;
    }
    let mut request = json!({"stateMachineArn": arn, "input": input});
    if let Some(name) = order.name {
        request["name"] = name.into();
    }
    if order.wait && is_express(client, &arn).await? {
        // Express executions cannot be asked for later.
        return Ok(wait::report(&client.call("StartSyncExecution", &request).await?, json));
    }
    let started = client.about(&arn, client.call("StartExecution", &request).await).await?;
    went(client, &started, "executionArn", order.wait, json).await
}

/// Starts an execution with labels, which AWS's API does not know.
async fn start_labelled(
    client: &Client,
    order: Order,
    (arn, input): (&str, String),
    json: bool,
) -> anyhow::Result<ExitCode> {
    let labels = labels(&order.labels)?;
    let mut body = json!({"workflow": arn, "input": input, "labels": labels});
    if let Some(name) = order.name {
        body["name"] = name.into();
    }
    let started = client.rest(Method::POST, &["runs"], &[], body.to_string()).await;
    went(client, &client.about(arn, started).await?, "id", order.wait, json).await
}

/// Reads labels.
pub(super) fn labels(given: &[String]) -> anyhow::Result<Map<String, Value>> {
    let read = |given: &String| match given.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.into())),
        _ => bail!("{given}: a label is NAME=VALUE"),
    };
    given.iter().map(read).collect()
}

/// Tells what was started, or waits for its end.
async fn went(
    client: &Client,
    started: &Value,
    member: &str,
    wait: bool,
    json: bool,
) -> anyhow::Result<ExitCode> {
    let execution = text(started, member);
    if wait {
        let mut patience = Patience::default();
        patience.answered();
        return wait::until_closed(client, &execution, patience, json).await;
    }
    if json {
        output::json(started);
    } else {
        output::line(&execution);
    }
    Ok(ExitCode::SUCCESS)
}

async fn is_express(client: &Client, arn: &str) -> anyhow::Result<bool> {
    let machine = client.call("DescribeStateMachine", &json!({"stateMachineArn": arn})).await;
    Ok(client.about(arn, machine).await?["type"] == "EXPRESS")
}
