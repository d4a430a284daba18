//! One call of an AWS service, from parameters to the result that states see.

use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use compasso_integrations::{Call, conform};
use compasso_types::Json;
use md5::{Digest, Md5};
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use reqwest::{Client, Method};

use crate::address::{Target, target};
use crate::credentials::chain::Chain;
use crate::credentials::roles::AssumedRole;
use crate::endpoint::is_same_server;
use crate::protocol::event_stream::{self, Broken, StreamedEvent};
use crate::protocol::{self, Wire, read, read_error};
use crate::{Answer, AwsSettings, Credentials, Endpoint, Failure, Request, Signer, sign};

/// Longest call.
const CALL_TIMEOUT: Duration = Duration::from_secs(70);
/// Longest call of a service that answers when long work is done: functions and models.
const LONG_CALL_TIMEOUT: Duration = Duration::from_secs(15 * 60 + 30);
const NO_CREDENTIALS: &str = "Unable to load credentials from any of the providers in the chain";
const LONG_CALLS: [&str; 6] = [
    "Lambda",
    "SFN",
    "Bedrock Runtime",
    "Bedrock Agent Runtime",
    "Bedrock AgentCore",
    "SageMaker Runtime",
];
/// Largest answer: a result has at most 256 KiB, but the same in XML or base64 is longer.
const ANSWER_BYTES_MAX: usize = 8 * 1024 * 1024;

/// Calls AWS services; `clone` is cheap.
#[derive(Clone, Debug)]
pub struct AwsClient {
    pub(crate) settings: Arc<AwsSettings>,
    pub(crate) http: Client,
    /// This server's own URL.
    own: Option<Arc<str>>,
    chain: Arc<Chain>,
}

/// For whom and where a call is made.
#[derive(Clone, Copy, Debug)]
pub struct Caller<'a> {
    /// The region; nothing stands for the one of the settings.
    pub region: &'a str,
    /// The account, for calls of this server itself.
    pub account: &'a str,
    /// Stands for idempotency tokens that the parameters leave out; equal for repeated deliveries.
    pub token: &'a str,
    /// The role to act in, if it is another.
    pub role: Option<Role<'a>>,
}

/// A role to act in.
#[derive(Clone, Copy, Debug)]
pub struct Role<'a> {
    /// Its ARN.
    pub arn: &'a str,
    /// The ARN of the role that assumes it, to be named when that fails.
    pub of: &'a str,
    /// What the session is called.
    pub session: &'a str,
}

/// The answer to a call that went well.
#[derive(Clone, Debug)]
pub struct Called {
    /// What the service answered, in the names that states see.
    pub output: Json,
    /// The status.
    pub status: u16,
    /// The headers, in order.
    pub headers: Vec<(String, String)>,
    /// The id that the service gave the request.
    pub request_id: String,
}

/// What a call that is made without [`AwsClient::call`] needs.
#[derive(Clone, Debug)]
pub struct Access {
    /// Where the service is.
    pub endpoint: Endpoint,
    /// The region.
    pub region: String,
    /// Who calls; `None` if nobody is found.
    pub credentials: Option<Credentials>,
    /// What makes the call.
    pub http: Client,
}

impl Role<'_> {
    /// Returns the account it belongs to.
    pub fn account(&self) -> &str {
        self.arn.split(':').nth(4).unwrap_or_default()
    }
}

impl AwsClient {
    /// Makes a client; `own` is this server's own URL.
    pub fn new(settings: AwsSettings, own: Option<&str>, http: Client) -> Self {
        let chain = Arc::new(Chain::default());
        Self { settings: Arc::new(settings), http, own: own.map(Arc::from), chain }
    }

    /// Makes a call with parameters that were checked.
    ///
    /// # Errors
    /// See [`Failure`].
    pub async fn call(
        &self,
        call: &Call,
        parameters: &Json,
        caller: Caller<'_>,
    ) -> Result<Called, Failure> {
        called(call, &self.answer(call, parameters, caller).await?)
    }

    /// Makes a call that is answered by a stream of events, and waits for its end.
    ///
    /// # Errors
    /// See [`Failure`].
    pub async fn call_for_events(
        &self,
        call: &Call,
        parameters: &Json,
        caller: Caller<'_>,
    ) -> Result<Vec<StreamedEvent>, Failure> {
        let answer = self.answer(call, parameters, caller).await?;
        event_stream::read(&answer.body).map_err(|broken| match broken {
            Broken::Garbage => {
                Failure::of_client(call, "Unable to unmarshall response (no events)")
            }
            Broken::Exception { name, message } => {
                Failure::of_service(call, &protocol::streamed_error(call, &answer, &name, message))
            }
        })
    }

    /// Makes a call and returns the answer, which is a success.
    async fn answer(
        &self,
        call: &Call,
        parameters: &Json,
        mut caller: Caller<'_>,
    ) -> Result<Answer, Failure> {
        if caller.region.is_empty() {
            caller.region = self.settings.region();
        }
        let parameters = conform(call, parameters);
        let wire = protocol::write(call, &parameters, caller.token);
        let endpoint = self.endpoint(&call.service.id);
        let credentials = self.credentials(call, &endpoint, caller).await?;
        let request = request(call, wire, &parameters, &endpoint, (caller.region, credentials))?;
        let answer =
            request.send(&self.http).await.map_err(|reason| Failure::of_no_answer(call, reason))?;
        if !answer.status.is_success() {
            return Err(Failure::of_service(call, &read_error(call, &answer)));
        }
        Ok(answer)
    }

    /// Returns what a call needs whose bodies are streamed; the service is named by its id.
    pub async fn access(&self, service: &str) -> Access {
        let endpoint = self.settings.endpoint(service, self.own.as_deref());
        let credentials = self.chain.own(self, &endpoint).await;
        let region = self.settings.region().to_owned();
        Access { endpoint, region, credentials, http: self.http.clone() }
    }

    /// Returns the keys a call is signed with; `None` for a call that is not signed.
    pub(crate) async fn credentials(
        &self,
        call: &Call,
        endpoint: &Endpoint,
        caller: Caller<'_>,
    ) -> Result<Option<Credentials>, Failure> {
        if call.operation.is_unsigned() {
            return Ok(None);
        }
        match self.keys(endpoint, caller).await? {
            Some(credentials) => Ok(Some(credentials)),
            None => Err(Failure::of_client(call, NO_CREDENTIALS)),
        }
    }

    /// Returns the keys that a call of something at `endpoint` is signed with: those of the
    /// caller's role, or this server's own; `None` if there are none.
    ///
    /// # Errors
    /// The role cannot be assumed.
    pub async fn keys(
        &self,
        endpoint: &Endpoint,
        caller: Caller<'_>,
    ) -> Result<Option<Credentials>, Failure> {
        let is_own = self.is_own(endpoint);
        let Some(role) = caller.role else {
            if is_own && !caller.account.is_empty() {
                return Ok(self.settings.own_keys(caller.account));
            }
            return Ok(self.chain.own(self, endpoint).await);
        };
        let region = if caller.region.is_empty() { self.settings.region() } else { caller.region };
        let wanted = AssumedRole { arn: role.arn.to_owned(), region: region.to_owned() };
        let assumed = self.chain.of_role(self, wanted, role.session).await;
        let keys = assumed.map_err(|reason| Failure::of_role(role, reason))?;
        // This server knows its own keys only: whoever may act in the role has that of its account.
        Ok(if is_own { self.settings.own_keys(role.account()) } else { Some(keys) })
    }

    fn is_own(&self, endpoint: &Endpoint) -> bool {
        match (endpoint, &self.own) {
            (Endpoint::Given(url), Some(own)) => is_same_server(url, own),
            (Endpoint::Given(_) | Endpoint::Aws, _) => false,
        }
    }

    /// Returns a client that calls with these keys.
    pub(crate) fn calling_with(&self, credentials: Credentials) -> Self {
        let settings = (*self.settings).clone().with_credentials(credentials);
        Self { settings: Arc::new(settings), chain: Arc::default(), ..self.clone() }
    }

    /// Returns the settings.
    pub fn settings(&self) -> &AwsSettings {
        &self.settings
    }

    /// Returns where a service is, by its id.
    pub fn endpoint(&self, service: &str) -> Endpoint {
        self.settings.endpoint(service, self.own.as_deref())
    }
}

fn request(
    call: &Call,
    mut wire: Wire,
    parameters: &Json,
    endpoint: &Endpoint,
    (region, credentials): (&str, Option<Credentials>),
) -> Result<Request, Failure> {
    let client = |why: &str| Failure::of_client(call, why);
    let target =
        target(call, &mut wire, parameters, endpoint, region).map_err(|why| client(&why))?;
    let headers = headers(call, &wire, &target, credentials.as_ref())
        .ok_or_else(|| client("a header of the call has characters that cannot be sent"))?;
    let method = Method::from_bytes(wire.method.as_bytes())
        .map_err(|_| client("the operation has no HTTP method"))?;
    let is_long = LONG_CALLS.contains(&&*call.service.id);
    Ok(Request {
        method,
        url: target.url,
        headers,
        body: Some(wire.body),
        timeout: if is_long { LONG_CALL_TIMEOUT } else { CALL_TIMEOUT },
        answer_bytes_max: ANSWER_BYTES_MAX,
    })
}

/// Makes the headers of a call; `None` if they cannot be sent.
fn headers(
    call: &Call,
    wire: &Wire,
    target: &Target,
    credentials: Option<&Credentials>,
) -> Option<HeaderMap> {
    let mut headers = HeaderMap::new();
    for (name, value) in &wire.headers {
        let name = HeaderName::from_bytes(name.as_bytes()).ok()?;
        headers.append(name, HeaderValue::from_str(value).ok()?);
    }
    if call.operation.needs_checksum() {
        let digest = STANDARD.encode(Md5::digest(&wire.body));
        headers.entry("content-md5").or_insert(HeaderValue::from_str(&digest).ok()?);
    }
    if let Some(credentials) = credentials {
        let signer =
            Signer { credentials, region: &target.signing_region, service: &target.signing_name };
        sign(&mut headers, &wire.method, &target.url, &wire.body, &signer).ok()?;
    }
    Some(headers)
}

fn called(call: &Call, answer: &Answer) -> Result<Called, Failure> {
    let output = read(call, answer).map_err(|why| {
        Failure::of_client(call, &format!("Unable to unmarshall response ({})", why.0))
    })?;
    let text = |value: &HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    Ok(Called {
        output,
        status: answer.status.as_u16(),
        headers: answer
            .headers
            .iter()
            .map(|(name, value)| (name.as_str().to_owned(), text(value)))
            .collect(),
        request_id: protocol::request_id(answer).unwrap_or_default(),
    })
}
