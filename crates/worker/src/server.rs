//! The server, as a worker calls it.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderValue};
use reqwest::{Body, Client, Method, RequestBuilder, Response, StatusCode, Url};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::protocol::Refused;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// Longest wait for an answer that is given at once.
const CALL_TIMEOUT: Duration = Duration::from_secs(30);
/// Most bytes of an answer that is an error.
const REFUSAL_BYTES_MAX: usize = 64 * 1024;

/// A server and the key to it, or the nodes of a cluster: another one is asked when one does not answer.
/// `clone` is cheap.
#[derive(Clone, Debug)]
pub struct Server {
    client: Client,
    urls: Arc<[Url]>,
    /// The number of the one that is asked; it only grows.
    asked: Arc<AtomicUsize>,
}

/// The server will not have this worker, however often it asks.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct Denied(pub String);

/// Why a call has no answer.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CallError {
    /// Try again later.
    #[error("the server does not answer: {0}")]
    Away(String),
    /// The server does not know the worker: register again.
    #[error("the server does not know this worker")]
    Unknown,
    /// The lease is over: end the task.
    #[error("the lease is over")]
    LeaseLost,
    /// Another worker has the name.
    #[error("{0}")]
    NameTaken(String),
    /// It would be refused again.
    #[error("the server refuses: {0}")]
    Refused(String),
}

impl Server {
    /// Names a server by its URL, or a cluster by those of its nodes, with commas between them; `token` is
    /// what its settings ask of workers.
    ///
    /// # Errors
    /// A URL is none, or the token cannot be sent.
    pub fn new(urls: &str, token: Option<&str>) -> Result<Self, Denied> {
        let parse = |url: &str| {
            let parsed = Url::parse(url).ok().filter(Url::has_host);
            parsed.ok_or_else(|| Denied(format!("{url} is no URL of a server")))
        };
        let urls = urls.split(',').map(str::trim).map(parse).collect::<Result<_, _>>()?;
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        if let Some(token) = token {
            let bearer = HeaderValue::from_str(&format!("Bearer {token}"));
            let mut bearer = bearer.map_err(|_| Denied("the token cannot be sent".to_owned()))?;
            bearer.set_sensitive(true);
            headers.insert(AUTHORIZATION, bearer);
        }
        let client = Client::builder()
            .no_proxy()
            .connect_timeout(CONNECT_TIMEOUT)
            .tcp_nodelay(true)
            .default_headers(headers)
            .build()
            .map_err(|error| Denied(format!("no HTTP client: {error}")))?;
        Ok(Self { client, urls, asked: Arc::default() })
    }

    /// Says that the task of a lease is alive.
    ///
    /// # Errors
    /// The server does not answer, or the lease is over.
    pub async fn beat(&self, lease: &str) -> Result<(), Denied> {
        let heard = self.post(&["leases", lease, "beat"], &serde_json::Map::new()).await;
        heard.map(|_: serde_json::Value| ()).map_err(|error| Denied(error.to_string()))
    }

    /// Posts to a path and reads the answer.
    pub(crate) async fn post<A: DeserializeOwned>(
        &self,
        path: &[&str],
        body: &impl Serialize,
    ) -> Result<A, CallError> {
        self.post_patiently(path, body, CALL_TIMEOUT).await
    }

    /// The same for an answer that may take its time.
    pub(crate) async fn post_patiently<A: DeserializeOwned>(
        &self,
        path: &[&str],
        body: &impl Serialize,
        patience: Duration,
    ) -> Result<A, CallError> {
        let body = serde_json::to_vec(body)
            .map_err(|error| CallError::Refused(format!("it cannot be written: {error}")))?;
        let request = |url| self.client.request(Method::POST, url).timeout(patience).body(body);
        let answer = self.ask(path, request).await?;
        let text = answer.bytes().await.map_err(|error| away(&error))?;
        serde_json::from_slice(&text)
            .map_err(|error| CallError::Away(format!("its answer makes no sense: {error}")))
    }

    /// Asks the node whose turn it is; if it does not answer, the next one has the next call.
    async fn ask(
        &self,
        path: &[&str],
        request: impl FnOnce(Url) -> RequestBuilder,
    ) -> Result<Response, CallError> {
        let asked = self.asked.load(Ordering::Relaxed);
        let answer = match request(self.at(path)).send().await {
            Ok(answer) => accepted(answer).await,
            Err(error) => Err(away(&error)),
        };
        if matches!(answer, Err(CallError::Away(_))) {
            // Another call may have found out already.
            let next = asked.wrapping_add(1);
            let _ = self.asked.compare_exchange(asked, next, Ordering::Relaxed, Ordering::Relaxed);
        }
        answer
    }

    /// Sends a file.
    pub(crate) async fn put_file<A: DeserializeOwned>(
        &self,
        path: &[&str],
        file: tokio::fs::File,
    ) -> Result<A, CallError> {
        let request = |url| {
            let request = self.client.request(Method::PUT, url).body(Body::from(file));
            request.header(CONTENT_TYPE, "application/octet-stream")
        };
        let answer = self.ask(path, request).await?;
        let text = answer.bytes().await.map_err(|error| away(&error))?;
        serde_json::from_slice(&text)
            .map_err(|error| CallError::Away(format!("its answer makes no sense: {error}")))
    }

    /// Begins to read from a path.
    pub(crate) async fn get(&self, path: &[&str]) -> Result<Response, CallError> {
        self.ask(path, |url| self.client.request(Method::GET, url)).await
    }

    /// Says goodbye; whether it is heard does not matter.
    pub(crate) async fn delete(&self, path: &[&str]) {
        let request = self.client.request(Method::DELETE, self.at(path)).timeout(CALL_TIMEOUT);
        if let Err(error) = request.send().await {
            tracing::debug!(%error, "the server did not hear the goodbye");
        }
    }

    /// Returns where the server is reached.
    pub(crate) fn url(&self) -> &str {
        self.present().as_str().trim_end_matches('/')
    }

    /// Returns the URL of the node whose turn it is.
    fn present(&self) -> &Url {
        &self.urls[self.asked.load(Ordering::Relaxed) % self.urls.len()]
    }

    fn at(&self, path: &[&str]) -> Url {
        let mut url = self.present().clone();
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.pop_if_empty().extend(["api", "v1"]).extend(path);
        }
        url
    }
}

async fn accepted(answer: Response) -> Result<Response, CallError> {
    let status = answer.status();
    if status.is_success() {
        return Ok(answer);
    }
    let refused: Refused = serde_json::from_slice(&beginning(answer).await).unwrap_or_default();
    let Refused { code, message } = refused;
    Err(match (status, &*code) {
        (StatusCode::NOT_FOUND, "WorkerUnknown") => CallError::Unknown,
        (StatusCode::CONFLICT, "LeaseLost") => CallError::LeaseLost,
        (StatusCode::CONFLICT, "WorkerNameTaken") => CallError::NameTaken(message),
        (StatusCode::TOO_MANY_REQUESTS | StatusCode::REQUEST_TIMEOUT, _) => {
            CallError::Away(format!("{status} {message}"))
        }
        _ if status.is_server_error() => CallError::Away(format!("{status} {message}")),
        // Somebody between the worker and the server says so, and may not mean it for long. What is
        // too large stays so.
        (_, "") if status != StatusCode::PAYLOAD_TOO_LARGE => CallError::Away(status.to_string()),
        _ => CallError::Refused(format!("{status} {code} {message}")),
    })
}

/// Reads the beginning of a body.
async fn beginning(mut answer: Response) -> Vec<u8> {
    let mut text = Vec::new();
    while let Ok(Some(chunk)) = answer.chunk().await {
        text.extend_from_slice(&chunk);
        if text.len() > REFUSAL_BYTES_MAX {
            break;
        }
    }
    text
}

fn away(error: &reqwest::Error) -> CallError {
    let mut cause: &dyn std::error::Error = error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    CallError::Away(cause.to_string())
}
