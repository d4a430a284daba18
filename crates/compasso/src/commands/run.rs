//! `compasso run`: a definition to its end, in this process.

mod pipeline;
mod progress;
mod task_output;
mod tasks;
mod waits;

use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, bail};
use compasso_artifacts::Artifacts;
use compasso_ir::{Definition, Kind};
use compasso_runtime::HistoryRange;
use compasso_service::{
    Caller, CreateActivity, CreateStateMachine, LetIn, Service, StartExecution, StopExecution,
};
use compasso_store::ExecutionKey;
use compasso_store::memory::MemoryStore;

use super::push::{ROLE, machine_type, read_definition, workflow_name};
use super::{input, wait};
use crate::cli::{MachineType, Run};
use crate::engine::{Engine, Extras};
use crate::settings::{File, check_way_in};
use crate::{diagnostics, mocks, output, server, vault_key};
use progress::Progress;
use task_output::TaskOutput;
use waits::Waits;

/// Where `run` answers unless it is told: on a free port of this machine.
const ANY_PORT: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 0);
/// How often new events are looked for.
const LOOK_INTERVAL: Duration = Duration::from_millis(25);
/// Events read at once.
const EVENTS: usize = 500;

/// Runs a definition; the exit code tells how it ended.
pub(crate) async fn run(order: Run, config: Option<&Path>, json: bool) -> anyhow::Result<ExitCode> {
    if diagnostics::is_pipeline(&order.file) {
        return pipeline::run(order, config, json).await;
    }
    if order.pipeline.is_some() || !order.params.is_empty() || !order.secrets.is_empty() {
        bail!("--pipeline, --params and --secret are for pipelines; a definition takes --input");
    }
    let text = read_definition(&order.file)?;
    let kind = machine_type(&order.file);
    let definition = diagnostics::check(&order.file, &text, kind.into())?;
    let name = workflow_name(&order.file)?;
    let input = input::read("--input", order.input.as_deref().unwrap_or("{}"))?;
    let case = match &order.mocks {
        Some(path) => Some(mocks::choose(&mocks::read(path)?, &name, order.case.as_deref())?),
        None => None,
    };
    if kind == MachineType::Express {
        output::note("an Express workflow, run as a Standard one");
    }
    let (engine, url) = begin(&order, config).await?;
    let activities = offer_activities(&engine.service, &definition).await?;
    if order.listen.is_some() || activities > 0 {
        output::note(&format!("workers and callbacks are answered on {url}"));
    }
    let mut machine = create(&engine.service, name, &text).await?;
    if let (Some(path), Some(case)) = (order.mocks, case) {
        engine.service.take_test_cases_from(path);
        machine = format!("{machine}#{case}");
    }
    let key = start(&engine.service, machine, order.name, input).await?;
    follow(&engine, &key, Progress::new(&text, json), None).await?;
    end(engine, &key, json).await
}

/// Tells how a closed execution ended, and ends the engine.
async fn end(engine: Engine, key: &ExecutionKey, json: bool) -> anyhow::Result<ExitCode> {
    let ended = engine.service.wait_closed(&key.0).await?;
    engine.runtime.shutdown().await;
    Ok(wait::report(&serde_json::to_value(ended)?, json))
}

/// Starts an engine in memory and returns it with its address: functions report by token.
async fn begin(order: &Run, config: Option<&Path>) -> anyhow::Result<(Engine, String)> {
    let beside = order.file.parent().unwrap_or(Path::new(""));
    let settings = File::load(config, &[Path::new(""), beside])?;
    let address = order.listen.unwrap_or(ANY_PORT);
    let api = settings.api(address)?;
    check_way_in(address, &api, LetIn::NoTokens)?;
    let listener = server::bind(address).await?;
    let url = server::url(&listener)?;
    let store = Arc::new(MemoryStore::new());
    let connectors = settings.connectors(Some(url.clone()))?;
    let (_, quotas) = settings.limits(None)?;
    let scratch = tempfile::tempdir().context("no directory for the files of tasks")?;
    let artifacts = Artifacts::open(scratch.path().join(server::ARTIFACTS))?;
    let executor = settings.worker.executor(scratch.path())?;
    let open = |executor| settings.worker.open(executor, url.clone(), artifacts.clone());
    let extras = Extras {
        worker: executor.map(open),
        artifacts: Some(artifacts.clone()),
        pools: settings.pools.clone(),
        vault: Some(vault_key::fresh()),
        scratch: Some(scratch),
        stores: settings.stores(),
        quotas,
        actions: settings.actions(None),
        ..Extras::default()
    };
    let engine = Engine::begin(store, connectors, extras).await?;
    let router = compasso_api::router(engine.service.clone(), api);
    tokio::spawn(compasso_api::serve(listener, router, std::future::pending()));
    Ok((engine, url))
}

/// Creates the activities that a definition names, so that workers can poll for them; returns how
/// many there are.
async fn offer_activities(service: &Service, definition: &Definition) -> anyhow::Result<usize> {
    let mut offered = 0;
    for state in definition.states() {
        let Kind::Task(task) = &state.kind else { continue };
        let parts: Vec<&str> = task.resource.arn.split(':').collect();
        let [_, _, "states", region, account, "activity", name] = parts[..] else { continue };
        let caller = Caller { account: account.into(), region: region.into() };
        let activity = CreateActivity { name: name.to_owned(), ..CreateActivity::default() };
        service.create_activity(&caller, activity).await?;
        offered += 1;
    }
    Ok(offered)
}

async fn create(service: &Service, name: String, definition: &str) -> anyhow::Result<String> {
    let create = CreateStateMachine {
        name,
        definition: definition.into(),
        role_arn: ROLE.into(),
        ..CreateStateMachine::default()
    };
    Ok(service.create_state_machine(&Caller::default(), create).await?.state_machine_arn)
}

async fn start(
    service: &Service,
    machine: String,
    name: Option<String>,
    input: String,
) -> anyhow::Result<ExecutionKey> {
    let start = StartExecution {
        state_machine_arn: machine,
        name,
        input: Some(input),
        ..StartExecution::default()
    };
    Ok(ExecutionKey(service.start_execution(start).await?.execution_arn))
}

/// Shows events, and what tasks write, until the execution is closed. The first request to end the program
/// gives the execution up, which cleans up if it is a run of a pipeline; the second one ends it at once.
async fn follow(
    engine: &Engine,
    key: &ExecutionKey,
    mut progress: Progress,
    mut waits: Option<Waits>,
) -> anyhow::Result<()> {
    let (mut first, mut is_stopping) = (1, false);
    let mut written = (!progress.is_silent()).then(TaskOutput::default);
    let mut requests = server::StopRequests::new();
    loop {
        let range = HistoryRange { first, limit: EVENTS, reverse: false };
        let events = engine.runtime.history(key, range).await?.unwrap_or_default();
        first += events.len() as u64;
        if let Some(written) = &mut written {
            written.news(&engine.service, key).await.iter().for_each(|line| progress.say(line));
        }
        if progress.show(&events) {
            return Ok(());
        }
        if let Some(waits) = &mut waits {
            waits.news(&engine.service).await.iter().for_each(|line| progress.say(line));
        }
        tokio::select! {
            () = tokio::time::sleep(LOOK_INTERVAL) => {}
            () = requests.next() => {
                if is_stopping {
                    bail!("ended before the execution was stopped");
                }
                is_stopping = true;
                progress.say("stopping the execution, which may clean up; once more ends the program at once");
                give_up(engine, key).await?;
            }
        }
    }
}

async fn give_up(engine: &Engine, key: &ExecutionKey) -> anyhow::Result<()> {
    let request = StopExecution {
        execution_arn: key.to_string(),
        error: None,
        cause: Some("The program was asked to end.".to_owned()),
        by: None,
    };
    engine.service.cancel_execution(request).await?;
    Ok(())
}
