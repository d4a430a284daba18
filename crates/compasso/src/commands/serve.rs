//! `compasso serve`.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::Context as _;
use axum::serve::ListenerExt as _;
use compasso_store_sqlite::SqliteStore;
use tokio::net::TcpListener;
use tracing_subscriber::EnvFilter;

use crate::cli::Serve;
use crate::engine::{Engine, open_store};
use crate::output;
use crate::settings::{DEFAULT_DATA, DEFAULT_LISTEN, File, check_exposure};

/// Serves until it is asked to stop.
pub(crate) async fn run(options: Serve, config: Option<&Path>) -> anyhow::Result<ExitCode> {
    let server = Server::open(options, config, Path::new("")).await?;
    server.serve(std::future::ready(())).await
}

/// A server that has opened its store and its port and not yet answered anything.
pub(crate) struct Server {
    listener: TcpListener,
    store: Arc<SqliteStore>,
    engine: Engine,
    router: axum::Router,
}

impl Server {
    /// Opens store and port. Settings are looked for in `directory`, then in the data directory.
    pub(crate) async fn open(
        options: Serve,
        config: Option<&Path>,
        directory: &Path,
    ) -> anyhow::Result<Self> {
        start_log();
        let data_option = options.data.clone();
        let places: Vec<&Path> =
            [Some(directory), data_option.as_deref()].into_iter().flatten().collect();
        let file = File::load(config, &places)?;
        let data = options.data.or(file.data()).unwrap_or_else(|| PathBuf::from(DEFAULT_DATA));
        let default = DEFAULT_LISTEN.parse().expect("the default address is an address");
        let listen = options.listen.or(file.listen).unwrap_or(default);
        let api = file.api()?;
        check_exposure(listen, &api)?;
        let store = open_store(&data)?;
        let listener = TcpListener::bind(listen)
            .await
            .with_context(|| format!("{listen} cannot be listened on"))?;
        let connectors = file.connectors(Some(url(&listener)?));
        let engine =
            Engine::begin(store.clone(), connectors, |connectors| Arc::new(connectors)).await?;
        let router = compasso_api::router(engine.service.clone(), api);
        Ok(Self { listener, store, engine, router })
    }

    /// Returns where it will answer.
    pub(crate) fn url(&self) -> anyhow::Result<String> {
        url(&self.listener)
    }

    /// Answers until it is asked to stop, and closes in order. It says that it is ready once
    /// `prepared` is done, and answers already before.
    pub(crate) async fn serve(
        self,
        prepared: impl Future<Output = ()>,
    ) -> anyhow::Result<ExitCode> {
        let Self { listener, store, engine, router } = self;
        let ready = format!("compasso is ready on {}", url(&listener)?);
        let runtime = engine.runtime;
        let stopping = runtime.clone();
        let listener = listener.tap_io(|stream| {
            // A failure costs latency, nothing else.
            let _ = stream.set_nodelay(true);
        });
        let serving = axum::serve(listener, router).with_graceful_shutdown(async move {
            asked_to_stop().await;
            tracing::info!("stopping");
            stopping.shutdown().await;
        });
        let announced = async {
            prepared.await;
            output::line(&ready);
        };
        let (served, ()) = tokio::join!(serving.into_future(), announced);
        served.context("the server failed")?;
        runtime.shutdown().await;
        store.close();
        Ok(ExitCode::SUCCESS)
    }
}

fn url(listener: &TcpListener) -> anyhow::Result<String> {
    Ok(format!("http://{}", listener.local_addr()?))
}

/// Writes the log to standard error; `COMPASSO_LOG` filters it, `info` by default.
fn start_log() {
    let filter = EnvFilter::try_from_env("COMPASSO_LOG").unwrap_or_else(|_| EnvFilter::new("info"));
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
}

async fn asked_to_stop() {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate()).expect("signals can be received");
    tokio::select! {
        _ = terminate.recv() => {}
        _ = tokio::signal::ctrl_c() => {}
    }
}
