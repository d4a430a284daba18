//! One file a command.

mod dev;
mod executions;
mod push;
mod run;
mod serve;
mod start;
mod validate;

use std::path::Path;
use std::process::ExitCode;

use anyhow::Context as _;
use clap::CommandFactory as _;

use crate::cli::{Cli, Command, Server};
use crate::client::Client;
use crate::settings::File;

/// Does what was asked.
pub(crate) fn run(cli: Cli) -> anyhow::Result<ExitCode> {
    if let Command::Validate { files, kind } = &cli.command {
        return validate::run(files, *kind, cli.json);
    }
    if let Command::Completions { shell } = cli.command {
        clap_complete::generate(shell, &mut Cli::command(), "compasso", &mut std::io::stdout());
        return Ok(ExitCode::SUCCESS);
    }
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .context("no threads to work with")?
        .block_on(run_async(cli))
}

async fn run_async(cli: Cli) -> anyhow::Result<ExitCode> {
    let (json, config) = (cli.json, cli.config.as_deref());
    let client = |server: Server| connect(server, config);
    match cli.command {
        Command::Serve(options) => serve::run(options, config).await,
        Command::Dev { directory, serve } => dev::run(&directory, serve, config).await,
        Command::Run { file, input, mocks, case } => {
            run::run(run::Request { file, input, mocks, case, json }, config).await
        }
        Command::Push { files, server, kind } => {
            push::run(&client(server)?, &files, kind, json).await
        }
        Command::Start { workflow, input, name, wait, server } => {
            let order = start::Order { workflow, input, name, wait };
            start::run(&client(server)?, order, json).await
        }
        Command::List { workflow: None, limit, server, .. } => {
            executions::list_workflows(&client(server)?, limit, json).await
        }
        Command::List { workflow: Some(workflow), status, limit, server } => {
            let filter = executions::Filter { workflow, status, limit };
            executions::list(&client(server)?, filter, json).await
        }
        Command::Describe { of } => {
            executions::describe(&client(of.server)?, &of.execution, json).await
        }
        Command::History { of, reverse } => {
            executions::history(&client(of.server)?, &of.execution, reverse, json).await
        }
        Command::Logs { of, follow } => {
            executions::logs(&client(of.server)?, &of.execution, follow, json).await
        }
        Command::Stop { of, error, cause } => {
            executions::stop(&client(of.server)?, &of.execution, error, cause, json).await
        }
        Command::Wait { of } => {
            executions::wait(&client(of.server)?, &of.execution, json).await
        }
        Command::Validate { .. } | Command::Completions { .. } => {
            unreachable!("they need no runtime and were handled before")
        }
    }
}

fn connect(server: Server, config: Option<&Path>) -> anyhow::Result<Client> {
    let file = File::load(config, &[Path::new("")])?;
    Client::new(server.endpoint.or(file.endpoint))
}

/// Returns JSON text given as such or as `@file`, unchecked.
pub(crate) fn json_argument(text: &str) -> anyhow::Result<String> {
    match text.strip_prefix('@') {
        Some(path) => {
            std::fs::read_to_string(path).with_context(|| format!("{path} cannot be read"))
        }
        None => Ok(text.to_owned()),
    }
}
