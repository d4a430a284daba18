//! `compasso alerts …`

use std::process::ExitCode;

use reqwest::Method;
use serde_json::Value;

use super::answer::{show, text};
use crate::cli::{Alerts, Server};
use crate::client::Client;
use crate::output;

/// Does what was asked; `connect` makes the client of a server.
pub(crate) async fn run(
    order: Alerts,
    connect: impl Fn(Server) -> anyhow::Result<Client>,
    json: bool,
) -> anyhow::Result<ExitCode> {
    match order {
        Alerts::List { server } => list(&connect(server)?, json).await?,
        Alerts::Test { pipeline, trigger, server } => {
            let path = ["alerts", &pipeline, &trigger, "test"];
            let told = connect(server)?.rest(Method::POST, &path, &[], "{}".into()).await?;
            if json {
                output::json(&told);
            } else {
                let run = told["run"].as_str().map(|run| format!(": {run}")).unwrap_or_default();
                output::line(&format!("{}{run}", text(&told, "fate")));
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}

async fn list(client: &Client, json: bool) -> anyhow::Result<()> {
    let mut answer = client.rest(Method::GET, &["alerts"], &[], String::new()).await?;
    let Value::Array(rows) = answer["items"].take() else { return Ok(()) };
    show(&rows, json, &["PIPELINE", "ID", "RULE", "STATE", "LAST TOLD", "WHAT"], |row| {
        let firing: Vec<_> =
            row["firing"].as_array().into_iter().flatten().map(|it| text(it, "summary")).collect();
        let state = match (row["paused"].as_bool(), row["trouble"].is_null(), firing.is_empty()) {
            (Some(true), ..) => "paused",
            (_, false, _) => "unhealthy",
            (.., false) => "firing",
            (.., true) => "quiet",
        };
        let what =
            if state == "unhealthy" { text(&row["trouble"], "error") } else { firing.join("; ") };
        let last = &row["last"];
        let how = if last["state"].is_null() { text(last, "fate") } else { text(last, "state") };
        let last = [text(last, "at"), how].join(" ");
        let last = last.trim().to_owned();
        vec![
            text(row, "pipeline"),
            text(row, "trigger"),
            text(row, "rule"),
            state.into(),
            last,
            what,
        ]
    });
    Ok(())
}
