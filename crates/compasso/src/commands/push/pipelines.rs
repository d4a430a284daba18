//! Pushing files of pipelines.

use std::path::Path;

use reqwest::Method;
use serde_json::{Value, json};

use super::{Change, Order, Pushed, read_definition};
use crate::client::Client;
use crate::commands::answer::text;
use crate::{diagnostics, output};

/// Stores all pipelines of a file, or none.
///
/// # Errors
/// One is broken, or the server cannot be reached or refuses them.
pub(super) async fn push(
    client: &Client,
    file: &Path,
    order: &Order,
) -> anyhow::Result<Vec<Pushed>> {
    let yaml = read_definition(file)?;
    diagnostics::check_pipelines(file, &yaml)?;
    let mut query = Vec::new();
    let told = [
        ("description", &order.description),
        ("author", &order.author),
        ("commit", &order.commit),
        ("repository", &order.repository),
    ];
    query.extend(told.iter().filter_map(|(name, value)| Some((*name, value.as_deref()?))));
    if order.is_check {
        query.push(("check", "true"));
    }
    let answer = client.rest(Method::POST, &["pipelines"], &query, yaml).await?;
    let rows = answer["items"].as_array().map(Vec::as_slice).unwrap_or_default();
    for warning in rows.iter().filter_map(|row| row["warnings"].as_array()).flatten() {
        output::note(&of_server(file, warning));
    }
    Ok(rows.iter().map(pushed).collect())
}

/// Returns a warning of the server in a line.
fn of_server(file: &Path, warning: &Value) -> String {
    let way_out = warning["suggestion"].as_str().map(|way| format!(" ({way})"));
    format!(
        "{}:{}:{}: warning[{}]: {}{}",
        file.display(),
        warning["line"],
        warning["column"],
        text(warning, "code"),
        text(warning, "message"),
        way_out.unwrap_or_default(),
    )
}

fn pushed(row: &Value) -> Pushed {
    Pushed {
        name: text(row, "name"),
        arn: text(row, "id"),
        change: match row["change"].as_str() {
            Some("created") => Change::Created,
            Some("updated") => Change::Updated,
            _ => Change::Unchanged,
        },
        version: row["version"].as_u64(),
        changes: row.get("changes").cloned(),
    }
}

impl Pushed {
    /// Returns what a script wants to know of a pipeline.
    pub(super) fn pipeline_as_json(&self, file: &Path, version: u64) -> Value {
        let mut shown = json!({
            "file": file.display().to_string(),
            "pipeline": self.arn,
            "version": version,
            "change": self.change.name(),
        });
        if let Some(changes) = &self.changes {
            shown["changes"] = changes.clone();
        }
        shown
    }
}
