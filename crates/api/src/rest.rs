//! REST: `/api/v1`, which the console is made of.
//!
//! Answers are JSON; lists are `{items, next}`; errors are `{code, message, detail, requestId}`. It
//! is the same use cases as the Step Functions protocol, seen by the same callers: see `access`.

mod access;
mod answer;
mod callbacks;
mod events;
mod info;
mod runs;
mod session;
mod stream;
mod workflows;

use axum::Router;
use axum::routing::{get, post};

use crate::Edge;

pub(crate) use self::stream::STREAMS_MAX;

/// Makes the routes.
pub(crate) fn routes() -> Router<Edge> {
    Router::new()
        .route("/api/v1/info", get(info::answer))
        .route("/api/v1/session", post(session::sign_in).delete(session::sign_out))
        .route("/api/v1/workflows", get(workflows::list))
        .route("/api/v1/runs", get(runs::list).post(runs::start))
        .route("/api/v1/runs/{id}", get(runs::view))
        .route("/api/v1/runs/{id}/events", get(events::list))
        .route("/api/v1/runs/{id}/stop", post(runs::stop))
        .route("/api/v1/runs/{id}/redrive", post(runs::redrive))
        .route("/api/v1/callbacks/{token}", post(callbacks::succeed))
        .route("/api/v1/callbacks/{token}/fail", post(callbacks::fail))
        .route("/api/v1/stream", get(stream::answer))
}
