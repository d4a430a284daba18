//! Where requests go: the owner answers them, any other node sends them on to it as they are.
//!
//! A request that was not sent waits for the next owner. One that was sent and has no answer may have
//! been carried out: only what changes nothing is sent again, for the others it is the caller who knows.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Body;
use axum::extract::{ConnectInfo, Request, State};
use axum::http::header::{
    CONNECTION, CONTENT_LENGTH, CONTENT_TYPE, RETRY_AFTER, TE, TRAILER, TRANSFER_ENCODING, UPGRADE,
};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Version};
use axum::response::Response;
use axum::routing::{any, get};
use futures::StreamExt;
use tokio::runtime::Handle;
use tokio::sync::watch;
use tokio::time::{sleep, timeout_at};
use tower::ServiceExt;

use crate::Member;
use crate::duty::{Duty, Standing};
use crate::links::{Failure, Links};
use crate::member::OLD_COPY;

/// How long a request waits for an owner.
const OWNER_WAIT_MAX: Duration = Duration::from_secs(10);
/// How soon an owner is tried again that could not be reached.
const TRY_AGAIN_AFTER: Duration = Duration::from_millis(100);
/// Most bytes of what an engine says of itself.
const READY_BYTES_MAX: usize = 4096;
/// Names the node that sent a request on, which happens once.
const SENT_ON_BY: HeaderName = HeaderName::from_static("compasso-sent-on-by");
/// Says whose request it is that somebody sends on.
const FORWARDED: HeaderName = HeaderName::from_static("x-forwarded-for");
/// Headers that are about one connection.
const OF_CONNECTION: [HeaderName; 5] = [CONNECTION, TE, TRAILER, TRANSFER_ENCODING, UPGRADE];

/// The engine of a node that is the owner.
#[derive(Clone)]
pub struct Here {
    /// What answers.
    pub router: Router,
    /// Where it does: what it began ends with this runtime.
    pub runtime: Handle,
}

/// What takes the requests of a node; `clone` is cheap.
#[derive(Clone)]
pub struct Edge {
    member: Member,
    standing: watch::Receiver<Standing>,
    here: watch::Receiver<Option<Here>>,
    standby: Router,
    links: Links,
    /// How many requests were refused, which makes their ids.
    refused: Arc<AtomicU64>,
}

enum Route {
    Here(Here),
    There(Arc<str>),
    Nowhere,
}

impl Edge {
    /// Makes the edge of a node, whose engine is `here` while it runs. While it does not, `standby`
    /// answers for what is the node's own: `/metrics`.
    pub fn new(member: Member, here: watch::Receiver<Option<Here>>, standby: Router) -> Self {
        Self {
            standing: member.standing(),
            member,
            here,
            standby,
            links: Links::default(),
            refused: Arc::default(),
        }
    }

    /// Makes the routes: all paths, and `/healthz` and `/readyz` of the node itself.
    pub fn router(self) -> Router {
        Router::new()
            .route("/healthz", get(|| async { "ok\n" }))
            .route("/readyz", get(ready))
            .route("/metrics", any(metrics))
            .fallback(take)
            .with_state(self)
    }

    /// Waits until requests are answered: by this node, or by one that it knows.
    pub async fn ready(&self) {
        let mut watched = self.clone();
        while matches!(watched.route(false), Route::Nowhere) {
            watched.change().await;
        }
    }

    fn route(&self, was_sent_on: bool) -> Route {
        let standing = self.standing.borrow();
        if let Some(here) = &*self.here.borrow() {
            let acts = standing.duty(self.member.id(), Instant::now()) == Duty::Act;
            return if acts { Route::Here(here.clone()) } else { Route::Nowhere };
        }
        match standing.owner_elsewhere(self.member.id()) {
            Some(owner) if !was_sent_on => Route::There(owner.identity.address.clone()),
            Some(_) | None => Route::Nowhere,
        }
    }

    /// Waits until something else is known.
    async fn change(&mut self) {
        // Whoever tells is gone only when the process ends.
        let _ = tokio::select! {
            changed = self.standing.changed() => changed,
            changed = self.here.changed() => changed,
        };
    }

    /// Waits until `address` is no longer that of the owner.
    async fn until_owner_changes(mut self, address: Arc<str>) {
        let is_other = |standing: &Standing| {
            standing
                .owner_elsewhere(self.member.id())
                .is_none_or(|owner| owner.identity.address != address)
        };
        if self.standing.wait_for(is_other).await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}

/// Says whether requests are answered here or by a node that this one knows.
async fn ready(State(edge): State<Edge>, request: Request) -> (StatusCode, String) {
    // Whoever owns the copy: this node stands by for nobody.
    if edge.standing.borrow().is_ahead {
        return (StatusCode::SERVICE_UNAVAILABLE, format!("{OLD_COPY}\n"));
    }
    match edge.route(false) {
        Route::Here(here) => edge.ready_here(here, request).await,
        Route::There(address) => (StatusCode::OK, format!("standby of {address}\n")),
        Route::Nowhere => (StatusCode::SERVICE_UNAVAILABLE, "no owner\n".to_owned()),
    }
}

/// Has a request for figures answered by this node, whatever it does.
async fn metrics(State(edge): State<Edge>, request: Request) -> Response {
    let Some(again) = repeatable(&request) else { return edge.of_standby(request).await };
    if let Route::Here(here) = edge.route(true) {
        let answer = edge.answer(here, request).await;
        // It may have ended meanwhile.
        if answer.status() != StatusCode::SERVICE_UNAVAILABLE {
            return answer;
        }
    }
    edge.of_standby(again).await
}

/// Has a request answered.
async fn take(State(mut edge): State<Edge>, mut request: Request) -> Response {
    let was_sent_on = request.headers().contains_key(SENT_ON_BY);
    let deadline = tokio::time::Instant::now() + OWNER_WAIT_MAX;
    loop {
        edge.standing.mark_unchanged();
        edge.here.mark_unchanged();
        match edge.route(was_sent_on) {
            Route::Here(here) => return edge.answer(here, request).await,
            Route::There(address) => match edge.send_on(address, request).await {
                Ok(answer) => return answer,
                Err(Failure::Unsent(unsent)) => request = *unsent,
                Err(Failure::Lost(why)) => {
                    tracing::debug!(why, "a request was lost with its owner");
                    return edge.refusal("The node that had this request is gone; ask again.");
                }
            },
            Route::Nowhere => {}
        }
        let change = async {
            tokio::select! {
                () = edge.change() => {}
                () = sleep(TRY_AGAIN_AFTER) => {}
            }
        };
        if timeout_at(deadline, change).await.is_err() {
            return edge.refusal("No node owns the store at present; ask again.");
        }
    }
}

impl Edge {
    /// Says what the engine of this node says of itself.
    async fn ready_here(&self, here: Here, request: Request) -> (StatusCode, String) {
        let (parts, body) = self.answer(here, request).await.into_parts();
        let said = axum::body::to_bytes(body, READY_BYTES_MAX).await.unwrap_or_default();
        let said = String::from_utf8_lossy(&said);
        let of_owner = said.strip_prefix("ok").map(|rest| format!("owner{rest}"));
        (parts.status, of_owner.unwrap_or_else(|| said.into_owned()))
    }

    /// Has a request answered by what a node knows that does not work.
    async fn of_standby(self, request: Request) -> Response {
        match self.standby.oneshot(request).await {
            Ok(answer) => answer,
            Err(never) => match never {},
        }
    }

    /// Has this node's engine answer. Who hangs up is noticed there; what the engine read before another
    /// node took over is told to nobody.
    async fn answer(&self, here: Here, request: Request) -> Response {
        let Here { router, runtime } = here;
        let mut answering = AbortOnDrop(runtime.spawn(router.oneshot(request)));
        let answer = (&mut answering.0).await;
        if self.standing.borrow().duty(self.member.id(), Instant::now()) != Duty::Act {
            return self.refusal("This node is the owner no longer; ask again.");
        }
        match answer {
            Ok(Ok(answer)) => answer,
            Ok(Err(never)) => match never {},
            Err(ended) if ended.is_cancelled() => self.refusal("This node is ending; ask again."),
            Err(_) => {
                self.respond(StatusCode::INTERNAL_SERVER_ERROR, "InternalError", "See the log.")
            }
        }
    }

    /// Sends a request on, for as long as its receiver is the owner.
    async fn send_on(&self, address: Arc<str>, request: Request) -> Result<Response, Failure> {
        let again = repeatable(&request);
        let request = self.marked(request);
        let gone = self.clone().until_owner_changes(address.clone());
        let sent = tokio::select! {
            sent = self.links.send(&address, request) => sent,
            () = gone => Err(Failure::Lost("another node is the owner".to_owned())),
        };
        match (sent, again) {
            (Ok(answer), _) => Ok(self.until_owner_ends(address, answer)),
            (Err(Failure::Lost(_)), Some(again)) => Err(Failure::Unsent(Box::new(again))),
            (Err(failure), _) => Err(failure),
        }
    }

    fn marked(&self, mut request: Request) -> Request {
        let peer = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|peer| peer.0.ip());
        let headers = request.headers_mut();
        if let Some(peer) = peer.filter(|_| !headers.contains_key(FORWARDED))
            && let Ok(peer) = HeaderValue::from_str(&peer.to_string())
        {
            headers.insert(FORWARDED, peer);
        }
        drop_of_connection(headers);
        if let Ok(id) = HeaderValue::from_str(self.member.id()) {
            headers.insert(SENT_ON_BY, id);
        }
        *request.version_mut() = Version::HTTP_11;
        request
    }

    /// Ends an answer that is still being read when another node takes over: who is frozen would
    /// otherwise keep a reader waiting for ever.
    fn until_owner_ends(&self, address: Arc<str>, answer: Response) -> Response {
        let (mut parts, body) = answer.into_parts();
        drop_of_connection(&mut parts.headers);
        let gone = Box::pin(self.clone().until_owner_changes(address));
        let body = Body::from_stream(body.into_data_stream().take_until(gone));
        Response::from_parts(parts, body)
    }
}

impl Edge {
    /// Asks to try again.
    fn refusal(&self, why: &str) -> Response {
        let mut response = self.respond(StatusCode::SERVICE_UNAVAILABLE, "ServiceUnavailable", why);
        response.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static("1"));
        response
    }

    /// Says what is wrong, in the words of both protocols.
    fn respond(&self, status: StatusCode, code: &str, why: &str) -> Response {
        let number = self.refused.fetch_add(1, Ordering::Relaxed);
        let id = format!("{}-{number}", self.member.id());
        let text = format!(
            r#"{{"__type":"{code}","code":"{code}","message":"{why}","requestId":"{id}"}}"#
        );
        let mut response = Response::new(Body::from(text));
        *response.status_mut() = status;
        let json = HeaderValue::from_static("application/json");
        response.headers_mut().insert(CONTENT_TYPE, json);
        response
    }
}

fn drop_of_connection(headers: &mut HeaderMap) {
    for name in &OF_CONNECTION {
        headers.remove(name);
    }
}

/// Returns a request that changes nothing once more.
fn repeatable(request: &Request) -> Option<Request> {
    let headers = request.headers();
    let is_plain = matches!(*request.method(), Method::GET | Method::HEAD)
        && !headers.contains_key(TRANSFER_ENCODING)
        && headers.get(CONTENT_LENGTH).is_none_or(|length| length == "0");
    is_plain.then(|| {
        let mut again = Request::new(Body::empty());
        *again.method_mut() = request.method().clone();
        *again.uri_mut() = request.uri().clone();
        *again.headers_mut() = headers.clone();
        again
    })
}

struct AbortOnDrop<T>(tokio::task::JoinHandle<T>);

impl<T> Drop for AbortOnDrop<T> {
    fn drop(&mut self) {
        self.0.abort();
    }
}
