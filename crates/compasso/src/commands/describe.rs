//! `compasso describe`.

use std::process::ExitCode;

use reqwest::Method;
use serde_json::{Value, json};

use super::answer::{instant, text};
use super::{compensate, quarantine, tasks};
use crate::client::Client;
use crate::output;

/// What is to be done about an execution that was set aside.
const SET_ASIDE: &str = "it could not go on; the log of the server says why. Once that is mended \
    'compasso quarantine release' lets it go on, and 'compasso stop' closes it for good";

/// Describes an execution.
pub(crate) async fn run(client: &Client, execution: &str, json: bool) -> anyhow::Result<ExitCode> {
    let arn = client.execution_arn(execution).await?;
    let answer = client.call("DescribeExecution", &json!({"executionArn": arn})).await;
    let mut answer = client.about(&arn, answer).await?;
    if arn.split(':').nth(5) == Some("run") {
        add_run(client, &arn, &mut answer).await?;
    } else if answer["status"] == "ABORTED" {
        // AWS's API does not tell; a server that does not say it either is not asked again.
        let found = client.rest(Method::GET, &["runs", &arn], &[], String::new()).await;
        if let Some(by) =
            found.ok().and_then(|mut found| found["run"].get_mut("stoppedBy").map(Value::take))
        {
            answer["stoppedBy"] = by;
        }
    }
    if answer["status"] == "RUNNING" && is_set_aside(client, &arn).await {
        answer["quarantine"] = SET_ASIDE.into();
    }
    if json {
        output::json(&answer);
        return Ok(ExitCode::SUCCESS);
    }
    let generation = answer["generation"].as_u64().map(|it| it.to_string()).unwrap_or_default();
    let mut rows = vec![
        vec!["execution".to_owned(), arn],
        vec!["status".to_owned(), text(&answer, "status")],
        vec!["set aside".to_owned(), text(&answer, "quarantine")],
        vec!["started".to_owned(), instant(&answer, "startDate")],
        vec!["stopped".to_owned(), instant(&answer, "stopDate")],
        vec!["error".to_owned(), text(&answer, "error")],
        vec!["cause".to_owned(), text(&answer, "cause")],
        vec!["stopped by".to_owned(), text(&answer, "stoppedBy")],
        vec!["failed task".to_owned(), text(&answer["failedTask"], "id")],
        vec!["its error".to_owned(), text(&answer["failedTask"], "error")],
        vec!["generation".to_owned(), generation],
        vec!["compensation".to_owned(), compensate::told(&answer["compensation"])],
        vec!["undoing".to_owned(), tasks::undoing(&answer).join("\n")],
        vec!["hooks".to_owned(), tasks::hooks(&answer).join("\n")],
        vec!["deadlines".to_owned(), missed(&answer).join("\n")],
        vec!["parent".to_owned(), tasks::short(&text(&answer["parent"], "id"))],
        input(&answer),
        vec!["output".to_owned(), text(&answer, "output")],
    ];
    rows.retain(|row| !row[1].is_empty());
    let width = rows.iter().map(|row| row[0].len()).max().unwrap_or(0);
    for row in rows {
        let (label, value) = (&row[0], output::in_lines(&output::for_people(&row[1])));
        // Lines after the first stand under it.
        let value = value.replace('\n', &format!("\n{:width$}  ", ""));
        output::line(&format!("{label:width$}  {value}"));
    }
    Ok(ExitCode::SUCCESS)
}

/// Says whether an execution was set aside, which is not told by AWS's API. It need not be readable for that. A server
/// that does not say, or not to everybody, is not asked again.
async fn is_set_aside(client: &Client, arn: &str) -> bool {
    let name = arn.rsplit(':').next().unwrap_or_default();
    let query = format!("{} AND name = {}", quarantine::QUERY, json!(name));
    let found = client.rest_pages(&["runs"], &[("q", &query)], usize::MAX).await;
    found.unwrap_or_default().iter().any(|row| row["id"] == arn)
}

/// Words the deadlines that a run missed before it began, and where the logs are of what they say.
fn missed(answer: &Value) -> Vec<String> {
    let missed = answer["missedDeadlines"].as_array().into_iter().flatten();
    let told = missed.map(|deadline| {
        let done = deadline["executions"].as_array().into_iter().flatten();
        let done: Vec<_> = done.filter_map(Value::as_str).map(tasks::short).collect();
        let done = if done.is_empty() { String::new() } else { format!(": {}", done.join(", ")) };
        format!("{} missed before the run began{done}", deadline["number"])
    });
    told.collect()
}

/// Returns what it began with: of a run of a pipeline its params, as the rest is told by others or by
/// `--json`.
fn input(answer: &Value) -> Vec<String> {
    let input = text(answer, "input");
    let of_run = || serde_json::from_str::<Value>(&input).ok()?.get("params").cloned();
    match of_run().filter(|_| text(answer, "executionArn").split(':').nth(5) == Some("run")) {
        Some(Value::Object(params)) if params.is_empty() => vec!["params".into(), String::new()],
        Some(params) => vec!["params".into(), params.to_string()],
        None => vec!["input".into(), input],
    }
}

/// Adds what is known of a run of a pipeline beside what executions have: the input that its latest
/// generation has, and which task it failed for.
async fn add_run(client: &Client, arn: &str, answer: &mut Value) -> anyhow::Result<()> {
    let found = client.rest(Method::GET, &["runs", arn], &[], String::new()).await?;
    let run = &found["run"];
    let members = [
        "stoppedBy",
        "compensation",
        "undoing",
        "notUndone",
        "openHooks",
        "failedHooks",
        "missedDeadlines",
        "parent",
        "input",
    ];
    for member in members {
        if let Some(value) = run.get(member) {
            answer[member] = value.clone();
        }
    }
    if let Some(redrives @ 1..) = run["redriveCount"].as_u64() {
        answer["generation"] = (redrives + 1).into();
    }
    if answer["status"] == "FAILED"
        && let Some((id, error)) = tasks::decisive(client, arn, answer).await?
    {
        answer["failedTask"] = json!({"id": id, "error": error});
    }
    Ok(())
}
