//! `compasso nodes`.

use std::process::ExitCode;

use super::answer::{show, text};
use crate::client::Client;

/// Lists the nodes of a cluster.
pub(crate) async fn run(client: &Client, json: bool) -> anyhow::Result<ExitCode> {
    let rows = client.rest_pages(&["nodes"], &[], usize::MAX).await?;
    let head = ["ADDRESS", "ROLE", "HOST", "VERSION", "SECONDS", "ID", "REASON"];
    show(&rows, json, &head, |row| {
        let mut cells: Vec<_> = ["address", "role", "host", "build"].map(|it| text(row, it)).into();
        cells.push(row["ageSeconds"].as_u64().unwrap_or_default().to_string());
        cells.extend(["id", "reason"].map(|it| text(row, it)));
        cells
    });
    Ok(ExitCode::SUCCESS)
}
