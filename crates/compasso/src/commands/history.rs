//! `compasso history`.

use std::process::ExitCode;

use serde_json::{Value, json};

use super::answer::{instant, show, text};
use crate::client::{Api, Client};
use crate::output;

/// Characters shown of one member of an event's details.
const MEMBER_CHARS_MAX: usize = 80;
/// Members that repeat what is said elsewhere, or say nothing here.
const LEFT_OUT: [&str; 5] = ["name", "roleArn", "region", "resourceType", "taskCredentials"];

/// Which events to print.
pub(crate) struct Part {
    /// Newest first.
    pub(crate) reverse: bool,
    pub(crate) limit: usize,
}

/// Prints a history; as JSON, page by page.
pub(crate) async fn run(
    client: &Client,
    execution: &str,
    part: Part,
    json: bool,
) -> anyhow::Result<ExitCode> {
    let arn = client.execution_arn(execution).await?;
    let request = json!({"executionArn": arn, "reverseOrder": part.reverse});
    let mut rows = Vec::new();
    let take = |page: Vec<Value>| {
        if json {
            page.iter().for_each(output::json);
        } else {
            rows.extend(page);
        }
    };
    let action = (Api::StepFunctions, "GetExecutionHistory");
    let read = client.each_page(action, request, ("events", part.limit), take).await;
    client.about(&arn, read).await?;
    if json {
        return Ok(ExitCode::SUCCESS);
    }
    show(&rows, false, &["ID", "TIME", "TYPE", "NAME", "DETAILS"], |row| {
        let details = details(row);
        let name = details["name"].as_str().unwrap_or_default().to_owned();
        vec![
            row["id"].to_string(),
            instant(row, "timestamp"),
            text(row, "type"),
            name,
            members(details),
        ]
    });
    Ok(ExitCode::SUCCESS)
}

fn details(row: &Value) -> &Value {
    let members = row.as_object().into_iter().flatten();
    let mut details = members.filter(|(name, _)| name.ends_with("EventDetails"));
    details.next().map_or(&Value::Null, |(_, details)| details)
}

/// Writes an event's details in a line: `input={…}  error=…`.
fn members(details: &Value) -> String {
    let members = details.as_object().into_iter().flatten();
    let shown = members
        .filter(|(name, _)| !LEFT_OUT.contains(&name.as_str()) && !name.ends_with("Details"));
    let shown = shown.map(|(name, value)| {
        let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        format!("{name}={}", shortened(&value))
    });
    shown.collect::<Vec<_>>().join("  ")
}

fn shortened(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(MEMBER_CHARS_MAX) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn details_stand_in_one_short_line() {
        let row = json!({"id": 2, "stateEnteredEventDetails": {
            "name": "A", "input": "{\n \"a\": 1}", "inputDetails": {"truncated": false}}});
        assert_eq!(members(details(&row)), "input={ \"a\": 1}");
        let long = json!({"input": "ü".repeat(500), "length": 3});
        assert_eq!(members(&long), format!("input={}…  length=3", "ü".repeat(80)));
        assert_eq!(members(details(&json!({"id": 1}))), "");
    }
}
