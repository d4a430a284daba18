//! Sending a request on to the owner.
//!
//! An owner that hands over answers what it has begun, and says of all else that it has not: that can be sent
//! to the next owner, whatever it is about.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, Bytes, HttpBody as _, to_bytes};
use axum::extract::{ConnectInfo, Request};
use axum::http::header::{CONNECTION, CONTENT_LENGTH, TE, TRAILER, TRANSFER_ENCODING, UPGRADE};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, Version};
use axum::response::Response;
use futures::StreamExt;
use tokio::time::{sleep, timeout};

use super::{Edge, Owner, UNBEGUN};
use crate::duty::Standing;
use crate::links::Failure;

/// Names the node that sent a request on, which happens once.
pub(super) const SENT_ON_BY: HeaderName = HeaderName::from_static("compasso-sent-on-by");
/// Says whose request it is that somebody sends on.
const FORWARDED: HeaderName = HeaderName::from_static("x-forwarded-for");
/// Headers that are about one connection.
const OF_CONNECTION: [HeaderName; 5] = [CONNECTION, TE, TRAILER, TRANSFER_ENCODING, UPGRADE];
/// A body is kept to be sent again if it has at most so many bytes. Starts and results are smaller.
const KEPT_BYTES_MAX: usize = 1 << 20;
/// Longest wait for such a body.
const BODY_READ_MAX: Duration = Duration::from_secs(60);
/// How long an answer may still come to its end when another node has taken over: who is frozen would otherwise
/// keep a reader waiting for ever.
const LAST_BYTES_MAX: Duration = Duration::from_secs(1);

/// A request as it was, to be sent once more.
struct Kept {
    parts: Parts,
    body: Bytes,
}

impl Kept {
    fn request(&self) -> Request {
        Request::from_parts(self.parts.clone(), Body::from(self.body.clone()))
    }
}

impl Edge {
    /// Sends a request on, and waits for the answer as long as its receiver is alive.
    pub(super) async fn send_on(
        &self,
        owner: &Owner,
        request: Request,
    ) -> Result<Response, Failure> {
        let changes_nothing = matches!(*request.method(), Method::GET | Method::HEAD);
        let (request, kept) = keep(request).await?;
        let gone = self.clone().until_gone(owner.id.clone());
        let sent = tokio::select! {
            sent = self.links.send(&owner.address, self.marked(request)) => sent,
            () = gone => Err(Failure::Lost("another node is the owner".to_owned())),
        };
        match (sent, kept) {
            (Ok(answer), Some(kept)) if answer.headers().contains_key(UNBEGUN) => {
                Err(Failure::Unsent(Box::new(kept.request())))
            }
            (Ok(answer), _) => Ok(self.until_owner_ends(owner.id.clone(), answer)),
            (Err(Failure::Lost(_)), Some(kept)) if changes_nothing => {
                Err(Failure::Unsent(Box::new(kept.request())))
            }
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

    /// Waits until the node `id` is neither the owner nor alive: one that has handed over answers what it began.
    async fn until_gone(self, id: Arc<str>) {
        self.until(|standing| !is_owner(standing, &id) && !standing.is_alive(&id)).await;
    }

    /// Ends an answer that is still being read some time after another node took over.
    fn until_owner_ends(&self, id: Arc<str>, answer: Response) -> Response {
        let (mut parts, body) = answer.into_parts();
        drop_of_connection(&mut parts.headers);
        let edge = self.clone();
        let ended = Box::pin(async move {
            edge.until(|standing| !is_owner(standing, &id)).await;
            sleep(LAST_BYTES_MAX).await;
        });
        let body = Body::from_stream(body.into_data_stream().take_until(ended));
        Response::from_parts(parts, body)
    }

    async fn until(mut self, is_so: impl Fn(&Standing) -> bool) {
        if self.standing.wait_for(is_so).await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}

fn is_owner(standing: &Standing, id: &str) -> bool {
    standing.roll.owner.as_deref() == Some(id)
}

/// Reads the body of a request that can be kept.
async fn keep(request: Request) -> Result<(Request, Option<Kept>), Failure> {
    // One of unknown length is passed on as it comes.
    if request.body().size_hint().upper().is_none_or(|most| most > KEPT_BYTES_MAX as u64) {
        return Ok((request, None));
    }
    let (parts, body) = request.into_parts();
    let lost = |why: &str| Failure::Unread(why.to_owned());
    let read = timeout(BODY_READ_MAX, to_bytes(body, KEPT_BYTES_MAX)).await;
    let body = read.map_err(|_| lost("it is too slow"))?;
    let body = body.map_err(|error| lost(&error.to_string()))?;
    let kept = Kept { parts, body };
    Ok((kept.request(), Some(kept)))
}

fn drop_of_connection(headers: &mut HeaderMap) {
    for name in &OF_CONNECTION {
        headers.remove(name);
    }
}

/// Returns a request that changes nothing once more.
pub(super) fn repeatable(request: &Request) -> Option<Request> {
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
