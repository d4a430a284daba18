//! The console: a page of static files that lives on the REST interface.
//!
//! Its pages hold no data, so nobody is asked who they are. The content security policy lets no
//! script run but the console's own, and no other site frame it.

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::header::{
    ACCEPT, ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_SECURITY_POLICY,
    CONTENT_TYPE, REFERRER_POLICY, VARY, X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use axum::response::Response;
use axum::routing::get;

use crate::Edge;

/// The editor makes style sheets in the page: they carry the nonce, which is new in every answer.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'nonce-{nonce}'; \
    img-src 'self' data:; font-src 'self'; connect-src 'self'; base-uri 'none'; \
    form-action 'self'; frame-ancestors 'none'; require-trusted-types-for 'script'";
/// Where the nonce stands in [`POLICY`] and in the page.
const NONCE: &str = "{nonce}";
const FOREVER: &str = "public, max-age=31536000, immutable";

/// What the addresses of pages begin with: the paths of `ui/src/router.tsx`.
const PAGES: [&str; 12] = [
    "/overview",
    "/runs",
    "/jobs",
    "/approvals",
    "/schedules",
    "/workflows",
    "/pipelines",
    "/studio",
    "/history",
    "/workers",
    "/secrets",
    "/settings",
];

/// Makes the routes of everything but `/`, which the protocol shares.
pub(crate) fn routes() -> Router<Edge> {
    let pages = PAGES.iter().fold(Router::new(), |routes, path| {
        routes.route(path, get(page)).route(&format!("{path}/{{*rest}}"), get(page))
    });
    pages
        .route("/assets/{*path}", get(file))
        .route("/theme.js", get(file))
        .route("/favicon.svg", get(file))
}

/// Answers with the page. It finds out by its address what to show.
pub(crate) async fn page(State(edge): State<Edge>) -> Response {
    let nonce = edge.service.new_id();
    let page = String::from_utf8_lossy(&compasso_console::page()).replace(NONCE, &nonce);
    let policy = HeaderValue::from_str(&POLICY.replace(NONCE, &nonce));
    let mut response = respond(
        page.into_bytes(),
        [(CONTENT_TYPE, "text/html; charset=utf-8"), (CACHE_CONTROL, "no-store")],
    );
    let policy = policy.expect("a UUID is part of a header value");
    response.headers_mut().insert(CONTENT_SECURITY_POLICY, policy);
    response
}

/// Says whether a browser asks for a page, and not a program for an answer.
pub(crate) fn is_for_people(request: &Request) -> bool {
    let accepted = request.headers().get(ACCEPT).and_then(|value| value.to_str().ok());
    request.method() == Method::GET
        && !request.uri().path().starts_with("/api/")
        && accepted.is_some_and(|accepted| accepted.contains("text/html"))
}

async fn file(request: Request) -> Response {
    let path = request.uri().path().trim_start_matches('/');
    let Some(file) = compasso_console::file(path, takes_gzip(request.headers())) else {
        let mut response = Response::new(Body::empty());
        *response.status_mut() = StatusCode::NOT_FOUND;
        return response;
    };
    let age = if file.is_immutable { FOREVER } else { "no-cache" };
    let mut response = respond(
        file.content.into_owned(),
        [(CONTENT_TYPE, file.media_type), (CACHE_CONTROL, age), (VARY, "accept-encoding")],
    );
    if file.is_compressed {
        response.headers_mut().insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    }
    response
}

fn takes_gzip(headers: &HeaderMap) -> bool {
    let accepted = headers.get(ACCEPT_ENCODING).and_then(|value| value.to_str().ok());
    accepted.is_some_and(|accepted| accepted.split(',').any(|coding| coding.trim() == "gzip"))
}

fn respond<const N: usize>(content: Vec<u8>, headers: [(HeaderName, &'static str); N]) -> Response {
    let mut response = Response::new(Body::from(content));
    let always = [(X_CONTENT_TYPE_OPTIONS, "nosniff"), (REFERRER_POLICY, "no-referrer")];
    for (name, value) in headers.into_iter().chain(always) {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    response
}
