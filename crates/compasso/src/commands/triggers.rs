//! `compasso triggers`.

use std::process::ExitCode;

use anyhow::bail;
use reqwest::Method;
use serde_json::Value;

use super::answer::{and_one, show, show_some, text};
use crate::client::{Client, hint};

/// Lists the triggers of a pipeline, or what became of the events of one.
pub(crate) async fn run(
    client: &Client,
    pipeline: &str,
    trigger: Option<&str>,
    limit: usize,
    json: bool,
) -> anyhow::Result<ExitCode> {
    match trigger {
        Some(trigger) => deliveries(client, pipeline, trigger, limit, json).await,
        None => list(client, pipeline, json).await,
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
    if rows.is_empty() {
        let known = client.rest_pages(&path[..3], &[], usize::MAX).await?;
        let known: Vec<_> = known.iter().map(|row| text(row, "id")).collect();
        if !known.iter().any(|id| id == trigger) {
            bail!("{}", hint(&format!("{pipeline} has no trigger '{trigger}'"), trigger, &known));
        }
    }
    show_some((&rows, limit), json, &["AT", "FATE", "RUN", "KEY", "REASON"], |row| {
        ["at", "fate", "run", "key", "reason"].map(|name| text(row, name)).into()
    });
    Ok(ExitCode::SUCCESS)
}
