//! `compasso hold`, `compasso release` and `compasso skip`.

use std::process::ExitCode;

use reqwest::Method;
use serde_json::json;

use super::answer::signed;
use crate::cli::{Server, TasksOf};
use crate::client::Client;
use crate::output;

/// What is asked of a task, and what it is then.
pub(crate) const HOLD: (&str, &str) = ("hold", "held");
pub(crate) const RELEASE: (&str, &str) = ("release", "released");
pub(crate) const SKIP: (&str, &str) = ("skip", "to be skipped");

/// Asks something of a task that has not begun, or of all of them.
pub(crate) async fn run(
    order: TasksOf,
    (verb, done): (&str, &str),
    connect: impl Fn(Server) -> anyhow::Result<Client>,
    json: bool,
) -> anyhow::Result<ExitCode> {
    let TasksOf { of, task } = order;
    let client = connect(of.server)?;
    let run = client.execution_arn(&of.execution).await?;
    let body = signed(json!({}));
    let path = match &task {
        Some(task) => vec!["runs", &run, "tasks", task, verb],
        None => vec!["runs", &run, verb],
    };
    let asked = client.rest(Method::POST, &path, &[], body.to_string()).await;
    let answer = client.about(&run, asked).await?;
    if json {
        output::json(&answer);
    } else {
        output::line(&format!("{} is {done}", task.as_deref().unwrap_or("the run")));
    }
    Ok(ExitCode::SUCCESS)
}
