//! A server that has its store, a file, for itself.

use std::convert::Infallible;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use compasso_runtime::{Runtime, TurnMarks};
use compasso_store_sqlite::{Options, SqliteStore};
use compasso_telemetry::Telemetry;
use tokio::net::TcpListener;

use super::front::{Front, StopRequests};
use super::setup::{Running, Setup};
use crate::turn_marks::FileMarks;

/// How long a stop waits for the last answers to be taken.
const LAST_ANSWERS_MAX: Duration = Duration::from_secs(1);

/// A server whose engine has begun.
pub(super) struct Alone {
    listener: TcpListener,
    store: Arc<SqliteStore>,
    running: Running,
    telemetry: Arc<Telemetry>,
}

impl Alone {
    /// Opens the file in the data directory, and begins to act.
    pub(super) async fn open(setup: &Setup, listener: TcpListener) -> anyhow::Result<Self> {
        let store = SqliteStore::open(setup.data(), &Options::default());
        let store =
            store.with_context(|| format!("{} cannot be opened", setup.data().display()))?;
        let store = Arc::new(store);
        let running = setup.begin(store.clone(), None, marks_in(setup.data())).await?;
        Ok(Self { listener, store, running, telemetry: setup.telemetry().clone() })
    }

    /// Answers until it is asked to stop, or cannot go on.
    pub(super) async fn serve(
        self,
        requests: StopRequests,
        announced: impl Future<Output = Infallible>,
    ) -> anyhow::Result<ExitCode> {
        let Self { listener, store, running, telemetry } = self;
        let front = Front::open(listener, running.router.clone());
        let code = tokio::select! {
            code = until_stopped(requests, running.runtime()) => code,
            never = announced => match never {},
        };
        let closing = front.close();
        // Whoever waits in the runtime is answered by its end; the others are left behind.
        running.end().await;
        telemetry.close().await;
        closing.last_answers(LAST_ANSWERS_MAX).await?;
        store.close();
        Ok(code)
    }
}

/// Opens the marks of turns in a data directory that no other server uses; without them nothing is set
/// aside that ends the process.
fn marks_in(data: &Path) -> Option<Arc<dyn TurnMarks>> {
    match FileMarks::open(data) {
        Ok(marks) => Some(Arc::new(marks)),
        Err(error) => {
            tracing::warn!(%error, "turns that end the server are not noticed");
            None
        }
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
