//! What a server shows: its port, the line that says that it is ready, and how it is asked to stop.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::time::Duration;

use anyhow::Context as _;
use serde_json::json;
use tokio::net::TcpListener;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::output;

/// Opens a port.
pub(crate) async fn bind(address: SocketAddr) -> anyhow::Result<TcpListener> {
    let bound = TcpListener::bind(address).await;
    bound.with_context(|| format!("{address} cannot be listened on"))
}

/// Returns where a port is reached.
pub(crate) fn url(listener: &TcpListener) -> anyhow::Result<String> {
    Ok(format!("http://{}", listener.local_addr()?))
}

/// A port whose requests are answered.
pub(super) struct Front {
    stop: oneshot::Sender<()>,
    serving: JoinHandle<()>,
}

impl Front {
    pub(super) fn open(listener: TcpListener, router: axum::Router) -> Self {
        let (stop, stopped) = oneshot::channel::<()>();
        let serving = tokio::spawn(compasso_api::serve(listener, router, async move {
            // Whoever stops it says so by a message or by being gone.
            let _ = stopped.await;
        }));
        Self { stop, serving }
    }

    /// Takes no more requests; returns what waits for the end of those that are open.
    pub(super) fn close(self) -> Closing {
        drop(self.stop);
        Closing { serving: self.serving }
    }
}

/// A port that takes no more requests.
pub(super) struct Closing {
    serving: JoinHandle<()>,
}

impl Closing {
    /// Waits up to `patience` until the last answers are taken.
    pub(super) async fn last_answers(self, patience: Duration) -> anyhow::Result<()> {
        let Ok(served) = tokio::time::timeout(patience, self.serving).await else {
            tracing::warn!("connections are still in use; they are closed");
            return Ok(());
        };
        served.context("the server failed")
    }
}

/// The line that says that a server is ready.
pub(super) struct Announcement(String);

impl Announcement {
    pub(super) fn new(url: &str, json: bool) -> Self {
        Self(if json {
            json!({"endpoint": url}).to_string()
        } else {
            format!("compasso is ready on {url}")
        })
    }

    /// Says it once `prepared` is done, and never ends.
    pub(super) async fn after(self, prepared: impl Future<Output = ()>) -> Infallible {
        prepared.await;
        output::announce(&self.0);
        std::future::pending().await
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
