//! `compasso describe`.

use std::process::ExitCode;

use reqwest::Method;
use serde_json::json;

use super::answer::{instant, text};
use super::compensate;
use crate::client::Client;
use crate::output;

/// Describes an execution.
pub(crate) async fn run(client: &Client, execution: &str, json: bool) -> anyhow::Result<ExitCode> {
    let arn = client.execution_arn(execution).await?;
    let answer = client.call("DescribeExecution", &json!({"executionArn": arn})).await;
    let mut answer = client.about(&arn, answer).await?;
    if arn.split(':').nth(5) == Some("run") {
        let found = client.rest(Method::GET, &["runs", &arn], &[], String::new()).await?;
        if let Some(compensation) = found["run"].get("compensation") {
            answer["compensation"] = compensation.clone();
        }
    }
    if json {
        output::json(&answer);
        return Ok(ExitCode::SUCCESS);
    }
    let mut rows = vec![
        vec!["execution".to_owned(), arn],
        vec!["status".to_owned(), text(&answer, "status")],
        vec!["started".to_owned(), instant(&answer, "startDate")],
        vec!["stopped".to_owned(), instant(&answer, "stopDate")],
        vec!["error".to_owned(), text(&answer, "error")],
        vec!["cause".to_owned(), text(&answer, "cause")],
        vec!["compensation".to_owned(), compensate::told(&answer["compensation"])],
        vec!["input".to_owned(), text(&answer, "input")],
        vec!["output".to_owned(), text(&answer, "output")],
    ];
    rows.retain(|row| !row[1].is_empty());
    let width = rows.iter().map(|row| row[0].len()).max().unwrap_or(0);
    for row in rows {
        let (label, value) = (&row[0], output::for_people(&row[1]));
        // Lines after the first stand under it.
        let value = value.replace('\n', &format!("\n{:width$}  ", ""));
        output::line(&format!("{label:width$}  {value}"));
    }
    Ok(ExitCode::SUCCESS)
}
