//! One HTTP call with its bounds: time, and the size of the answer.

use std::error::Error as _;
use std::time::Duration;

use compasso_types::{Json, Object};
use reqwest::header::HeaderMap;
use reqwest::{Certificate, Client, ClientBuilder, Method, StatusCode, Url, redirect};

/// Longest wait for a connection.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// A call to make.
pub struct Request {
    /// Such as `POST`.
    pub method: Method,
    /// Where to.
    pub url: Url,
    /// All headers but those that the connection needs.
    pub headers: HeaderMap,
    /// The body, if there is one.
    pub body: Option<Vec<u8>>,
    /// Longest time for everything, the body of the answer included.
    pub timeout: Duration,
    /// Largest answer, headers included, bytes.
    pub answer_bytes_max: usize,
}

/// The answer to a call.
pub struct Answer {
    /// The status.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The whole body.
    pub body: Vec<u8>,
}

/// A call without a whole answer.
pub enum NoAnswer {
    /// It took longer than the request's time limit.
    Timeout,
    /// The connection failed or broke, or what came was no HTTP.
    Socket(String),
    /// The answer is larger than allowed.
    TooLarge,
}

/// Makes the client that all calls share. Redirects are answers like others: following one
/// would send what was meant for one server to another.
///
/// # Errors
/// The machine's TLS settings cannot be used.
pub fn http_client() -> Result<Client, reqwest::Error> {
    builder().build()
}

/// Makes a client that trusts only servers with a certificate of these authorities, in PEM.
///
/// # Errors
/// They are no certificates.
pub fn http_client_trusting(authorities: &[u8]) -> Result<Client, reqwest::Error> {
    builder().tls_certs_only(Certificate::from_pem_bundle(authorities)?).build()
}

fn builder() -> ClientBuilder {
    Client::builder().redirect(redirect::Policy::none()).connect_timeout(CONNECT_TIMEOUT)
}

impl Request {
    /// Makes the call.
    ///
    /// # Errors
    /// See [`NoAnswer`].
    pub async fn send(self, client: &Client) -> Result<Answer, NoAnswer> {
        let address = address(&self.url);
        self.exchange(client).await.map_err(|reason| match reason {
            NoAnswer::Socket(why) => NoAnswer::Socket(format!("{address}: {why}")),
            NoAnswer::Timeout | NoAnswer::TooLarge => reason,
        })
    }

    async fn exchange(self, client: &Client) -> Result<Answer, NoAnswer> {
        let answer_bytes_max = self.answer_bytes_max;
        let mut call =
            client.request(self.method, self.url).headers(self.headers).timeout(self.timeout);
        if let Some(body) = self.body {
            call = call.body(body);
        }
        let mut response = call.send().await?;
        let headers = std::mem::take(response.headers_mut());
        let headers_bytes: usize =
            headers.iter().map(|(name, value)| name.as_str().len() + value.len()).sum();
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await? {
            body.extend_from_slice(&chunk);
            if headers_bytes + body.len() > answer_bytes_max {
                return Err(NoAnswer::TooLarge);
            }
        }
        if headers_bytes > answer_bytes_max {
            return Err(NoAnswer::TooLarge);
        }
        Ok(Answer { status: response.status(), headers, body })
    }
}

/// Returns the host and, if it is not the usual one, the port.
fn address(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
}

impl Answer {
    /// Returns the text of a header, if it is there and is text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// Returns the media type, in lower case and without its parameters.
    pub fn media_type(&self) -> String {
        let header = self.header("content-type").unwrap_or_default();
        header.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
    }

    /// Returns the body as the HTTP tasks show it: parsed if it says that it is JSON and is.
    pub fn body_value(&self) -> Json {
        let text = String::from_utf8_lossy(&self.body);
        let media_type = self.media_type();
        if media_type == "application/json" || media_type.ends_with("+json") {
            return Json::parse(&text).unwrap_or_else(|_| Json::from(&*text));
        }
        Json::from(&*text)
    }

    /// Returns `{Headers, ResponseBody, StatusCode, StatusText}`.
    pub fn result(&self, body: Json) -> Json {
        let mut headers = Object::new();
        for name in self.headers.keys() {
            let values = self.headers.get_all(name).iter();
            let texts = values.map(|value| Json::from(&*String::from_utf8_lossy(value.as_bytes())));
            headers.insert(name.as_str().into(), Json::array(texts));
        }
        Json::object([
            ("Headers", Json::from(headers)),
            ("ResponseBody", body),
            ("StatusCode", Json::from(i64::from(self.status.as_u16()))),
            ("StatusText", Json::from(self.status.canonical_reason().unwrap_or_default())),
        ])
    }
}

impl From<reqwest::Error> for NoAnswer {
    fn from(error: reqwest::Error) -> Self {
        if error.is_timeout() && !error.is_connect() {
            return Self::Timeout;
        }
        // The URL may hold secrets in its query, and the causes say what happened.
        let error = error.without_url();
        let mut text = error.to_string();
        let mut source = error.source();
        while let Some(cause) = source {
            text = format!("{text}: {cause}");
            source = cause.source();
        }
        Self::Socket(text)
    }
}
