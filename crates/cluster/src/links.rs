//! Connections to the owner, kept for the next request.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use axum::body::Body;
use axum::extract::Request;
use axum::http::header::HOST;
use axum::http::{HeaderValue, Uri};
use axum::response::Response;
use hyper::client::conn::http1::{self, SendRequest};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::task::JoinHandle;

/// Longest wait for a connection.
const CONNECT_MAX: Duration = Duration::from_secs(2);
/// How many connections are kept that nobody uses.
const IDLE_MAX: usize = 256;
/// How long they are kept: less than a server keeps them.
const IDLE_FOR: Duration = Duration::from_secs(20);

/// A request has no answer.
pub(crate) enum Failure {
    /// It was not sent: here it is again.
    Unsent(Box<Request>),
    /// It may have been carried out.
    Lost(String),
    /// Its body did not come to its end.
    Unread(String),
}

/// Connections to one address at a time.
#[derive(Clone, Default)]
pub(crate) struct Links {
    idle: Arc<Mutex<Idle>>,
}

#[derive(Default)]
struct Idle {
    address: Arc<str>,
    links: Vec<Link>,
}

/// A connection; it is closed when it is dropped, so that the other side learns that nobody waits any more.
struct Link {
    sender: SendRequest<Body>,
    task: JoinHandle<()>,
    used: Instant,
}

impl Drop for Link {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Links {
    /// Sends a request to `address` and returns the answer as soon as it begins.
    pub(crate) async fn send(
        &self,
        address: &Arc<str>,
        mut request: Request,
    ) -> Result<Response, Failure> {
        while let Some(link) = self.idle_to(address) {
            match self.exchange(address, link, request).await {
                Err(Failure::Unsent(unsent)) => request = *unsent,
                done => return done,
            }
        }
        match tokio::time::timeout(CONNECT_MAX, connect(address)).await {
            Ok(Ok(link)) => self.exchange(address, link, request).await,
            Ok(Err(error)) => {
                tracing::debug!(%address, %error, "the owner cannot be reached");
                Err(Failure::Unsent(Box::new(request)))
            }
            Err(_) => Err(Failure::Unsent(Box::new(request))),
        }
    }

    async fn exchange(
        &self,
        address: &Arc<str>,
        mut link: Link,
        request: Request,
    ) -> Result<Response, Failure> {
        match link.sender.try_send_request(request).await {
            Ok(answer) => {
                let (links, address) = (self.clone(), address.clone());
                tokio::spawn(async move {
                    // It is ready once the answer has been read to its end.
                    if link.sender.ready().await.is_ok() {
                        links.keep(&address, link);
                    }
                });
                Ok(answer.map(Body::new))
            }
            Err(mut error) => Err(match error.take_message() {
                Some(unsent) => Failure::Unsent(Box::new(unsent)),
                None => Failure::Lost(error.error().to_string()),
            }),
        }
    }

    fn idle_to(&self, address: &Arc<str>) -> Option<Link> {
        let mut idle = self.lock();
        if idle.address != *address {
            *idle = Idle { address: address.clone(), links: Vec::new() };
        }
        let is_good = |link: &Link| link.used.elapsed() < IDLE_FOR && link.sender.is_ready();
        // The last one was used last: if it is too old, all are.
        let link = idle.links.pop().filter(is_good);
        if link.is_none() {
            idle.links.clear();
        }
        link
    }

    fn keep(&self, address: &Arc<str>, mut link: Link) {
        link.used = Instant::now();
        let mut idle = self.lock();
        if idle.address == *address && idle.links.len() < IDLE_MAX {
            idle.links.push(link);
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Idle> {
        // Nothing panics under the lock.
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Asks whoever answers at `address` whether it is alive.
pub(crate) async fn look(address: &str) -> Result<Response, String> {
    let looked = async {
        let mut link = connect(address).await?;
        let mut request = Request::new(Body::empty());
        *request.uri_mut() = Uri::from_static("/healthz");
        let host = HeaderValue::from_str(address).map_err(|error| error.to_string())?;
        request.headers_mut().insert(HOST, host);
        let answer = link.sender.send_request(request).await;
        answer.map(|answer| answer.map(Body::new)).map_err(|error| error.to_string())
    };
    let looked = tokio::time::timeout(CONNECT_MAX, looked).await;
    looked.unwrap_or_else(|_| Err("it does not answer".to_owned()))
}

async fn connect(address: &str) -> Result<Link, String> {
    let stream = TcpStream::connect(address).await.map_err(|error| error.to_string())?;
    // A failure costs latency, nothing else.
    let _ = stream.set_nodelay(true);
    let shaken = http1::handshake(TokioIo::new(stream)).await;
    let (sender, connection) = shaken.map_err(|error| error.to_string())?;
    let task = tokio::spawn(async move {
        if let Err(error) = connection.await {
            tracing::debug!(%error, "a connection to the owner ended early");
        }
    });
    Ok(Link { sender, task, used: Instant::now() })
}
