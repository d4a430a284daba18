//! Where requests go: the owner answers them, any other node sends them on to it as they are.
//!
//! A request that was not sent waits for the next owner. One that was sent and has no answer may have
//! been carried out: only what changes nothing is sent again, for the others it is the caller who knows.

mod absent;
mod begun;
mod ready;
mod sending;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::header::{CONTENT_TYPE, RETRY_AFTER};
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::response::Response;
use axum::routing::{any, get};
use compasso_store::Node;
use tokio::sync::watch;
use tokio::time::{sleep, timeout_at};
use tower::ServiceExt;

pub use self::absent::without_store;
pub use self::begun::Here;

use self::begun::Begun;
use self::ready::Reach;
use self::sending::{SENT_ON_BY, repeatable};
use crate::Member;
use crate::duty::{Duty, Standing};
use crate::links::{Failure, Links};

/// How long a request waits for an owner.
const OWNER_WAIT_MAX: Duration = Duration::from_secs(10);
/// How soon an owner is tried again that could not be reached.
const TRY_AGAIN_AFTER: Duration = Duration::from_millis(100);
/// Says of a request that is refused that it was certainly not begun.
const UNBEGUN: HeaderName = HeaderName::from_static("compasso-unbegun");

/// What takes the requests of a node; `clone` is cheap.
#[derive(Clone)]
pub struct Edge {
    member: Member,
    standing: watch::Receiver<Standing>,
    here: watch::Receiver<Option<Here>>,
    standby: Router,
    links: Links,
    /// Whether the owner can be reached.
    reach: watch::Sender<Reach>,
    /// Whether this node was asked to stop.
    is_stopping: watch::Sender<bool>,
    /// Whether nobody is to wait here for an owner any more.
    is_ending: watch::Sender<bool>,
    /// Why the store may lose what it is given, if it may.
    danger: Option<watch::Receiver<Option<Arc<str>>>>,
    /// How many requests were refused, which makes their ids.
    refused: Arc<AtomicU64>,
}

enum Route {
    Here(Begun),
    There(Owner),
    Nowhere,
}

/// A node that answers, as this one knows.
struct Owner {
    id: Arc<str>,
    address: Arc<str>,
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
            reach: watch::Sender::new(Reach::default()),
            is_stopping: watch::Sender::new(false),
            is_ending: watch::Sender::new(false),
            danger: None,
            refused: Arc::default(),
        }
    }

    /// Has the node be unready while the store may lose what it is given, for the reason that is known.
    pub fn minding(self, danger: watch::Receiver<Option<Arc<str>>>) -> Self {
        Self { danger: Some(danger), ..self }
    }

    /// Has the node be unready from now on, as it was asked to stop. Requests that still come are answered.
    pub fn stop(&self) {
        self.is_stopping.send_replace(true);
    }

    /// Refuses all that waits here for an owner, and will: another node is to be asked.
    pub fn end(&self) {
        self.is_ending.send_replace(true);
    }

    fn danger(&self) -> Option<Arc<str>> {
        self.danger.as_ref()?.borrow().clone()
    }

    /// Makes the routes: all paths, and `/healthz` and `/readyz` of the node itself.
    pub fn router(self) -> Router {
        Router::new()
            .route("/healthz", get(ready::alive))
            .route("/readyz", get(ready::ready))
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
            // Counted before anybody can take the engine away.
            return if acts { Route::Here(here.begin()) } else { Route::Nowhere };
        }
        match standing.owner_elsewhere(self.member.id()) {
            Some(Node { identity, .. }) if !was_sent_on => {
                Route::There(Owner { id: identity.id.clone(), address: identity.address.clone() })
            }
            Some(_) | None => Route::Nowhere,
        }
    }

    /// Says whether this node is the owner, and nobody else can be.
    fn acts(&self) -> bool {
        self.standing.borrow().duty(self.member.id(), Instant::now()) == Duty::Act
    }

    /// Says whether this node neither is the owner nor about to be, for all it knows.
    fn is_no_owner(&self) -> bool {
        let standing = self.standing.borrow();
        !standing.owns && standing.roll.owner.as_ref() != Some(self.member.id())
    }

    /// Waits until something else is known.
    async fn change(&mut self) {
        // Whoever tells is gone only when the process ends.
        let _ = tokio::select! {
            changed = self.standing.changed() => changed,
            changed = self.here.changed() => changed,
        };
    }
}

/// Has a request for figures answered by this node, whatever it does.
async fn metrics(State(edge): State<Edge>, request: Request) -> Response {
    let Some(again) = repeatable(&request) else { return edge.of_standby(request).await };
    if let Route::Here(begun) = edge.route(true) {
        let answer = edge.answer(begun, request).await;
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
            Route::Here(begun) => return edge.answer(begun, request).await,
            Route::There(owner) => match edge.send_on(&owner, request).await {
                Ok(answer) => return answer,
                Err(Failure::Unsent(unsent)) => request = *unsent,
                Err(Failure::Lost(why)) => {
                    tracing::debug!(why, "a request was lost with its owner");
                    return edge.refusal("The node that had this request is gone; ask again.");
                }
                Err(Failure::Unread(why)) => return edge.unread(&why),
            },
            // Who sent it knows the next owner sooner than it would come from here.
            Route::Nowhere if was_sent_on && edge.is_no_owner() => {
                return edge.unbegun("This node is not the owner; ask again.");
            }
            Route::Nowhere if *edge.is_ending.borrow() => {
                return edge.unbegun("This node is ending; ask another one.");
            }
            Route::Nowhere => {}
        }
        let change = async {
            tokio::select! {
                () = edge.change() => {}
                () = sleep(TRY_AGAIN_AFTER) => {}
            }
        };
        if timeout_at(deadline, change).await.is_err() {
            return edge.unbegun("No node owns the store at present; ask again.");
        }
    }
}

impl Edge {
    /// Has a request answered by what a node knows that does not work.
    async fn of_standby(self, request: Request) -> Response {
        match self.standby.oneshot(request).await {
            Ok(answer) => answer,
            Err(never) => match never {},
        }
    }

    /// Has this node's engine answer. Who hangs up is noticed there. What the engine read is told only if nobody
    /// else could have changed it until the answer was made; what becomes of this node later does not matter.
    async fn answer(&self, begun: Begun, request: Request) -> Response {
        let (router, edge) = (begun.router.clone(), self.clone());
        let work = async move { (router.oneshot(request).await, edge.acts()) };
        let mut answering = AbortOnDrop(begun.runtime.spawn(work));
        match (&mut answering.0).await {
            Ok((Ok(answer), true)) => answer,
            Ok((Ok(_), false)) => self.refusal("This node is the owner no longer; ask again."),
            Ok((Err(never), _)) => match never {},
            Err(ended) if ended.is_cancelled() => self.refusal("This node is ending; ask again."),
            Err(_) => {
                let status = StatusCode::INTERNAL_SERVER_ERROR;
                respond(&self.next_id(), status, "InternalError", "See the log.")
            }
        }
    }
}

impl Edge {
    /// Asks to try again.
    fn refusal(&self, why: &str) -> Response {
        refusal(&self.next_id(), why)
    }

    /// The same for a request that nobody has begun.
    fn unbegun(&self, why: &str) -> Response {
        unbegun(&self.next_id(), why)
    }

    /// Says that a body did not come to its end.
    fn unread(&self, why: &str) -> Response {
        tracing::debug!(why, "a request cannot be read");
        let why = "The body of the request did not come to its end.";
        respond(&self.next_id(), StatusCode::BAD_REQUEST, "ValidationException", why)
    }

    /// Returns the id of a request that is refused.
    fn next_id(&self) -> String {
        let number = self.refused.fetch_add(1, Ordering::Relaxed);
        format!("{}-{number}", self.member.id())
    }
}

/// Asks to try again.
fn refusal(id: &str, why: &str) -> Response {
    let mut response = respond(id, StatusCode::SERVICE_UNAVAILABLE, "ServiceUnavailable", why);
    response.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static("1"));
    response
}

/// The same for a request that nobody has begun.
fn unbegun(id: &str, why: &str) -> Response {
    let mut response = refusal(id, why);
    response.headers_mut().insert(UNBEGUN, HeaderValue::from_static("1"));
    response
}

/// Says what is wrong, in the words of both protocols.
fn respond(id: &str, status: StatusCode, code: &str, why: &str) -> Response {
    let text =
        format!(r#"{{"__type":"{code}","code":"{code}","message":"{why}","requestId":"{id}"}}"#);
    let mut response = Response::new(Body::from(text));
    *response.status_mut() = status;
    let json = HeaderValue::from_static("application/json");
    response.headers_mut().insert(CONTENT_TYPE, json);
    response
}

struct AbortOnDrop<T>(tokio::task::JoinHandle<T>);

impl<T> Drop for AbortOnDrop<T> {
    fn drop(&mut self) {
        self.0.abort();
    }
}
