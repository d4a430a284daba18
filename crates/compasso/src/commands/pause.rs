//! `compasso pause` and `compasso resume`.

use std::process::ExitCode;

use futures::{StreamExt as _, TryStreamExt as _, stream};
use reqwest::Method;
use serde_json::{Value, json};

use super::answer::text;
use crate::cli::{Pause, Resume, Server, Which};
use crate::client::{Client, code};
use crate::output;

/// How the server refuses an instant that has passed.
const INVALID: &str = "ValidationException";
/// Pipelines whose runs are waited for at once: each takes a connection.
const DRAINS_MAX: usize = 500;

/// Lets a pipeline, or all of them, rest.
pub(crate) async fn pause(
    order: Pause,
    connect: impl Fn(Server) -> anyhow::Result<Client>,
    json: bool,
) -> anyhow::Result<ExitCode> {
    let Pause { which, reason, by, hold, drain, until, server } = order;
    let by = by.or_else(|| std::env::var("USER").ok());
    let mut body = json!({"by": by, "reason": reason, "hold": hold, "until": until});
    let client = connect(server)?;
    let pipelines = named(&client, which).await?;
    let said = until.as_ref().map(|until| format!(" until {until}")).unwrap_or_default();
    for pipeline in &pipelines {
        let paused = ask(&client, [pipeline, "pause"], body.to_string()).await?;
        say(&paused, &format!("{pipeline} is paused{said}"), json);
    }
    if drain {
        // Nothing starts any of them any more.
        body["drain"] = true.into();
        let (body, until) = (body.to_string(), until.as_deref());
        let drains =
            pipelines.iter().map(|pipeline| wait_for_runs(&client, pipeline, body.clone(), until));
        stream::iter(drains).buffer_unordered(DRAINS_MAX).try_collect::<Vec<_>>().await?;
    }
    Ok(ExitCode::SUCCESS)
}

/// Waits until no run of a pipeline that was paused is under way, or it goes on.
async fn wait_for_runs(
    client: &Client,
    pipeline: &str,
    body: String,
    until: Option<&str>,
) -> anyhow::Result<()> {
    match (ask(client, [pipeline, "pause"], body).await, until) {
        (Ok(_), _) => Ok(()),
        // What was good a moment ago is refused for the one thing that changed since.
        (Err(error), Some(until)) if code(&error) == INVALID => {
            let told = format!(
                "{pipeline} goes on already: {until} has passed, and runs may be under way"
            );
            output::note(&told);
            Ok(())
        }
        (Err(error), _) => Err(error),
    }
}

/// Lets a pipeline, or all of them, go on.
pub(crate) async fn resume(
    order: Resume,
    connect: impl Fn(Server) -> anyhow::Result<Client>,
    json: bool,
) -> anyhow::Result<ExitCode> {
    let Resume { which, catch_up, server } = order;
    let body = json!({"catchUp": catch_up}).to_string();
    let client = connect(server)?;
    for pipeline in named(&client, which).await? {
        let resumed = ask(&client, [&pipeline, "resume"], body.clone()).await?;
        say(&resumed, &format!("{pipeline} goes on"), json);
    }
    Ok(ExitCode::SUCCESS)
}

/// Returns the names of the pipelines that are meant.
async fn named(client: &Client, which: Which) -> anyhow::Result<Vec<String>> {
    if let Some(pipeline) = which.pipeline {
        return Ok(vec![pipeline]);
    }
    let rows = client.rest_pages(&["pipelines"], &[], usize::MAX).await?;
    Ok(rows.iter().map(|row| text(row, "name")).collect())
}

async fn ask(client: &Client, [pipeline, what]: [&str; 2], body: String) -> anyhow::Result<Value> {
    client.rest(Method::POST, &["pipelines", pipeline, what], &[], body).await
}

fn say(answer: &Value, line: &str, json: bool) {
    if json { output::json(answer) } else { output::line(line) }
}
