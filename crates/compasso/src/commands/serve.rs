//! `compasso serve`.

use std::path::Path;
use std::process::ExitCode;

use tracing_subscriber::EnvFilter;

use crate::cli::Serve;
use crate::output;
use crate::server::Server;

/// Serves until it is asked to stop.
pub(crate) async fn run(
    options: Serve,
    config: Option<&Path>,
    json: bool,
) -> anyhow::Result<ExitCode> {
    start_log(json);
    let Some(server) = Server::open(options, config, Path::new(""), json).await? else {
        return Ok(ExitCode::SUCCESS);
    };
    server.serve(std::future::ready(())).await
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
