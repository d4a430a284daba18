//! `compasso hold`, `compasso release` and `compasso skip`.

use std::process::ExitCode;

use reqwest::Method;
use serde_json::json;

use crate::cli::{Server, TaskOf};
use crate::client::Client;
use crate::output;

/// What is asked of a task, and what it is then.
pub(crate) const HOLD: (&str, &str) = ("hold", "held");
pub(crate) const RELEASE: (&str, &str) = ("release", "released");
pub(crate) const SKIP: (&str, &str) = ("skip", "to be skipped");

/// Asks something of a task that has not begun.
pub(crate) async fn run(
    order: TaskOf,
    (verb, done): (&str, &str),
    connect: impl Fn(Server) -> anyhow::Result<Client>,
    json: bool,
) -> anyhow::Result<ExitCode> {
    let TaskOf { of, task } = order;
    let client = connect(of.server)?;
    let run = client.execution_arn(&of.execution).await?;
    let body = json!({"by": std::env::var("USER").ok()});
    let path = ["runs", &run, "tasks", &task, verb];
    let asked = client.rest(Method::POST, &path, &[], body.to_string()).await;
    let answer = client.about(&run, asked).await?;
    if json {
        output::json(&answer);
    } else {
        output::line(&format!("{task} is {done}"));
    }
    Ok(ExitCode::SUCCESS)
}
