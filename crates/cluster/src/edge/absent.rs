//! What a node answers before its database is there: that it is alive, and why it can do nothing yet.

use axum::Router;
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::get;
use tokio::sync::watch;

use super::unbegun;

/// Makes the routes of a node that waits for its database, and knows `why` it cannot be used.
pub fn without_store(why: watch::Receiver<String>) -> Router {
    let ready = move || {
        std::future::ready((StatusCode::SERVICE_UNAVAILABLE, format!("{}\n", *why.borrow())))
    };
    Router::new()
        .route("/healthz", get(|| std::future::ready("ok\n")))
        .route("/readyz", get(ready))
        .fallback(refuse)
}

async fn refuse() -> Response {
    unbegun("unbegun", "The database does not answer yet; ask again.")
}
