//! `compasso audit`

use std::process::ExitCode;

use serde_json::Value;

use super::answer::{and_one, show_some, text};
use crate::cli;
use crate::client::Client;

/// Prints what was done, newest first.
pub(crate) async fn run(
    client: &Client,
    wanted: &cli::Audit,
    json: bool,
) -> anyhow::Result<ExitCode> {
    let cli::Audit { who, action, on, outcome, since, limit, server: _ } = wanted;
    let filters =
        [("who", who), ("action", action), ("on", on), ("outcome", outcome), ("since", since)];
    let query: Vec<(&str, &str)> =
        filters.into_iter().filter_map(|(name, value)| Some((name, value.as_deref()?))).collect();
    let rows = client.rest_pages(&["audit"], &query, and_one(*limit)).await?;
    show_some(
        (&rows, *limit),
        json,
        &["AT", "WHO", "ACTION", "ON", "FROM", "OUTCOME", "DETAILS"],
        row,
    );
    Ok(ExitCode::SUCCESS)
}

fn row(record: &Value) -> Vec<String> {
    let [at, who, action, on, from, outcome, error] =
        ["at", "who", "action", "on", "from", "outcome", "error"].map(|it| text(record, it));
    let outcome = if error.is_empty() { outcome } else { format!("{outcome}: {error}") };
    let details = record["details"].as_object().into_iter().flatten();
    let details = details.map(|(name, value)| match value {
        Value::String(text) => format!("{name}={text}"),
        other => format!("{name}={other}"),
    });
    vec![at, who, action, on, from, outcome, details.collect::<Vec<_>>().join(" ")]
}
