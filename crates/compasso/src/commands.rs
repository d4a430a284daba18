//! One file a command.

mod alerts;
mod answer;
mod approvals;
mod artifact;
mod artifacts;
mod audit;
mod backfills;
mod backup;
mod beat;
mod calendars;
mod compensate;
mod compile;
mod completions;
mod connections;
mod copy;
mod delete;
mod describe;
mod dev;
mod fsck;
mod graph;
mod history;
mod input;
mod instances;
mod integrations;
mod list;
mod logs;
mod mark;
mod migrate;
mod nodes;
mod pause;
mod pools;
mod push;
mod quarantine;
mod queues;
mod redrive;
mod rerun;
mod restore;
mod run;
mod schedules;
mod search;
mod search_attributes;
mod secrets;
mod serve;
mod set_output;
mod signal;
mod start;
mod steer;
mod stop;
mod tasks;
mod test;
mod ticks;
mod tokens;
mod triggers;
mod validate;
mod versions;
mod wait;
mod worker;

use std::path::Path;
use std::process::ExitCode;

use anyhow::Context as _;

use compasso_aws::Environment;

use crate::cli::{Cli, Command, CopyFrom, List, Push, Search, Server, Signal, Start, Stop};
use crate::client::{Client, Identity, TOKEN};
use crate::settings::File;

/// Does what was asked.
pub(crate) fn run(cli: Cli) -> anyhow::Result<ExitCode> {
    match &cli.command {
        Command::Validate { files, kind } => Ok(validate::run(files, *kind, cli.json)),
        Command::Graph { file } => graph::run(file, cli.json),
        Command::Compile(order) => compile::run(order, cli.json),
        Command::Integrations { service } => integrations::run(service.as_deref(), cli.json),
        Command::Completions { shell } => completions::run(*shell, cli.json),
        Command::Test(order) => test::run(order, cli.json),
        Command::Ticks(order) => ticks::run(order, cli.json),
        Command::Output(order) => set_output::run(order),
        Command::Artifact { order } => artifact::run(order),
        _ => tokio::runtime::Builder::new_multi_thread()
            .enable_all()
            .build()
            .context("no threads to work with")?
            .block_on(run_async(cli)),
    }
}

#[expect(clippy::too_many_lines, reason = "it has an arm for each command")]
async fn run_async(cli: Cli) -> anyhow::Result<ExitCode> {
    let (json, config) = (cli.json, cli.config.as_deref());
    let client = |server: Server| connect(server, config);
    match cli.command {
        Command::Serve(options) => serve::run(options, config, json).await,
        Command::Dev(order) => dev::run(order, config, json).await,
        Command::Backup(order) => backup::run(order, config, json).await,
        Command::Restore(order) => restore::run(order, config, json).await,
        Command::Fsck(order) => fsck::run(order, config, json).await,
        Command::Migrate(order) => migrate::run(order, config, json).await,
        Command::Run(order) => run::run(order, config, json).await,
        Command::Push(Push {
            files,
            server,
            kind,
            check,
            description,
            author,
            commit,
            repository,
        }) => {
            let is_check = check;
            let order = push::Order { kind, is_check, description, author, commit, repository };
            push::run(&client(server)?, &files, &order, json).await
        }
        Command::Start(Start {
            workflow,
            input,
            params,
            name,
            force,
            hold,
            overlap,
            labels,
            wait,
            server,
        }) => {
            let order =
                start::Order { workflow, input, params, name, force, hold, overlap, labels, wait };
            start::run(&client(server)?, order, json).await
        }
        Command::List(List { workflow: None, labels, limit, server, .. }) => {
            list::workflows(&client(server)?, &labels, limit, json).await
        }
        Command::List(List { workflow: Some(workflow), status, limit, server, .. }) => {
            let filter = list::Filter { workflow, status, limit };
            list::executions(&client(server)?, filter, json).await
        }
        Command::Triggers(order) => triggers::run(order, client, json).await,
        Command::Describe { of } => describe::run(&client(of.server)?, &of.execution, json).await,
        Command::History { of, reverse, limit } => {
            let part = history::Part { reverse, limit: limit.unwrap_or(usize::MAX) };
            history::run(&client(of.server)?, &of.execution, part, json).await
        }
        Command::Logs { of, lines } => {
            logs::run(&client(of.server)?, &of.execution, lines, json).await
        }
        Command::Artifacts { of, output } => {
            artifacts::run(&client(of.server)?, &of.execution, output.as_deref(), json).await
        }
        Command::Tasks { of, instances } => {
            tasks::run(&client(of.server)?, &of.execution, &instances, json).await
        }
        Command::Nodes { server } => nodes::run(&client(server)?, json).await,
        Command::Queues { server } => queues::queues(&client(server)?, json).await,
        Command::Workers { server } => queues::workers(&client(server)?, json).await,
        Command::Delete { order } => delete::run(order, client, json).await,
        Command::Stop(Stop { of, error, cause, cancel }) => {
            let order = stop::Order { execution: of.execution, error, cause, cancel };
            stop::run(&client(of.server)?, order, json).await
        }
        Command::Copy(CopyFrom { of, from, input, name, wait }) => {
            let order = copy::Order { execution: of.execution, from, input, name, wait };
            copy::run(&client(of.server)?, order, json).await
        }
        Command::Signal(Signal { of, name, payload, id }) => {
            let order = signal::Order { execution: of.execution, name, payload, id };
            signal::run(&client(of.server)?, order, json).await
        }
        Command::Redrive { of, wait } => {
            redrive::run(&client(of.server)?, &of.execution, wait, json).await
        }
        Command::Rerun { of, what } => {
            rerun::run(&client(of.server)?, &of.execution, what, json).await
        }
        Command::Wait { of } => wait::run(&client(of.server)?, &of.execution, json).await,
        Command::Search(Search { query, earliest_first, limit, server }) => {
            let order = search::Order { query, earliest_first, limit };
            search::run(&client(server)?, order, json).await
        }
        Command::SearchAttributes { order } => search_attributes::run(order, client, json).await,
        Command::Tokens { order } => tokens::run(order, client, json).await,
        Command::Audit(mut order) => {
            let server = std::mem::take(&mut order.server);
            audit::run(&client(server)?, &order, json).await
        }
        Command::Secrets { order } => secrets::run(order, client, json).await,
        Command::Versions { order } => versions::run(order, client, json).await,
        Command::Connections { order } => connections::run(order, client, json).await,
        Command::Alerts { order } => alerts::run(order, client, json).await,
        Command::Approvals { order } => approvals::run(order, client, json).await,
        Command::Schedules { order } => schedules::run(order, client, json).await,
        Command::Backfill(order) => backfills::create(order, client, json).await,
        Command::Backfills { order } => backfills::run(order, client, json).await,
        Command::Calendars { order } => calendars::run(order, client, json).await,
        Command::Pause(order) => pause::pause(order, client, json).await,
        Command::Resume(order) => pause::resume(order, client, json).await,
        Command::Compensate { of, wait } => {
            compensate::run(&client(of.server)?, &of.execution, wait, json).await
        }
        Command::Hold(task) => steer::run(task, steer::HOLD, client, json).await,
        Command::Release(task) => steer::run(task, steer::RELEASE, client, json).await,
        Command::Skip(task) => steer::run(task.into(), steer::SKIP, client, json).await,
        Command::Mark(args) => mark::run(args, client, json).await,
        Command::Quarantine { order } => quarantine::run(order, client, json).await,
        Command::Pools { order } => pools::run(order, client, json).await,
        Command::Worker(order) => worker::run(order, config, json).await,
        Command::Beat(task) => beat::run(task).await,
        Command::Validate { .. }
        | Command::Graph { .. }
        | Command::Compile(_)
        | Command::Completions { .. }
        | Command::Integrations { .. }
        | Command::Test(_)
        | Command::Output(_)
        | Command::Artifact { .. }
        | Command::Ticks(_) => {
            unreachable!("they need no runtime and were handled before")
        }
    }
}

fn connect(server: Server, config: Option<&Path>) -> anyhow::Result<Client> {
    let file = File::load(config, &[Path::new("")])?;
    let token = std::env::var(TOKEN).ok();
    let identity = Identity::of_user(&file, &Environment::of_process()).bearing(token.as_deref());
    Client::new(&file.endpoint(server.endpoint), identity)
}
