//! One call of S3: signed, bounded in time, and tried again if that may help.

use bytes::Bytes;
use compasso_aws::{Access, AwsClient, NoAnswer, Signer, http_client, sign};
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use reqwest::{Method, Response, StatusCode};
use tokio::time::{sleep, timeout};

use super::{S3, address, answer};
use crate::objects::{Failure, Location};

/// How often a call is made at most.
const ATTEMPTS_MAX: u32 = 3;
/// Largest description of an error, bytes.
const ERROR_BYTES_MAX: usize = 64 * 1024;

const EXPECTED_OWNER: HeaderName = HeaderName::from_static("x-amz-expected-bucket-owner");

/// What is asked.
pub(super) struct Call<'a> {
    method: Method,
    location: &'a Location,
    pub(super) query: Vec<(&'static str, String)>,
    pub(super) headers: Vec<(HeaderName, String)>,
    pub(super) body: Bytes,
}

/// A call that brought nothing.
pub(super) struct Refused {
    pub(super) failure: Failure,
    /// The status of the answer, if there was one.
    pub(super) status: Option<StatusCode>,
}

impl<'a> Call<'a> {
    pub(super) fn new(method: Method, location: &'a Location) -> Self {
        Self { method, location, query: Vec::new(), headers: Vec::new(), body: Bytes::new() }
    }
}

impl S3 {
    /// Makes a call, again if S3 is busy or the connection breaks; returns the answer to a call that
    /// succeeded, its body unread.
    pub(super) async fn send(&self, call: &Call<'_>) -> Result<Response, Refused> {
        let mut attempt = 1;
        loop {
            let refused = match self.send_once(call).await {
                Ok(response) => return Ok(response),
                Err(refused) => refused,
            };
            if attempt == ATTEMPTS_MAX || !refused.may_pass() {
                return Err(refused);
            }
            sleep(self.inner.bounds.retry_delay * attempt).await;
            attempt += 1;
        }
    }

    async fn send_once(&self, call: &Call<'_>) -> Result<Response, Refused> {
        // Looking for keys may take an answer of its own.
        let found = timeout(self.inner.bounds.head, self.client()?.access("S3")).await;
        let access = found.map_err(|_| Refused::unanswered(NoAnswer::Timeout))?;
        let request = signed(call, &access).map_err(Refused::unsent)?;
        let bounds = self.inner.bounds;
        let bound = if call.body.is_empty() { bounds.head } else { bounds.upload };
        let response = match timeout(bound, access.http.execute(request)).await {
            Err(_) => return Err(Refused::unanswered(NoAnswer::Timeout)),
            Ok(answer) => answer.map_err(|error| Refused::unanswered(error.into()))?,
        };
        let status = response.status();
        if status.is_success() {
            return Ok(response);
        }
        let headers = response.headers().clone();
        let body = self.body(response, ERROR_BYTES_MAX).await.unwrap_or_default();
        Err(Refused { failure: answer::refusal(status, &headers, &body), status: Some(status) })
    }

    fn client(&self) -> Result<&AwsClient, Refused> {
        let inner = &*self.inner;
        if let Some(client) = inner.client.get() {
            return Ok(client);
        }
        let http = http_client().map_err(|error| Refused::unanswered(error.into()))?;
        let make = || AwsClient::new(inner.settings.clone(), inner.own.as_deref(), http);
        Ok(inner.client.get_or_init(make))
    }

    /// Reads the whole body of an answer.
    pub(super) async fn body(
        &self,
        mut response: Response,
        bytes_max: usize,
    ) -> Result<Vec<u8>, Failure> {
        let read = async {
            let mut body = Vec::new();
            while let Some(chunk) = response.chunk().await? {
                body.extend_from_slice(&chunk);
                if body.len() > bytes_max {
                    return Err(NoAnswer::TooLarge);
                }
            }
            Ok(body)
        };
        let read = timeout(self.inner.bounds.body, read).await;
        read.unwrap_or(Err(NoAnswer::Timeout)).map_err(unanswered)
    }
}

fn signed(call: &Call<'_>, access: &Access) -> Result<reqwest::Request, Failure> {
    let missing = "Unable to load credentials from any of the providers in the chain";
    let credentials =
        access.credentials.as_ref().ok_or_else(|| Failure::new(missing.to_owned()))?;
    let url = address::url(&access.endpoint, &access.region, call.location, &call.query)?;
    let owner = call.location.owner.clone().map(|owner| (EXPECTED_OWNER, owner));
    let mut headers = HeaderMap::new();
    for (name, value) in call.headers.iter().cloned().chain(owner) {
        let unsendable = |_| Failure::new(format!("The header {name} cannot be sent: {value}"));
        let value = HeaderValue::from_str(&value).map_err(unsendable)?;
        headers.insert(name, value);
    }
    let signer = Signer { credentials, region: &access.region, service: "s3" };
    sign(&mut headers, call.method.as_str(), &url, &call.body, &signer)
        .map_err(|error| Failure::new(error.to_string()))?;
    let mut request = reqwest::Request::new(call.method.clone(), url);
    *request.headers_mut() = headers;
    if call.method != Method::GET {
        *request.body_mut() = Some(call.body.clone().into());
    }
    Ok(request)
}

impl Refused {
    fn unsent(failure: Failure) -> Self {
        Self { failure, status: Some(StatusCode::BAD_REQUEST) }
    }

    fn unanswered(why: NoAnswer) -> Self {
        Self { failure: unanswered(why), status: None }
    }

    /// Whether another attempt may succeed.
    fn may_pass(&self) -> bool {
        self.status.is_none_or(|status| {
            status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS
        })
    }
}

impl From<Refused> for Failure {
    fn from(refused: Refused) -> Self {
        refused.failure
    }
}

/// Returns the failure of a call without a whole answer, in the words of AWS's SDK.
pub(super) fn unanswered(why: NoAnswer) -> Failure {
    let text = match why {
        NoAnswer::Timeout => "Read timed out".to_owned(),
        NoAnswer::Socket(text) => text,
        NoAnswer::TooLarge => "The answer is larger than expected".to_owned(),
    };
    Failure::new(format!("Unable to execute HTTP request: {text}"))
}
