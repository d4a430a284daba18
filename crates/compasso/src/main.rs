//! The `compasso` binary: commands, settings, wiring. Nothing depends on it.
//!
//! Start with [`cli`] for what can be asked, [`engine`] for how the parts are put together.

#[cfg(debug_assertions)]
mod abort;
mod backup;
mod built_in;
mod cli;
mod client;
mod clock_watch;
mod commands;
mod connections;
mod diagnostics;
mod engine;
mod host;
mod metrics;
mod mocks;
mod output;
mod quotas;
mod reserve;
mod retention;
mod runs;
mod server;
mod settings;
mod traces;
mod turn_marks;
mod vault_key;
mod watermarks;
mod workflows;
mod zones;

use std::process::ExitCode;

use clap::Parser;

fn main() -> ExitCode {
    let cli = cli::Cli::parse();
    let json = cli.json;
    match commands::run(cli) {
        Ok(code) => code,
        Err(error) => {
            output::error(&error, json);
            ExitCode::from(output::EXIT_USAGE)
        }
    }
}
