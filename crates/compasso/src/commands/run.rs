//! `compasso run`: a definition to its end, in this process.

mod mocks;
mod progress;

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use compasso_ir::ExecutionType;
use compasso_runtime::{HistoryRange, TaskRunner};
use compasso_service::{Caller, CreateStateMachine, DescribedExecution, Service, StartExecution};
use compasso_store::ExecutionKey;
use compasso_store::memory::MemoryStore;
use serde_json::json;
use tokio::net::TcpListener;

use crate::commands::push::{ROLE, workflow_name};
use crate::commands::{json_argument, validate};
use crate::engine::Engine;
use crate::output;
use crate::settings::File;
use mocks::{MockRunner, Mocks};
use progress::Progress;

/// How often new events are looked for.
const LOOK_INTERVAL: Duration = Duration::from_millis(25);
/// Events read at once.
const EVENTS: usize = 500;

/// What to run.
pub(crate) struct Request {
    pub(crate) file: PathBuf,
    pub(crate) input: String,
    pub(crate) mocks: Option<PathBuf>,
    pub(crate) case: Option<String>,
    pub(crate) json: bool,
}

/// Runs a definition; the exit code tells how it ended.
pub(crate) async fn run(request: Request, config: Option<&Path>) -> anyhow::Result<ExitCode> {
    let text = std::fs::read_to_string(&request.file)
        .with_context(|| format!("{} cannot be read", request.file.display()))?;
    let analysis = compasso_asl::compile(&text, ExecutionType::Standard);
    if analysis.definition.is_none() {
        for diagnostic in &analysis.diagnostics {
            output::note(&validate::render(&request.file, &text, diagnostic));
        }
        return Ok(ExitCode::from(output::EXIT_USAGE));
    }
    let name = workflow_name(&request.file)?;
    let mocks = match &request.mocks {
        Some(path) => Mocks::load(path, &name, request.case.as_deref())?,
        None => Mocks::default(),
    };
    let engine = begin(&request.file, config, mocks).await?;
    let input = json_argument(&request.input)?;
    let key = start(&engine.service, &name, &text, input).await?;
    follow(&engine, &key, Progress::new(&text, request.json)).await?;
    let ended = describe(&engine.service, &key).await?;
    engine.runtime.shutdown().await;
    report(&ended, request.json)
}

/// Starts an engine in memory. It answers on a free port, so that functions can report by token.
async fn begin(file: &Path, config: Option<&Path>, mocks: Mocks) -> anyhow::Result<Engine> {
    let beside = file.parent().unwrap_or(Path::new(""));
    let settings = File::load(config, &[Path::new(""), beside])?;
    let listener = TcpListener::bind("127.0.0.1:0").await.context("no port to listen on")?;
    let url = format!("http://{}", listener.local_addr()?);
    let store = Arc::new(MemoryStore::new());
    let wrap = |connectors| -> Arc<dyn TaskRunner> { Arc::new(MockRunner::new(mocks, connectors)) };
    let engine = Engine::begin(store, settings.connectors(Some(url)), wrap).await?;
    let router = compasso_api::router(engine.service.clone(), settings.api()?);
    tokio::spawn(axum::serve(listener, router).into_future());
    Ok(engine)
}

async fn start(
    service: &Service,
    name: &str,
    definition: &str,
    input: String,
) -> anyhow::Result<ExecutionKey> {
    let create = CreateStateMachine {
        name: name.to_owned(),
        definition: definition.into(),
        role_arn: ROLE.into(),
        ..CreateStateMachine::default()
    };
    let machine = service.create_state_machine(&Caller::default(), create).await?;
    let start = StartExecution {
        state_machine_arn: machine.state_machine_arn.to_string(),
        input: Some(input),
        ..StartExecution::default()
    };
    let started = service.start_execution(start).await?;
    Ok(ExecutionKey(started.execution_arn))
}

/// Shows events until the execution is closed.
async fn follow(
    engine: &Engine,
    key: &ExecutionKey,
    mut progress: Progress,
) -> anyhow::Result<()> {
    let mut first = 1;
    loop {
        let range = HistoryRange { first, limit: EVENTS, reverse: false };
        let events = engine.runtime.history(key, range).await?.unwrap_or_default();
        first += events.len() as u64;
        if progress.show(&events) {
            return Ok(());
        }
        tokio::time::sleep(LOOK_INTERVAL).await;
    }
}

async fn describe(service: &Service, key: &ExecutionKey) -> anyhow::Result<DescribedExecution> {
    Ok(service.wait_closed(&key.0).await?)
}

fn report(ended: &DescribedExecution, json: bool) -> anyhow::Result<ExitCode> {
    if json {
        let mut answer = serde_json::to_value(ended)?;
        answer["type"] = json!("ExecutionDescription");
        output::json(&answer);
    } else if let Some(result) = &ended.output {
        output::line(result.text());
    } else {
        let error = ended.error.as_deref().unwrap_or_default();
        let cause = ended.cause.as_deref().unwrap_or_default();
        output::note(format!("{} {error} {cause}", ended.status).trim_end());
    }
    Ok(output::exit_code(ended.status))
}
