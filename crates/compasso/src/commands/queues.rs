//! `compasso queues` and `compasso workers`.

use std::process::ExitCode;

use serde_json::Value;

use super::answer::{show, text};
use crate::client::Client;

/// Lists queues: tasks that the same workers can run.
pub(crate) async fn queues(client: &Client, json: bool) -> anyhow::Result<ExitCode> {
    let rows = client.rest_pages(&["queues"], &[], usize::MAX).await?;
    let head = ["KIND", "HANDLER", "TAGS", "WAITING", "RUNNING", "WORKERS", "OLDEST"];
    show(&rows, json, &head, |row| {
        let [waiting, running, workers] =
            ["waiting", "running", "workers"].map(|it| number(row, it));
        let (kind, handler, tags) = (text(row, "kind"), text(row, "handler"), list(row, "tags"));
        vec![kind, handler, tags, waiting, running, workers, text(row, "oldest")]
    });
    Ok(ExitCode::SUCCESS)
}

/// Lists workers, the server's own among them.
pub(crate) async fn workers(client: &Client, json: bool) -> anyhow::Result<ExitCode> {
    let rows = client.rest_pages(&["workers"], &[], usize::MAX).await?;
    let head = ["NAME", "STATE", "RUNNING", "SLOTS", "TAGS", "HANDLERS", "HOST", "VERSION", "SEEN"];
    show(&rows, json, &head, |row| {
        let mut cells = vec![text(row, "name"), text(row, "state")];
        cells.extend(["running", "slots"].map(|name| number(row, name)));
        cells.extend(["tags", "handlers"].map(|name| list(row, name)));
        cells.extend(["host", "version", "seen"].map(|name| text(row, name)));
        cells
    });
    Ok(ExitCode::SUCCESS)
}

fn number(row: &Value, name: &str) -> String {
    row[name].as_u64().unwrap_or_default().to_string()
}

fn list(row: &Value, name: &str) -> String {
    let items = row[name].as_array().into_iter().flatten();
    items.filter_map(Value::as_str).collect::<Vec<_>>().join(",")
}
