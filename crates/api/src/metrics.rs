//! `GET /metrics`: figures in the text form of Prometheus, for readers who may read logs.

use std::fmt;
use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::Response;

use crate::reader::{refuse, respond};
use crate::{Edge, protocol, signature};

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
    let parts = request.into_parts().0;
    match signature::admit_scraper(&edge.settings, &parts, edge.service.now()) {
        Ok(()) => respond(StatusCode::OK, CONTENT_TYPE, Body::from(metrics.0())),
        Err(failure) => refuse(&failure),
    }
}
