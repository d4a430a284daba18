//! `compasso worker`.

use std::path::Path;
use std::process::ExitCode;

use anyhow::Context as _;
use compasso_executor::{Executor, ExecutorSettings};
use compasso_worker::{Server, Worker, WorkerSettings};

use super::serve::start_log;
use crate::client::{TOKEN, token};
use crate::server::StopRequests;
use crate::settings::File;
use crate::{cli, host};

/// Works until it is asked to stop: once to take no more tasks, twice to end at once.
pub(crate) async fn run(
    order: cli::Worker,
    config: Option<&Path>,
    json: bool,
) -> anyhow::Result<ExitCode> {
    start_log(json);
    let file = File::load(config, &[Path::new("")])?;
    let host = host::name();
    let name = order.name.unwrap_or_else(|| host.clone());
    let slots = order.slots.map_or_else(host::slots, usize::from);
    let directory = name.replace(['/', '.'], "_");
    let workspaces = order.data.join("workers").join(directory);
    let shown = workspaces.display().to_string();
    let executor = Executor::new(ExecutorSettings { workspaces, pass_env: order.pass_env })
        .with_context(|| format!("{shown} cannot be used"))?;
    let own = || std::env::var(TOKEN).ok().as_deref().and_then(token);
    let token = order.token.or_else(own);
    let server = Server::new(&file.endpoint(order.server), token.as_deref())?;
    let settings = WorkerSettings { name, tags: order.tags, slots, host };
    let (worker, stopper) = Worker::new(server, settings, executor);
    let mut requests = StopRequests::new();
    let working = worker.run();
    tokio::pin!(working);
    loop {
        tokio::select! {
            ended = &mut working => {
                ended.context("the server does not take this worker")?;
                return Ok(ExitCode::SUCCESS);
            }
            () = requests.next() => {
                tracing::info!("stopping");
                stopper.ask();
            }
        }
    }
}
