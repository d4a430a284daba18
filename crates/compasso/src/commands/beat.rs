//! `compasso beat`.

use std::process::ExitCode;

use anyhow::bail;
use compasso_worker::Server;

use crate::cli::OwnTask;

/// Says that a task is alive.
pub(crate) async fn run(task: OwnTask) -> anyhow::Result<ExitCode> {
    let (Some(url), Some(token)) = (task.url, task.token) else { bail!(outside_of_a_task("URL")) };
    Server::new(&url, Some(&token))?.beat(&token).await?;
    Ok(ExitCode::SUCCESS)
}

/// Says that a variable is missing that tasks have.
pub(crate) fn outside_of_a_task(name: &str) -> String {
    format!("COMPASSO_{name} is not set: only scripts of pipelines can do this")
}
