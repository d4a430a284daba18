//! `compasso completions`.

use std::process::ExitCode;

use anyhow::Context as _;
use clap::CommandFactory as _;
use clap_complete::Shell;
use serde_json::json;

use crate::cli::Cli;
use crate::output;

/// Prints a completion script.
pub(crate) fn run(shell: Shell, json: bool) -> anyhow::Result<ExitCode> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "compasso", &mut script);
    let script = String::from_utf8(script).context("the script is not text")?;
    if json {
        output::json(&json!({"shell": shell.to_string(), "script": script}));
    } else {
        output::line(script.trim_end());
    }
    Ok(ExitCode::SUCCESS)
}
