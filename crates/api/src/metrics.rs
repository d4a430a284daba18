//! `GET /metrics`: figures in the text form of Prometheus, for readers who may read logs.

use std::fmt;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::Response;
use axum::routing::get;
use compasso_types::Timestamp;

use crate::errors::Failure;
use crate::reader::{refuse, respond};
use crate::{ApiSettings, Edge, identity, protocol, signature};

/// The media type of the text form.
const CONTENT_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";

/// Where the figures come from.
#[derive(Clone)]
pub struct MetricsText(Arc<dyn Fn() -> String + Send + Sync>);

impl MetricsText {
    /// Makes a source of `text`, which is called for each request.
    pub fn new(text: impl Fn() -> String + Send + Sync + 'static) -> Self {
        Self(Arc::new(text))
    }
}

impl fmt::Debug for MetricsText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MetricsText")
    }
}

/// Answers with all figures.
pub(crate) async fn answer(State(edge): State<Edge>, request: Request) -> Response {
    let Some(metrics) = &edge.settings.metrics else {
        return protocol::unknown_path(State(edge), request).await;
    };
    let admitted = identity::reader(&edge, &request.into_parts().0, "GET /metrics").await;
    written(metrics, admitted.map(drop))
}

fn scraped(
    settings: &ApiSettings,
    metrics: &MetricsText,
    request: &Parts,
    now: Timestamp,
) -> Response {
    written(metrics, signature::admit_scraper(settings, request, now))
}

fn written(metrics: &MetricsText, admitted: Result<(), Failure>) -> Response {
    match admitted {
        Ok(()) => respond(StatusCode::OK, CONTENT_TYPE, Body::from(metrics.0())),
        Err(failure) => refuse(&failure),
    }
}

/// Makes the routes of a server that stands by: it answers for nothing but itself.
pub fn standby(
    settings: ApiSettings,
    now: impl Fn() -> Timestamp + Clone + Send + Sync + 'static,
) -> Router {
    let settings = Arc::new(settings);
    let answer = move |request: Request| {
        let metrics = settings.metrics.as_ref();
        let parts = request.into_parts().0;
        let answer = metrics.map(|metrics| scraped(&settings, metrics, &parts, now()));
        std::future::ready(answer.ok_or(StatusCode::NOT_FOUND))
    };
    Router::new().route("/metrics", get(answer))
}
