//! Connections: so many at once, and none that only takes up room.
//!
//! A client that opens a connection and sends nothing, sends slowly or does not read its answer
//! loses the connection after a while. What its request did before stays done.

mod open_files;
mod stall;

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::ConnectInfo;
use axum::http::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::{Service as _, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::JoinSet;

use self::stall::StallGuard;

/// Most connections at once; who comes later waits until one is closed.
const CONNECTIONS_MAX: usize = 4_096;
/// A connection is closed if no whole head of a request comes in this time: idle ones as well.
const HEAD_READ_MAX: Duration = Duration::from_secs(60);
/// Longest head of a request, bytes.
const HEAD_BYTES_MAX: usize = 64 * 1024;
/// A connection is closed if the client takes nothing of an answer for this time.
const WRITE_STALL_MAX: Duration = Duration::from_secs(60);
/// How long to wait when the system has no connection to give.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// Answers requests until `stop` is done, and those that are open then. The caller decides how long
/// to wait for them: dropping this closes every connection.
pub async fn serve(listener: TcpListener, router: Router, stop: impl Future<Output = ()>) {
    let places = open_files::raise() / 2;
    let places = Arc::new(Semaphore::new(places.clamp(1, CONNECTIONS_MAX)));
    let stopping = GracefulShutdown::new();
    let mut conversations = JoinSet::new();
    let mut stop = pin!(stop);
    loop {
        tokio::select! {
            (stream, place) = accept(&listener, &places) => {
                let talk = converse(stream, router.clone(), &stopping);
                conversations.spawn(async move {
                    talk.await;
                    drop(place);
                });
            }
            Some(_) = conversations.join_next() => {}
            () = &mut stop => break,
        }
    }
    drop(listener);
    stopping.shutdown().await;
}

/// Waits for a place, then for a client.
async fn accept(
    listener: &TcpListener,
    places: &Arc<Semaphore>,
) -> (TcpStream, OwnedSemaphorePermit) {
    let place = places.clone().acquire_owned().await.expect("the semaphore is never closed");
    loop {
        match listener.accept().await {
            Ok((stream, _)) => return (stream, place),
            Err(error) => {
                tracing::warn!(%error, "a connection could not be accepted");
                tokio::time::sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}

/// Answers the requests of one client, one after the other.
fn converse(
    stream: TcpStream,
    router: Router,
    stopping: &GracefulShutdown,
) -> impl Future<Output = ()> + use<> {
    // A failure costs latency, nothing else.
    let _ = stream.set_nodelay(true);
    let peer = stream.peer_addr().ok().map(ConnectInfo);
    let answer = service_fn(move |mut request: Request<Incoming>| {
        if let Some(peer) = peer {
            request.extensions_mut().insert(peer);
        }
        TowerToHyperService::new(router.clone()).call(request)
    });
    let stream = TokioIo::new(StallGuard::new(stream, WRITE_STALL_MAX));
    // A client that closes its half counts as gone: a task must not be handed to a poll whose
    // worker has left, and the two cannot be told apart.
    let connection = http1::Builder::new()
        .half_close(false)
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_READ_MAX)
        .max_header_size(HEAD_BYTES_MAX)
        .serve_connection(stream, answer);
    let watched = stopping.watch(connection);
    async move {
        if let Err(error) = watched.await {
            tracing::debug!(%error, "a connection ended early");
        }
    }
}
