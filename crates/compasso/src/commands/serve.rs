//! `compasso serve`.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use compasso_api::MetricsText;
use compasso_artifacts::Artifacts;
use compasso_aws::Environment;
use compasso_runtime::Runtime;
use compasso_telemetry::Telemetry;
use serde_json::json;
use tokio::net::TcpListener;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::oneshot;
use tracing_subscriber::EnvFilter;

use crate::cli::Serve;
use crate::client::{Client, Identity};
use crate::engine::{Engine, Extras};
use crate::settings::{File, check_exposure};
use crate::store::OpenStore;
use crate::{metrics, output, quotas, zones};

/// Where the files are that tasks leave for others, in the data directory.
pub(crate) const ARTIFACTS: &str = "artifacts";
/// How long a stop waits for the last answers to be taken.
const LAST_ANSWERS_MAX: Duration = Duration::from_secs(1);

/// Serves until it is asked to stop.
pub(crate) async fn run(
    options: Serve,
    config: Option<&Path>,
    json: bool,
) -> anyhow::Result<ExitCode> {
    let server = Server::open(options, config, Path::new(""), json).await?;
    server.serve(std::future::ready(())).await
}

/// A server that has opened its store and its port and not yet answered anything.
pub(crate) struct Server {
    listener: TcpListener,
    store: OpenStore,
    engine: Engine,
    telemetry: Arc<Telemetry>,
    router: axum::Router,
    file: File,
    json: bool,
}

impl Server {
    /// Opens store and port. Settings are looked for in `directory`, then in the data directory.
    pub(crate) async fn open(
        options: Serve,
        config: Option<&Path>,
        directory: &Path,
        json: bool,
    ) -> anyhow::Result<Self> {
        start_log(json);
        let data_option = options.data.clone();
        let places: Vec<&Path> =
            [Some(directory), data_option.as_deref()].into_iter().flatten().collect();
        let file = File::load(config, &places)?;
        if let Some(zones) = file.zones() {
            zones::use_directory(&zones)?;
        }
        let (data, listen) = (file.data(options.data), file.listen(options.listen));
        let mut api = file.api()?;
        check_exposure(listen, &api)?;
        let (profile, quotas) = file.limits(options.profile)?;
        let retention = file.retention()?;
        quotas::limit_requests(&mut api, profile, &quotas);
        let store = OpenStore::open(file.store(options.store).as_deref(), &data).await?;
        let vault = file.vault(&data)?;
        let listener = bind(listen).await?;
        let connectors = file.connectors(Some(url(&listener)?))?;
        let actions = file.actions(Some(data.clone()));
        let directory = data.clone();
        let telemetry = Telemetry::open(&file.telemetry(data, &connectors));
        let telemetry = Arc::new(telemetry.map_err(anyhow::Error::msg)?);
        let artifacts = directory.join(ARTIFACTS);
        let artifacts = Artifacts::open(&artifacts)
            .with_context(|| format!("{} cannot be used", artifacts.display()))?;
        let extras = Extras {
            stores: file.stores(),
            vault: Some(vault),
            observer: Some(telemetry.clone()),
            quotas,
            transitions: quotas::transitions(profile),
            schedules: api.beyond_aws.schedules,
            pools: file.pools.clone(),
            actions,
            worker: file.worker.open(&directory, connectors.endpoint.clone(), artifacts.clone())?,
            lease: Some(file.worker.lease()?),
            artifacts: Some(artifacts),
            scratch: None,
        };
        let engine = Engine::begin(store.shared(), connectors, extras).await?;
        engine.service.run_triggers().await.context("triggers cannot be read")?;
        engine.service.run_retention(retention);
        if let Some(mocks) = file.mocks(options.mocks) {
            engine.service.take_test_cases_from(mocks);
        }
        let (source, service) = (telemetry.clone(), engine.service.clone());
        api.metrics = Some(MetricsText::new(move || {
            let of_dispatch = metrics::of_dispatch(&service.dispatcher().figures());
            source.metrics() + &of_dispatch + &service.removed_metrics()
        }));
        let router = compasso_api::router(engine.service.clone(), api);
        Ok(Self { listener, store, engine, telemetry, router, file, json })
    }

    /// Returns a client of it, with the right to do everything in its first account.
    pub(crate) fn client(&self) -> anyhow::Result<Client> {
        let identity = Identity::of_server(&self.file, &Environment::of_process())?;
        Client::new(&url(&self.listener)?, identity)
    }

    /// Answers until it is asked to stop, and closes in order. It says that it is ready once
    /// `prepared` is done, and answers already before.
    pub(crate) async fn serve(
        self,
        prepared: impl Future<Output = ()>,
    ) -> anyhow::Result<ExitCode> {
        // Before anybody can know that it is ready: a request to stop must find its receiver.
        let requests = StopRequests::new();
        let Self { listener, store, engine, telemetry, router, json, .. } = self;
        let url = url(&listener)?;
        let ready = if json {
            json!({"endpoint": url}).to_string()
        } else {
            format!("compasso is ready on {url}")
        };
        let Engine { runtime, service, .. } = engine;
        let (stop, stopped) = oneshot::channel::<()>();
        let serving = tokio::spawn(compasso_api::serve(listener, router, async move {
            // Whoever stops it says so by a message or by being gone.
            let _ = stopped.await;
        }));
        let announced = async {
            prepared.await;
            output::announce(&ready);
            std::future::pending::<Infallible>().await
        };
        let code = tokio::select! {
            code = until_stopped(requests, &runtime) => code,
            never = announced => match never {},
        };
        drop(stop);
        // Streams of changes would never end by themselves.
        service.changes().close();
        // Whoever waits in the runtime is answered by its end; the others are left behind.
        runtime.shutdown().await;
        telemetry.close().await;
        if let Ok(served) = tokio::time::timeout(LAST_ANSWERS_MAX, serving).await {
            served.context("the server failed")?;
        } else {
            tracing::warn!("connections are still in use; they are closed");
        }
        store.close().await;
        Ok(code)
    }
}

/// Waits until the server is asked to stop, or cannot go on.
async fn until_stopped(mut requests: StopRequests, runtime: &Runtime) -> ExitCode {
    tokio::select! {
        () = requests.next() => {
            tracing::info!("stopping");
            ExitCode::SUCCESS
        }
        why = runtime.failed() => {
            tracing::error!(why, "the server cannot go on and ends; start it again");
            ExitCode::FAILURE
        }
    }
}

/// Opens a port.
pub(crate) async fn bind(address: SocketAddr) -> anyhow::Result<TcpListener> {
    let bound = TcpListener::bind(address).await;
    bound.with_context(|| format!("{address} cannot be listened on"))
}

/// Returns where a port is reached.
pub(crate) fn url(listener: &TcpListener) -> anyhow::Result<String> {
    Ok(format!("http://{}", listener.local_addr()?))
}

/// Writes the log to standard error; `COMPASSO_LOG` filters it, `info` by default.
pub(crate) fn start_log(json: bool) {
    let filter = EnvFilter::try_from_env("COMPASSO_LOG").unwrap_or_else(|_| EnvFilter::new("info"));
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    if json {
        log.json().init();
    } else {
        log.with_ansi(output::notes_have_colours()).init();
    }
}

/// Requests to end the program: Ctrl-C and SIGTERM.
pub(crate) struct StopRequests {
    interrupt: Signal,
    terminate: Signal,
}

impl StopRequests {
    /// Takes over the signals.
    pub(crate) fn new() -> Self {
        let receive = |kind| signal(kind).expect("signals can be received");
        Self {
            interrupt: receive(SignalKind::interrupt()),
            terminate: receive(SignalKind::terminate()),
        }
    }

    /// Waits for the next request.
    pub(crate) async fn next(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}
