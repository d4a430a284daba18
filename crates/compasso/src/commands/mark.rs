//! `compasso mark`.

use std::process::ExitCode;

use anyhow::Context as _;
use reqwest::Method;
use serde_json::{Value, json};

use super::answer::signed;
use crate::cli::{MarkArgs, Server};
use crate::client::Client;
use crate::output;

/// Says how a task ended.
pub(crate) async fn run(
    args: MarkArgs,
    connect: impl Fn(Server) -> anyhow::Result<Client>,
    json: bool,
) -> anyhow::Result<ExitCode> {
    let MarkArgs { of, task, state, output, reason } = args;
    let client = connect(of.server)?;
    let run = client.execution_arn(&of.execution).await?;
    let mut body = signed(json!({"state": state.word(), "reason": reason}));
    if let Some(output) = output {
        body["output"] = serde_json::from_str::<Value>(&output).context("--output is not JSON")?;
    }
    let path = ["runs", &run, "tasks", &task, "mark"];
    let asked = client.rest(Method::POST, &path, &[], body.to_string()).await;
    let answer = client.about(&run, asked).await?;
    if json {
        output::json(&answer);
        return Ok(ExitCode::SUCCESS);
    }
    let word = state.word();
    output::line(&match (&answer["generation"], &answer["waiting"]) {
        (Value::Null, _) => format!("{task} is {word}"),
        (generation, Value::Null) => format!("{task} is {word}, in generation {generation}"),
        (generation, _) => {
            format!("{task} is {word} once generation {generation} begins; the run waits")
        }
    });
    Ok(ExitCode::SUCCESS)
}
