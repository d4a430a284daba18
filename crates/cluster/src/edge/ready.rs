//! What a node says of itself: whether it is alive, and whether it can have requests answered.
//!
//! A node that stands by can do so only if it reaches the owner. It looks for itself, as nobody else sees the owner
//! from where it is; the owner says who it is, lest somebody else answers at its address.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::extract::{Request, State};
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use tokio::time::sleep;
use tracing::{info, warn};

use super::begun::Begun;
use super::{Edge, Owner, Route};
use crate::duty::LEASE;
use crate::links;
use crate::member::OLD_COPY;

/// Most bytes of what an engine says of itself.
const READY_BYTES_MAX: usize = 4096;
/// How often it is looked whether the owner can be reached.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// How often a node looks for itself at its own address before it says that it is not found there.
const OWN_TRIES: usize = 3;
/// The id of the node that answers.
const NODE: HeaderName = HeaderName::from_static("compasso-node");

/// Whether the owner can be reached.
#[derive(Clone, Debug, Default)]
pub(super) struct Reach {
    /// The id of an owner that cannot be, since when, and why.
    missed: Option<(Arc<str>, Instant, String)>,
    /// Whether that has lasted for longer than a dead owner would have been one.
    is_told: bool,
}

impl Reach {
    /// Returns why the owner `id` cannot be reached, if that is so.
    fn missing(&self, id: &str) -> Option<String> {
        let (missed, _, why) = self.missed.as_ref()?;
        (self.is_told && **missed == *id).then(|| why.clone())
    }
}

/// Says that this node is alive, and which one it is.
pub(super) async fn alive(State(edge): State<Edge>) -> Response {
    let mut response = "ok\n".into_response();
    if let Ok(id) = HeaderValue::from_str(edge.member.id()) {
        response.headers_mut().insert(NODE, id);
    }
    response
}

/// Says whether requests are answered here or by a node that this one reaches.
pub(super) async fn ready(State(edge): State<Edge>, request: Request) -> (StatusCode, String) {
    let unready = |why: String| (StatusCode::SERVICE_UNAVAILABLE, format!("{why}\n"));
    let (is_ahead, age, hindrance) = {
        let standing = edge.standing.borrow();
        (standing.is_ahead, standing.age(Instant::now()), standing.hindrance.clone())
    };
    // Requests that still come are answered, but whoever shares them out is to ask others from now on.
    if *edge.is_stopping.borrow() {
        return unready("this node is stopping".to_owned());
    }
    // Whoever owns the copy: this node stands by for nobody.
    if is_ahead {
        return unready(OLD_COPY.to_owned());
    }
    if let Some(danger) = edge.danger() {
        return unready(danger.to_string());
    }
    match edge.route(false) {
        Route::Here(begun) => edge.ready_here(begun, request).await,
        Route::There(_) | Route::Nowhere if age >= LEASE => {
            unready("the database does not answer, so nobody knows who the owner is".to_owned())
        }
        Route::There(Owner { id, address }) => match edge.reach.borrow().missing(&id) {
            Some(why) => unready(format!("the owner {address} cannot be reached: {why}")),
            None => (StatusCode::OK, format!("standby of {address}\n")),
        },
        Route::Nowhere => unready(match hindrance {
            Some(why) => format!("no owner: {why}"),
            None => "no owner".to_owned(),
        }),
    }
}

impl Edge {
    /// Says what the engine of this node says of itself.
    async fn ready_here(&self, begun: Begun, request: Request) -> (StatusCode, String) {
        let (parts, body) = self.answer(begun, request).await.into_parts();
        let said = axum::body::to_bytes(body, READY_BYTES_MAX).await.unwrap_or_default();
        let said = String::from_utf8_lossy(&said);
        let of_owner = said.strip_prefix("ok").map(|rest| format!("owner{rest}"));
        (parts.status, of_owner.unwrap_or_else(|| said.into_owned()))
    }

    /// Looks again and again whether this node reaches the owner, and first whether it finds itself at the
    /// `address` that the others have of it.
    pub async fn look_around(&self, address: &str) -> Infallible {
        tokio::join!(self.look_at_itself(address), self.look_at_owner()).1
    }

    async fn look_at_itself(&self, address: &str) {
        let mut why = String::new();
        for _ in 0..OWN_TRIES {
            match found(address, self.member.id(), true).await {
                Ok(()) => return,
                Err(error) => why = error,
            }
            sleep(LOOK_EVERY).await;
        }
        warn!(
            address,
            why, "this node does not find itself where others are to reach it; see --advertise"
        );
    }

    async fn look_at_owner(&self) -> Infallible {
        loop {
            let owner = match self.route(false) {
                Route::There(owner) => Some(owner),
                Route::Here(_) | Route::Nowhere => None,
            };
            if let Some(owner) = owner {
                let found = found(&owner.address, &owner.id, false).await;
                self.reach.send_modify(|reach| reach.note(&owner, found, now()));
            }
            sleep(LOOK_EVERY).await;
        }
    }
}

impl Reach {
    /// Takes note of a look at the owner; tells when that changes something.
    fn note(&mut self, owner: &Owner, found: Result<(), String>, now: Instant) {
        let address = &*owner.address;
        let Err(why) = found else {
            if self.is_told {
                info!(address, "the owner is reached");
            }
            *self = Self::default();
            return;
        };
        let since = match &self.missed {
            Some((id, since, _)) if *id == owner.id => *since,
            Some(_) | None => {
                self.is_told = false;
                now
            }
        };
        if !self.is_told && now.saturating_duration_since(since) >= LEASE {
            self.is_told = true;
            warn!(address, why, "the owner is alive, but cannot be reached from this node");
        }
        self.missed = Some((owner.id.clone(), since, why));
    }
}

/// Looks whether the node `id` answers at an address. One of an earlier release does not say who it is.
async fn found(address: &str, id: &str, says_so: bool) -> Result<(), String> {
    let answer = links::look(address).await?;
    match answer.headers().get(NODE) {
        Some(other) if other.as_bytes() != id.as_bytes() => Err("another node answers".to_owned()),
        None if says_so || !answer.status().is_success() => {
            Err("what answers is no node of the cluster".to_owned())
        }
        Some(_) | None => Ok(()),
    }
}

/// Returns the present instant, by a clock that tests may turn.
fn now() -> Instant {
    tokio::time::Instant::now().into_std()
}
