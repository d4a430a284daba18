//! `compasso pause` and `compasso resume`.

use std::process::ExitCode;

use reqwest::Method;
use serde_json::json;

use crate::cli::{Pause, Resume, Server};
use crate::client::Client;
use crate::output;

/// Lets a pipeline rest.
pub(crate) async fn pause(
    order: Pause,
    connect: impl Fn(Server) -> anyhow::Result<Client>,
    json: bool,
) -> anyhow::Result<ExitCode> {
    let Pause { pipeline, reason, by, hold, drain, until, server } = order;
    let by = by.or_else(|| std::env::var("USER").ok());
    let body = json!({"by": by, "reason": reason, "hold": hold, "drain": drain, "until": until});
    let path = ["pipelines", &pipeline, "pause"];
    let paused = connect(server)?.rest(Method::POST, &path, &[], body.to_string()).await?;
    if json {
        output::json(&paused);
    } else {
        let until = until.map(|until| format!(" until {until}")).unwrap_or_default();
        output::line(&format!("{pipeline} is paused{until}"));
    }
    Ok(ExitCode::SUCCESS)
}

/// Lets a pipeline go on.
pub(crate) async fn resume(
    order: Resume,
    connect: impl Fn(Server) -> anyhow::Result<Client>,
    json: bool,
) -> anyhow::Result<ExitCode> {
    let Resume { pipeline, catch_up, server } = order;
    let body = json!({"catchUp": catch_up});
    let path = ["pipelines", &pipeline, "resume"];
    let resumed = connect(server)?.rest(Method::POST, &path, &[], body.to_string()).await?;
    if json {
        output::json(&resumed);
    } else {
        output::line(&format!("{pipeline} goes on"));
    }
    Ok(ExitCode::SUCCESS)
}
