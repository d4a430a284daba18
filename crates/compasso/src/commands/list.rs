//! `compasso list`.

use std::process::ExitCode;

use serde_json::json;

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
    let rows = client.pages("ListExecutions", request, "executions", filter.limit).await;
    let rows = client.about(&arn, rows).await?;
    show(&rows, json, &["NAME", "STATUS", "STARTED", "STOPPED"], |row| {
        let (started, stopped) = (instant(row, "startDate"), instant(row, "stopDate"));
        vec![text(row, "name"), text(row, "status"), started, stopped]
    });
    Ok(ExitCode::SUCCESS)
}
