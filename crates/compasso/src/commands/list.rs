//! `compasso list`.

use std::process::ExitCode;

use anyhow::bail;
use compasso_types::Timestamp;
use serde_json::{Value, json};

use super::answer::{and_one, instant, rest, show_some, text};
use crate::cli::Status;
use crate::client::Client;

/// Which executions to list.
pub(crate) struct Filter {
    pub(crate) workflow: String,
    pub(crate) status: Option<Status>,
    pub(crate) limit: usize,
}

/// Lists workflows, then pipelines; with labels, the pipelines that have all of them.
pub(crate) async fn workflows(
    client: &Client,
    labels: &[String],
    limit: usize,
    json: bool,
) -> anyhow::Result<ExitCode> {
    let most = and_one(limit);
    let mut rows = if labels.is_empty() {
        client.pages("ListStateMachines", json!({}), "stateMachines", most).await?
    } else {
        Vec::new()
    };
    let query = labelled(labels)?;
    let query: Vec<_> = query.iter().map(|query| ("q", query.as_str())).collect();
    let left = most - rows.len().min(most);
    rows.extend(client.rest_pages(&["pipelines"], &query, left).await?);
    show_some((&rows, limit), json, &["NAME", "TYPE", "CREATED", "PAUSED"], |row| {
        if let Some(kind) = row["type"].as_str() {
            return vec![text(row, "name"), kind.to_owned(), instant(row, "creationDate")];
        }
        let paused = |name| text(&row["paused"], name);
        let paused = rest(&paused("at"), &paused("by"), &paused("until"), &paused("reason"));
        vec![text(row, "name"), "PIPELINE".to_owned(), text(row, "created"), paused]
    });
    Ok(ExitCode::SUCCESS)
}

/// Writes the query that finds what has labels, each `NAME=VALUE`.
fn labelled(labels: &[String]) -> anyhow::Result<Option<String>> {
    let test = |label: &String| {
        let Some((name, value)) = label.split_once('=') else {
            bail!("{label}: a label is NAME=VALUE");
        };
        let value = value.replace('\\', "\\\\").replace('"', "\\\"");
        Ok(format!("labels.{name} = \"{value}\""))
    };
    let tests: Vec<_> = labels.iter().map(test).collect::<Result<_, _>>()?;
    Ok((!tests.is_empty()).then(|| tests.join(" and ")))
}

/// Returns the runs of a pipeline that wait for a place, in the form of the others.
async fn queued(client: &Client, arn: &str, limit: usize) -> anyhow::Result<Vec<Value>> {
    let query = [("workflow", arn), ("status", "QUEUED")];
    let rows = client.rest_pages(&["runs"], &query, limit).await?;
    let shown = |row: Value| {
        let since = row["started"].as_str().and_then(|at| at.parse::<Timestamp>().ok());
        json!({
            "executionArn": row["id"],
            "stateMachineArn": row["workflow"],
            "name": row["name"],
            "status": row["status"],
            "startDate": since.map(|at| at.0 as f64 / 1000.0),
        })
    };
    Ok(rows.into_iter().map(shown).collect())
}

/// Lists executions of a workflow.
pub(crate) async fn executions(
    client: &Client,
    filter: Filter,
    json: bool,
) -> anyhow::Result<ExitCode> {
    let arn = client.workflow_or_pipeline_arn(&filter.workflow).await?;
    let mut request = json!({"stateMachineArn": arn});
    if let Some(status) = filter.status {
        request["statusFilter"] = status.name().into();
    }
    let most = and_one(filter.limit);
    let mut rows = match (filter.status, arn.contains(":pipeline:")) {
        (None | Some(Status::Queued), true) => queued(client, &arn, most).await?,
        _ => Vec::new(),
    };
    if filter.status != Some(Status::Queued) {
        let left = most - rows.len().min(most);
        let begun = client.pages("ListExecutions", request, "executions", left).await;
        rows.extend(client.about(&arn, begun).await?);
    }
    show_some((&rows, filter.limit), json, &["NAME", "STATUS", "STARTED", "STOPPED"], |row| {
        let (started, stopped) = (instant(row, "startDate"), instant(row, "stopDate"));
        vec![text(row, "name"), text(row, "status"), started, stopped]
    });
    Ok(ExitCode::SUCCESS)
}
