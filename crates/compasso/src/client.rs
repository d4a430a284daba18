//! A client of a server, speaking the Step Functions protocol.

mod identity;
mod names;
mod patience;
mod rest;

use anyhow::{Context as _, bail};
use compasso_aws::{Signer, sign};
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use reqwest::{Method, StatusCode, Url};
use serde_json::Value;
use tokio::sync::OnceCell;

pub(crate) use identity::{Identity, TOKEN, token};
pub(crate) use names::{code, hint};
pub(crate) use patience::Patience;

/// Names the region in requests with a token.
const REGION: HeaderName = HeaderName::from_static("x-compasso-region");
/// Rows asked for at once.
const PAGE_ROWS: usize = 1000;

/// A server, and who asks it.
#[derive(Clone)]
pub(crate) struct Client {
    http: reqwest::Client,
    endpoint: String,
    identity: Identity,
    /// The account, once it is known.
    account: OnceCell<String>,
}

/// An API that the server speaks.
#[derive(Clone, Copy)]
pub(crate) enum Api {
    StepFunctions,
    EventBridge,
    /// What AWS does not have.
    Compasso,
}

/// The server's answer was an error.
#[derive(Debug)]
pub(crate) struct Refused {
    /// The error's name, such as `StateMachineDoesNotExist`.
    pub(crate) code: String,
    message: String,
    status: StatusCode,
}

/// The server did not answer.
#[derive(Debug)]
pub(crate) struct Unreachable {
    endpoint: String,
    reason: String,
}

impl Client {
    /// Makes a client of the server at `endpoint`.
    pub(crate) fn new(endpoint: &str, identity: Identity) -> anyhow::Result<Self> {
        let endpoint = endpoint.trim_end_matches('/').to_owned();
        let http = reqwest::Client::builder().no_proxy().build().context("no HTTP client")?;
        Ok(Self { http, endpoint, identity, account: OnceCell::new() })
    }

    /// Calls an action of the Step Functions API.
    ///
    /// # Errors
    /// The server cannot be reached ([`Unreachable`]), or answers an error ([`Refused`]).
    pub(crate) async fn call(&self, action: &str, request: &Value) -> anyhow::Result<Value> {
        self.ask(Api::StepFunctions, action, request).await
    }

    /// Calls an action of an API.
    ///
    /// # Errors
    /// See [`Self::call`].
    pub(crate) async fn ask(
        &self,
        api: Api,
        action: &str,
        request: &Value,
    ) -> anyhow::Result<Value> {
        let target = HeaderValue::from_str(&format!("{}.{action}", api.target()))
            .context("the action's name cannot be sent")?;
        let content = HeaderValue::from_static(api.content());
        let headers = [(CONTENT_TYPE, content), ("x-amz-target".parse()?, target)];
        let body = request.to_string();
        let answer =
            self.send(api, Method::POST, self.url()?, headers.into_iter().collect(), body).await?;
        let status = answer.status();
        let text = answer.text().await.map_err(|error| self.unreachable(&error))?;
        if !status.is_success() {
            bail!(self.refused(status, &text));
        }
        serde_json::from_str(&text).with_context(|| self.is_no_server())
    }

    /// Reads pages of a listing until `limit` rows are there.
    pub(crate) async fn pages(
        &self,
        action: &str,
        request: Value,
        member: &str,
        limit: usize,
    ) -> anyhow::Result<Vec<Value>> {
        self.pages_of((Api::StepFunctions, action), request, member, limit).await
    }

    /// The same of an action of another API.
    pub(crate) async fn pages_of(
        &self,
        (api, action): (Api, &str),
        request: Value,
        member: &str,
        limit: usize,
    ) -> anyhow::Result<Vec<Value>> {
        let mut rows = Vec::new();
        self.each_page((api, action), request, (member, limit), |page| rows.extend(page)).await?;
        Ok(rows)
    }

    /// Hands on each page of a listing, until `limit` rows of `member` were there.
    pub(crate) async fn each_page(
        &self,
        (api, action): (Api, &str),
        mut request: Value,
        (member, limit): (&str, usize),
        mut take: impl FnMut(Vec<Value>),
    ) -> anyhow::Result<()> {
        let mut left = limit;
        while left > 0 {
            request["maxResults"] = left.min(PAGE_ROWS).into();
            let mut answer = self.ask(api, action, &request).await?;
            if let Value::Array(page) = answer[member].take() {
                left = left.saturating_sub(page.len());
                take(page);
            }
            match answer["nextToken"].take() {
                Value::Null => break,
                token => request["nextToken"] = token,
            }
        }
        Ok(())
    }

    /// Opens the log of an execution after line number `after`: JSON lines.
    pub(crate) async fn log(
        &self,
        execution: &str,
        wanted: &[(&str, String)],
    ) -> anyhow::Result<reqwest::Response> {
        let mut url = self.url()?;
        if let Ok(mut path) = url.path_segments_mut() {
            path.pop_if_empty().extend(["api", "v1", "executions", execution, "logs"]);
        }
        url.query_pairs_mut().extend_pairs(wanted);
        let answer = self
            .send(Api::StepFunctions, Method::GET, url, HeaderMap::new(), String::new())
            .await?;
        if answer.status().is_success() {
            return Ok(answer);
        }
        let status = answer.status();
        let text = answer.text().await.map_err(|error| self.unreachable(&error))?;
        bail!(self.refused(status, &text));
    }

    async fn send(
        &self,
        api: Api,
        method: Method,
        url: Url,
        mut headers: HeaderMap,
        body: String,
    ) -> anyhow::Result<reqwest::Response> {
        let Identity { credentials, region, token, .. } = &self.identity;
        if let Some(token) = token {
            let bearer = HeaderValue::from_str(&format!("Bearer {token}"));
            let mut bearer = bearer.context("COMPASSO_TOKEN cannot be sent")?;
            bearer.set_sensitive(true);
            headers.insert(AUTHORIZATION, bearer);
            headers.insert(REGION, HeaderValue::from_str(region).context("no such region")?);
        } else {
            let signer = Signer { credentials, region, service: api.signing_name() };
            sign(&mut headers, method.as_str(), &url, body.as_bytes(), &signer)?;
        }
        let sent = self.http.request(method, url).headers(headers).body(body).send().await;
        sent.map_err(|error| self.unreachable(&error).into())
    }

    fn url(&self) -> anyhow::Result<Url> {
        let url = Url::parse(&self.endpoint).ok().filter(Url::has_host);
        url.with_context(|| format!("{} is no URL of a server", self.endpoint))
    }

    /// Returns the error for an answer that broke off or did not come.
    pub(crate) fn unreachable(&self, error: &reqwest::Error) -> Unreachable {
        let mut cause: &dyn std::error::Error = error;
        while let Some(source) = cause.source() {
            cause = source;
        }
        Unreachable { endpoint: self.endpoint.clone(), reason: cause.to_string() }
    }

    fn refused(&self, status: StatusCode, text: &str) -> anyhow::Error {
        let value: Value = serde_json::from_str(text).unwrap_or_default();
        let text = |name: &str| value[name].as_str().unwrap_or_default().to_owned();
        // The REST interface has a word of its own for the name.
        let code = ["__type", "code"].map(text).into_iter().find(|code| !code.is_empty());
        let (code, message) = (code.unwrap_or_default(), text("message"));
        if code.is_empty() {
            return anyhow::anyhow!("{} (it answered {status})", self.is_no_server());
        }
        // Services may write a namespace before the name.
        let code = code.rsplit('#').next().unwrap_or_default().to_owned();
        Refused { code, message, status }.into()
    }

    fn is_no_server(&self) -> String {
        format!("{} does not speak the Step Functions protocol", self.endpoint)
    }
}

impl Api {
    /// Returns what the name of an action stands behind.
    fn target(self) -> &'static str {
        match self {
            Self::StepFunctions => "AWSStepFunctions",
            Self::EventBridge => "AWSEvents",
            Self::Compasso => "Compasso",
        }
    }

    fn content(self) -> &'static str {
        match self {
            Self::StepFunctions | Self::Compasso => "application/x-amz-json-1.0",
            Self::EventBridge => "application/x-amz-json-1.1",
        }
    }

    /// Returns what requests are signed for.
    fn signing_name(self) -> &'static str {
        match self {
            Self::StepFunctions | Self::Compasso => "states",
            Self::EventBridge => "events",
        }
    }
}

impl Refused {
    /// Returns whether the same request may be answered later.
    pub(crate) fn is_passing(&self) -> bool {
        self.status.is_server_error()
    }
}

impl std::fmt::Display for Refused {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.code, self.message)?;
        match &*self.code {
            "MissingAuthenticationTokenException"
            | "UnrecognizedClientException"
            | "InvalidSignatureException" => f.write_str(
                " (the server asks who you are: set COMPASSO_TOKEN to a token of it, or \
                 AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY to one of its [[auth.keys]])",
            ),
            _ => Ok(()),
        }
    }
}

impl std::error::Error for Refused {}

impl std::fmt::Display for Unreachable {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { endpoint, reason } = self;
        write!(
            f,
            "no server answers at {endpoint}: {reason} (start one with `compasso serve`, or name \
             one with --endpoint)"
        )
    }
}

impl std::error::Error for Unreachable {}
