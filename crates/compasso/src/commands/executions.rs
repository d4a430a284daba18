//! `compasso list`, `describe`, `history`, `logs`, `stop`, `wait`.

use std::process::ExitCode;
use std::time::Duration;

use compasso_types::Timestamp;
use futures::TryStreamExt as _;
use serde_json::{Value, json};

use crate::client::{Client, execution_arn, workflow_arn};
use crate::output;

/// How often a closed execution is waited for by asking: first and at most.
const ASK_INTERVAL: (Duration, Duration) = (Duration::from_millis(20), Duration::from_secs(1));
/// Rows asked for at once.
const PAGE_ROWS: usize = 1000;

/// Which executions to list.
pub(crate) struct Filter {
    pub(crate) workflow: String,
    pub(crate) status: Option<String>,
    pub(crate) limit: usize,
}

/// Lists workflows.
pub(crate) async fn list_workflows(
    client: &Client,
    limit: usize,
    json: bool,
) -> anyhow::Result<ExitCode> {
    let rows = pages(client, "ListStateMachines", json!({}), "stateMachines", limit).await?;
    show(&rows, json, &["NAME", "TYPE", "CREATED"], |row| {
        vec![text(row, "name"), text(row, "type"), instant(row, "creationDate")]
    });
    Ok(ExitCode::SUCCESS)
}

/// Lists executions of a workflow.
pub(crate) async fn list(client: &Client, filter: Filter, json: bool) -> anyhow::Result<ExitCode> {
    let mut request = json!({"stateMachineArn": workflow_arn(&filter.workflow)});
    if let Some(status) = filter.status {
        request["statusFilter"] = status.to_uppercase().into();
    }
    let rows = pages(client, "ListExecutions", request, "executions", filter.limit).await?;
    show(&rows, json, &["NAME", "STATUS", "STARTED", "STOPPED"], |row| {
        let (started, stopped) = (instant(row, "startDate"), instant(row, "stopDate"));
        vec![text(row, "name"), text(row, "status"), started, stopped]
    });
    Ok(ExitCode::SUCCESS)
}

/// Describes an execution.
pub(crate) async fn describe(
    client: &Client,
    execution: &str,
    json: bool,
) -> anyhow::Result<ExitCode> {
    let request = json!({"executionArn": execution_arn(execution)?});
    let answer = client.call("DescribeExecution", &request).await?;
    if json {
        output::json(&answer);
        return Ok(ExitCode::SUCCESS);
    }
    let mut rows = vec![
        vec!["execution".into(), text(&answer, "executionArn")],
        vec!["status".into(), text(&answer, "status")],
        vec!["started".into(), instant(&answer, "startDate")],
    ];
    for name in ["stopDate", "input", "output", "error", "cause"] {
        if answer.get(name).is_some() {
            let shown = if name == "stopDate" { instant(&answer, name) } else { text(&answer, name) };
            let label = if name == "stopDate" { "stopped" } else { name };
            rows.push(vec![label.into(), shown]);
        }
    }
    output::table(&rows);
    Ok(ExitCode::SUCCESS)
}

/// Prints a history.
pub(crate) async fn history(
    client: &Client,
    execution: &str,
    reverse: bool,
    json: bool,
) -> anyhow::Result<ExitCode> {
    let request = json!({"executionArn": execution_arn(execution)?, "reverseOrder": reverse});
    let rows = pages(client, "GetExecutionHistory", request, "events", usize::MAX).await?;
    show(&rows, json, &["ID", "PREVIOUS", "TIME", "TYPE", "DETAILS"], |row| {
        let details = row.as_object().into_iter().flatten();
        let details = details.filter(|(name, _)| name.ends_with("EventDetails"));
        vec![
            row["id"].to_string(),
            row["previousEventId"].to_string(),
            instant(row, "timestamp"),
            text(row, "type"),
            details.map(|(_, details)| details.to_string()).collect(),
        ]
    });
    Ok(ExitCode::SUCCESS)
}

/// Prints what tasks wrote.
pub(crate) async fn logs(
    client: &Client,
    execution: &str,
    follow: bool,
    json: bool,
) -> anyhow::Result<ExitCode> {
    let answer = client.log(&execution_arn(execution)?, 0, follow).await?;
    let mut stream = answer.bytes_stream();
    let mut waiting = Vec::new();
    while let Some(bytes) = stream.try_next().await? {
        waiting.extend_from_slice(&bytes);
        while let Some(end) = waiting.iter().position(|byte| *byte == b'\n') {
            let line: Vec<u8> = waiting.drain(..=end).collect();
            let Ok(line) = serde_json::from_slice::<Value>(&line) else { continue };
            if json {
                output::json(&line);
            } else {
                output::line(&format!("{} | {}", text(&line, "state"), text(&line, "text")));
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// Stops an execution.
pub(crate) async fn stop(
    client: &Client,
    execution: &str,
    error: Option<String>,
    cause: Option<String>,
    json: bool,
) -> anyhow::Result<ExitCode> {
    let mut request = json!({"executionArn": execution_arn(execution)?});
    for (name, value) in [("error", error), ("cause", cause)] {
        if let Some(value) = value {
            request[name] = value.into();
        }
    }
    let answer = client.call("StopExecution", &request).await?;
    if json {
        output::json(&answer);
    } else {
        output::line(&format!("stopped {}", instant(&answer, "stopDate")));
    }
    Ok(ExitCode::SUCCESS)
}

/// Waits until an execution is closed.
pub(crate) async fn wait(client: &Client, execution: &str, json: bool) -> anyhow::Result<ExitCode> {
    let request = json!({"executionArn": execution_arn(execution)?});
    let mut interval = ASK_INTERVAL.0;
    let answer = loop {
        let answer = client.call("DescribeExecution", &request).await?;
        if answer["status"] != "RUNNING" {
            break answer;
        }
        tokio::time::sleep(interval).await;
        interval = (interval * 2).min(ASK_INTERVAL.1);
    };
    let status = text(&answer, "status");
    if json {
        output::json(&answer);
    } else {
        output::note(&[&status, &*text(&answer, "error"), &*text(&answer, "cause")].join(" "));
        output::line(&text(&answer, "output"));
    }
    Ok(output::exit_code(&status))
}

/// Reads pages of a listing until `limit` rows are there.
async fn pages(
    client: &Client,
    action: &str,
    mut request: Value,
    member: &str,
    limit: usize,
) -> anyhow::Result<Vec<Value>> {
    let mut rows = Vec::new();
    loop {
        request["maxResults"] = (limit - rows.len()).min(PAGE_ROWS).into();
        let mut answer = client.call(action, &request).await?;
        if let Value::Array(page) = answer[member].take() {
            rows.extend(page);
        }
        match answer["nextToken"].take() {
            Value::Null => return Ok(rows),
            _ if rows.len() >= limit => return Ok(rows),
            token => request["nextToken"] = token,
        }
    }
}

fn show(rows: &[Value], json: bool, head: &[&str], cells: impl Fn(&Value) -> Vec<String>) {
    if json {
        rows.iter().for_each(output::json);
        return;
    }
    let head = head.iter().map(|cell| (*cell).to_owned()).collect();
    let table: Vec<_> = std::iter::once(head).chain(rows.iter().map(cells)).collect();
    output::table(&table);
}

fn text(row: &Value, name: &str) -> String {
    row[name].as_str().unwrap_or_default().to_owned()
}

fn instant(row: &Value, name: &str) -> String {
    let Some(seconds) = row[name].as_f64() else { return String::new() };
    Timestamp((seconds * 1000.0).round() as i64).to_string()
}
