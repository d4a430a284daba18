//! `/api/v1/workers` and `/api/v1/leases`: the protocol of remote workers.

use std::time::Duration;

use axum::extract::{Request, State};
use axum::http::request::Parts;
use axum::response::Response;
use bytes::Bytes;
use compasso_service::Viewer;
use compasso_service::dispatch::{
    Act, Acted, Beat, Failure as TaskFailure, POLL_MAX, RESULT_BYTES_MAX, Registration, WorkerLine,
};
use compasso_types::Payload;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::access;
use super::answer::{created, id, json, respond};
use crate::errors::Failure;
use crate::{Edge, request};

/// Room around a result: the braces and the member's name.
const ENVELOPE_BYTES: usize = 1_024;

#[derive(Serialize)]
struct Page<T> {
    items: Vec<T>,
}

#[derive(Deserialize)]
struct Poll {
    free: u32,
    #[serde(default)]
    wait_ms: Option<u64>,
}

/// A misspelt member would be a task that succeeded with nothing.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Done {
    #[serde(default)]
    output: Option<Box<RawValue>>,
}

#[derive(Deserialize)]
struct Lines {
    lines: Vec<WorkerLine>,
}

#[derive(Deserialize)]
struct Drain {
    drain: bool,
}

/// Lists workers.
pub(super) async fn list(State(edge): State<Edge>, request: Request) -> Response {
    let parts = request.into_parts().0;
    let outcome = access::reader(&edge, &parts).map(|viewer| {
        json(&Page { items: edge.service.dispatcher().workers(viewer.account.as_deref()) })
    });
    respond(&edge, outcome)
}

/// Registers a worker.
pub(super) async fn register(State(edge): State<Edge>, request: Request) -> Response {
    let outcome = async {
        let call = Call::read(&edge, request).await?;
        let registration: Registration = request::parse(&call.body)?;
        let account = call.viewer.account;
        Ok(created(&edge.service.dispatcher().register(registration, account)?))
    };
    respond(&edge, outcome.await)
}

/// Waits for tasks.
pub(super) async fn poll(State(edge): State<Edge>, request: Request) -> Response {
    let outcome = async {
        let mut call = Call::read(&edge, request).await?;
        let worker = id(&mut call.parts).await?;
        let Poll { free, wait_ms } = request::parse(&call.body)?;
        let patience = wait_ms.map_or(POLL_MAX, Duration::from_millis);
        let account = call.viewer.account.as_deref();
        Ok(json(&edge.service.dispatcher().poll(&worker, account, free, patience).await?))
    };
    respond(&edge, outcome.await)
}

/// Takes a worker's sign of life.
pub(super) async fn beat(State(edge): State<Edge>, request: Request) -> Response {
    let outcome = async {
        let mut call = Call::read(&edge, request).await?;
        let worker = id(&mut call.parts).await?;
        let beat: Beat = request::parse(&call.body)?;
        let account = call.viewer.account.as_deref();
        Ok(json(&edge.service.dispatcher().beat(&worker, account, beat).await?))
    };
    respond(&edge, outcome.await)
}

/// Takes leave of a worker.
pub(super) async fn goodbye(State(edge): State<Edge>, request: Request) -> Response {
    let outcome = async {
        let mut call = Call::read(&edge, request).await?;
        let worker = id(&mut call.parts).await?;
        edge.service.dispatcher().goodbye(&worker, call.viewer.account.as_deref())?;
        Ok(nothing())
    };
    respond(&edge, outcome.await)
}

/// Lets a worker run out of tasks, or gives it some again.
pub(super) async fn drain(State(edge): State<Edge>, request: Request) -> Response {
    let outcome = async {
        let mut call = Call::read(&edge, request).await?;
        let worker = id(&mut call.parts).await?;
        let Drain { drain } = request::parse(&call.body)?;
        edge.service.dispatcher().drain(&worker, call.viewer.account.as_deref(), drain)?;
        Ok(nothing())
    };
    respond(&edge, outcome.await)
}

/// Takes a result.
pub(super) async fn done(State(edge): State<Edge>, request: Request) -> Response {
    let outcome = async {
        let most = RESULT_BYTES_MAX + ENVELOPE_BYTES;
        let mut call = Call::read_up_to(&edge, request, most).await?;
        let lease = id(&mut call.parts).await?;
        let Done { output } = request::parse(&call.body)?;
        let output = output.map_or_else(|| "null".into(), |output| output.get().to_owned());
        let output = Payload::parse(output)
            .map_err(|error| Failure::serialization(format!("output: {error}")))?;
        let account = call.viewer.account.as_deref();
        edge.service.dispatcher().done(&lease, account, output).await?;
        Ok(nothing())
    };
    respond(&edge, outcome.await)
}

/// Takes a failure.
pub(super) async fn failed(State(edge): State<Edge>, request: Request) -> Response {
    let outcome = async {
        let mut call = Call::read(&edge, request).await?;
        let lease = id(&mut call.parts).await?;
        let failure: TaskFailure = request::parse(&call.body)?;
        let account = call.viewer.account.as_deref();
        edge.service.dispatcher().failed(&lease, account, failure).await?;
        Ok(nothing())
    };
    respond(&edge, outcome.await)
}

/// Carries out an action of a script.
pub(super) async fn act(State(edge): State<Edge>, request: Request) -> Response {
    let outcome = async {
        let most = RESULT_BYTES_MAX + ENVELOPE_BYTES;
        let mut call = Call::read_up_to(&edge, request, most).await?;
        let lease = id(&mut call.parts).await?;
        let Act { step, arguments } = request::parse(&call.body)?;
        let arguments = Payload::parse(arguments.get().to_owned())
            .map_err(|error| Failure::serialization(format!("arguments: {error}")))?;
        let account = call.viewer.account.as_deref();
        let acted = edge.service.dispatcher().act(&lease, account, step, arguments).await?;
        Ok(json(&Acted::from(acted)))
    };
    respond(&edge, outcome.await)
}

/// Takes a task's sign of life.
pub(super) async fn beat_lease(State(edge): State<Edge>, request: Request) -> Response {
    let outcome = async {
        let mut call = Call::read(&edge, request).await?;
        let lease = id(&mut call.parts).await?;
        edge.service.dispatcher().beat_lease(&lease, call.viewer.account.as_deref()).await?;
        Ok(nothing())
    };
    respond(&edge, outcome.await)
}

/// Keeps lines that a task wrote.
pub(super) async fn log(State(edge): State<Edge>, request: Request) -> Response {
    let outcome = async {
        let mut call = Call::read(&edge, request).await?;
        let lease = id(&mut call.parts).await?;
        let Lines { lines } = request::parse(&call.body)?;
        let account = call.viewer.account.as_deref();
        edge.service.dispatcher().log(&lease, account, &lines).await?;
        Ok(nothing())
    };
    respond(&edge, outcome.await)
}

/// A call of a worker that was let in.
struct Call {
    parts: Parts,
    body: Bytes,
    viewer: Viewer,
}

impl Call {
    async fn read(edge: &Edge, request: Request) -> Result<Self, Failure> {
        Self::read_up_to(edge, request, edge.settings.request_bytes_max).await
    }

    async fn read_up_to(edge: &Edge, request: Request, most: usize) -> Result<Self, Failure> {
        let (parts, body) = request.into_parts();
        access::check_worker(edge, &parts).await?;
        let body = request::read(&parts.headers, body, most).await?;
        let viewer = access::worker(edge, &parts, &body).await?;
        Ok(Self { parts, body, viewer })
    }
}

fn nothing() -> Response {
    json(&serde_json::Map::new())
}
