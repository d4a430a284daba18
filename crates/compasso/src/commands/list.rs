//! `compasso list`.

use std::process::ExitCode;

use compasso_types::Timestamp;
use serde_json::{Value, json};

use super::answer::{instant, rest, show, text};
use crate::cli::Status;
use crate::client::Client;

/// Which executions to list.
pub(crate) struct Filter {
    pub(crate) workflow: String,
    pub(crate) status: Option<Status>,
    pub(crate) limit: usize,
}

/// Lists workflows, then pipelines.
pub(crate) async fn workflows(
    client: &Client,
    limit: usize,
    json: bool,
) -> anyhow::Result<ExitCode> {
    let mut rows = client.pages("ListStateMachines", json!({}), "stateMachines", limit).await?;
    let left = limit - rows.len().min(limit);
    rows.extend(client.rest_pages(&["pipelines"], &[], left).await?);
    show(&rows, json, &["NAME", "TYPE", "CREATED", "PAUSED"], |row| {
        if let Some(kind) = row["type"].as_str() {
            return vec![text(row, "name"), kind.to_owned(), instant(row, "creationDate")];
        }
        let paused = |name| text(&row["paused"], name);
        let paused = rest(&paused("at"), &paused("by"), &paused("until"), &paused("reason"));
        vec![text(row, "name"), "PIPELINE".to_owned(), text(row, "created"), paused]
    });
    Ok(ExitCode::SUCCESS)
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
    let mut rows = match (filter.status, arn.contains(":pipeline:")) {
        (None | Some(Status::Queued), true) => queued(client, &arn, filter.limit).await?,
        _ => Vec::new(),
    };
    if filter.status != Some(Status::Queued) {
        let left = filter.limit - rows.len().min(filter.limit);
        let begun = client.pages("ListExecutions", request, "executions", left).await;
        rows.extend(client.about(&arn, begun).await?);
    }
    show(&rows, json, &["NAME", "STATUS", "STARTED", "STOPPED"], |row| {
        let (started, stopped) = (instant(row, "startDate"), instant(row, "stopDate"));
        vec![text(row, "name"), text(row, "status"), started, stopped]
    });
    Ok(ExitCode::SUCCESS)
}
