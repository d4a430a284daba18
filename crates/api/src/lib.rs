//! HTTP edges: the Step Functions protocol and the REST interface.
//!
//! [`router`] answers `POST /` in AWS JSON, so that AWS SDKs, the AWS CLI and Terraform talk to
//! Compasso; `/api/v1` in REST, for the console and for scripts; and `/healthz`, `/readyz` and
//! `/metrics`.
//! **Invariant:** an edge never decides. It parses, calls one function of the service, and answers; names of errors
//! and their status codes stand in `errors`, the form of history events in `history`.

mod access;
mod actions;
mod caller;
mod connection_actions;
mod connections;
mod console;
mod decide;
mod errors;
mod history;
mod hooks;
mod identity;
mod logs;
mod metrics;
mod origin;
mod own_actions;
mod permissions;
mod protocol;
mod reader;
mod request;
mod rest;
mod schedule_actions;
mod settings;
mod shown;
mod signature;
mod throttle;
mod trace;

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::{any, get, post};
use compasso_service::Service;
use tokio::sync::Semaphore;

pub use connections::serve;
pub use errors::error_code;
pub use metrics::{MetricsText, standby};
pub use rest::{NodeList, NodeRole, NodeView};
pub use settings::{AccessKey, ApiSettings, BeyondAws};

use crate::throttle::Throttle;

/// What every handler shares.
#[derive(Clone)]
struct Edge {
    service: Service,
    settings: Arc<ApiSettings>,
    throttle: Option<Arc<Throttle>>,
    /// Places for streams.
    streams: Arc<Semaphore>,
}

/// Makes the routes of a server.
pub fn router(service: Service, settings: ApiSettings) -> Router {
    let throttle = settings.throttled.then(Arc::default);
    let streams = Arc::new(Semaphore::new(rest::STREAMS_MAX));
    let edge = Edge { service, settings: Arc::new(settings), throttle, streams };
    Router::new()
        .route("/", post(protocol::answer).get(console::page))
        .route("/healthz", get(|| async { "ok\n" }))
        .route("/readyz", get(ready))
        .route("/metrics", get(metrics::answer))
        .route("/api/v1/executions/{arn}/logs", get(logs::answer))
        .route("/hooks/{*path}", any(hooks::answer))
        .route("/decide/{token}", get(decide::show).post(decide::decide))
        .merge(rest::routes(edge.clone()))
        .merge(console::routes())
        .fallback(protocol::unknown_path)
        .method_not_allowed_fallback(protocol::unknown_method)
        .with_state(edge)
}

/// Answers whether requests are of any use now, for whoever shares them out.
async fn ready(State(edge): State<Edge>) -> (StatusCode, String) {
    match edge.service.check_ready() {
        // Results, stops and questions are of use all the same.
        Ok(()) => (
            StatusCode::OK,
            match edge.service.held_back() {
                Some(what) => format!("ok\n{what}\n"),
                None => "ok\n".to_owned(),
            },
        ),
        Err(why) => (StatusCode::SERVICE_UNAVAILABLE, format!("{why}\n")),
    }
}
