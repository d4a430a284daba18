//! `compasso triggers`.

use std::process::ExitCode;

use anyhow::bail;
use reqwest::Method;
use serde_json::Value;

use super::answer::{and_one, show, show_some, text};
use crate::cli::{Server, TriggerOrder, Triggers};
use crate::client::Client;
use crate::output;

/// Lists the triggers of a pipeline, or what became of the events of one, or replays one of these.
pub(crate) async fn run(
    order: Triggers,
    connect: impl Fn(Server) -> anyhow::Result<Client>,
    json: bool,
) -> anyhow::Result<ExitCode> {
    let Triggers { order, pipeline, trigger, limit, server } = order;
    if let Some(TriggerOrder::Replay { pipeline, trigger, delivery, server }) = order {
        return replay(&connect(server)?, [&pipeline, &trigger, &delivery], json).await;
    }
    let (client, pipeline) = (connect(server)?, pipeline.expect("it is required"));
    match trigger {
        Some(trigger) => deliveries(&client, &pipeline, &trigger, limit, json).await,
        None => list(&client, &pipeline, json).await,
    }
}

/// Starts a run of what came with a delivery; fails if there is none.
async fn replay(
    client: &Client,
    [pipeline, trigger, delivery]: [&str; 3],
    json: bool,
) -> anyhow::Result<ExitCode> {
    let path = ["pipelines", pipeline, "triggers", trigger, "deliveries", delivery, "replay"];
    let answer = client.rest(Method::POST, &path, &[], String::new()).await?;
    if json {
        output::json(&answer);
    } else if let Some(run) = answer["run"].as_str() {
        output::line(run);
    }
    match answer["fate"].as_str() {
        Some("run") => Ok(ExitCode::SUCCESS),
        Some("waiting") => {
            output::note("it cannot start now, and waits");
            Ok(ExitCode::SUCCESS)
        }
        _ => bail!("it started nothing: {}", text(&answer, "reason")),
    }
}

/// Lists the triggers of a pipeline.
async fn list(client: &Client, pipeline: &str, json: bool) -> anyhow::Result<ExitCode> {
    let path = ["pipelines", pipeline, "triggers"];
    let mut answer = client.rest(Method::GET, &path, &[], String::new()).await?;
    let Value::Array(rows) = answer["items"].take() else { return Ok(ExitCode::SUCCESS) };
    show(&rows, json, &["ID", "KIND", "HEALTH", "PENDING", "PATH OR ERROR"], |row| {
        let is_healthy = row["healthy"].as_bool().unwrap_or(false);
        let (health, told) = if row["enabled"] == false {
            ("disabled", String::new())
        } else if is_healthy {
            ("healthy", text(row, "path"))
        } else {
            ("unhealthy", text(&row["trouble"], "error"))
        };
        let pending = row["pending"].as_u64().unwrap_or(0).to_string();
        vec![text(row, "id"), text(row, "kind"), health.to_owned(), pending, told]
    });
    Ok(ExitCode::SUCCESS)
}

/// Lists what became of the events of a trigger, the newest first.
async fn deliveries(
    client: &Client,
    pipeline: &str,
    trigger: &str,
    limit: usize,
    json: bool,
) -> anyhow::Result<ExitCode> {
    let path = ["pipelines", pipeline, "triggers", trigger, "deliveries"];
    let rows = client.rest_pages(&path, &[], and_one(limit)).await?;
    show_some((&rows, limit), json, &["ID", "AT", "FATE", "RUN", "KEY", "REASON"], |row| {
        ["id", "at", "fate", "run", "key", "reason"].map(|name| text(row, name)).into()
    });
    Ok(ExitCode::SUCCESS)
}
