//! Access tokens of OAuth clients: fetched when they are needed, kept while they are good.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use compasso_aws::{Answer, NoAnswer, Request, http_client};
use compasso_types::{Json, Object};
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, USER_AGENT};
use reqwest::{Client, Method, Url};
use tokio::time::Instant;

use crate::config::{OAuth, OAuthMethod, Secret};
use crate::form::{self, ArrayFormat};
use crate::own_network;

/// Longest wait for a token.
const TIMEOUT: Duration = Duration::from_secs(30);
/// Largest answer with a token, bytes.
const ANSWER_BYTES_MAX: usize = 64 * 1024;
/// A token that is about to end is not used any more.
const SPARE: Duration = Duration::from_secs(60);
/// How long a token is kept whose answer does not say, and at most.
const LIFE_MAX: Duration = Duration::from_secs(24 * 60 * 60);
/// Most connections whose tokens are kept.
const KEPT_MAX: usize = 1_000;

const AGENT: HeaderValue = HeaderValue::from_static("Amazon/EventBridge/ApiDestinations");
const FORM: &str = "application/x-www-form-urlencoded";

/// The tokens; `clone` is cheap, and clones share them.
#[derive(Clone)]
pub struct AccessTokens {
    client: Client,
    /// By the identity of the connection. Whoever fetches one holds its lock, so that the others
    /// wait for the same.
    kept: Arc<Mutex<HashMap<Arc<str>, Kept>>>,
}

type Kept = Arc<tokio::sync::Mutex<Last>>;

/// What came of the last question.
#[derive(Default)]
struct Last {
    token: Option<Token>,
    failure: Option<Failure>,
}

struct Failure {
    at: Instant,
    why: String,
}

#[derive(Clone)]
struct Token {
    text: Arc<str>,
    until: Instant,
}

impl AccessTokens {
    /// Makes an empty store of tokens.
    ///
    /// # Errors
    /// The machine's TLS settings cannot be used.
    pub fn new() -> Result<Self, reqwest::Error> {
        Ok(Self { client: http_client()?, kept: Arc::default() })
    }

    /// Returns a token for the connection `identity`.
    ///
    /// # Errors
    /// Says why there is none, without secrets.
    pub async fn get(&self, identity: &Arc<str>, oauth: &OAuth) -> Result<Arc<str>, String> {
        let came = Instant::now();
        let kept = self.kept(identity);
        let mut last = kept.lock().await;
        if let Some(token) = last.token.as_ref().filter(|token| Instant::now() < token.until) {
            return Ok(token.text.clone());
        }
        // Whoever waited meanwhile shares a failure too, and does not ask one after the other.
        if let Some(failure) = last.failure.as_ref().filter(|failure| came < failure.at) {
            return Err(failure.why.clone());
        }
        match self.fetch(oauth).await {
            Ok(token) => Ok(last.token.insert(token).text.clone()),
            Err(why) => {
                last.failure = Some(Failure { at: Instant::now(), why: why.clone() });
                Err(why)
            }
        }
    }

    /// Forgets a token that a service did not take.
    pub(crate) async fn forget(&self, identity: &Arc<str>, refused: &str) {
        let kept = self.kept(identity);
        let mut last = kept.lock().await;
        last.token.take_if(|token| &*token.text == refused);
    }

    fn kept(&self, identity: &Arc<str>) -> Kept {
        // Nothing panics under the lock.
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() >= KEPT_MAX && !kept.contains_key(identity) {
            kept.clear();
        }
        kept.entry(identity.clone()).or_default().clone()
    }

    async fn fetch(&self, oauth: &OAuth) -> Result<Token, String> {
        let asked = Instant::now();
        let answer = request(oauth)?.send(&self.client).await.map_err(no_answer)?;
        if !answer.status.is_success() {
            return Err(format!("the authorization endpoint answered {}", answer.status));
        }
        let (text, life) = read(&answer).ok_or("the authorization endpoint gave no token")?;
        Ok(Token { text: text.into(), until: asked + life.min(LIFE_MAX).saturating_sub(SPARE) })
    }
}

fn request(oauth: &OAuth) -> Result<Request, String> {
    let invalid = || "the authorization endpoint is no https URL".to_owned();
    let mut url = Url::parse(&oauth.endpoint).map_err(|_| invalid())?;
    if url.scheme() != "https" && !(url.scheme() == "http" && own_network::contains(&url)) {
        return Err(invalid());
    }
    let mut headers = HeaderMap::from_iter([(USER_AGENT, AGENT)]);
    for (name, value) in &oauth.headers {
        let bad = || format!("the header {name} cannot be sent");
        let header = HeaderName::from_bytes(name.as_bytes()).map_err(|_| bad())?;
        let mut value = HeaderValue::from_str(&value.reveal()?).map_err(|_| bad())?;
        value.set_sensitive(true);
        headers.insert(header, value);
    }
    for (name, value) in &oauth.query {
        url.query_pairs_mut().append_pair(name, &value.reveal()?);
    }
    let members = members(oauth)?;
    let mut body = None;
    let method = match oauth.method {
        OAuthMethod::Get => {
            url.query_pairs_mut().extend_pairs(&members);
            Method::GET
        }
        OAuthMethod::Post | OAuthMethod::Put => {
            body = Some(encoded(members, &mut headers));
            if oauth.method == OAuthMethod::Post { Method::POST } else { Method::PUT }
        }
    };
    Ok(Request { method, url, headers, body, timeout: TIMEOUT, answer_bytes_max: ANSWER_BYTES_MAX })
}

/// Returns what the client says about itself; the connection's own members win.
fn members(oauth: &OAuth) -> Result<Vec<(String, String)>, String> {
    let client = [
        ("client_id", Secret::Text(oauth.client_id.clone())),
        ("client_secret", oauth.client_secret.clone()),
        ("grant_type", Secret::Text("client_credentials".to_owned())),
    ];
    let own = oauth.body.iter().map(|(name, value)| (name.as_str(), value.clone()));
    client
        .into_iter()
        .filter(|(name, _)| !oauth.body.contains_key(*name))
        .chain(own)
        .map(|(name, value)| Ok((name.to_owned(), value.reveal()?)))
        .collect()
}

/// Writes a form, or JSON where the connection's headers say so.
fn encoded(members: Vec<(String, String)>, headers: &mut HeaderMap) -> Vec<u8> {
    let object: Object =
        members.into_iter().map(|(name, value)| (name.into(), Json::from(value))).collect();
    let content = headers.entry(CONTENT_TYPE).or_insert(HeaderValue::from_static(FORM));
    if content.to_str().is_ok_and(|content| content.starts_with("application/json")) {
        return Json::from(object).to_string().into_bytes();
    }
    form::encode(&object, ArrayFormat::Indices).into_bytes()
}

/// Reads the token and how long it is good.
fn read(answer: &Answer) -> Option<(String, Duration)> {
    let body = Json::parse(std::str::from_utf8(&answer.body).ok()?).ok()?;
    let token = body.get("access_token")?.as_str().filter(|token| !token.is_empty())?;
    let seconds = body.get("expires_in").and_then(|seconds| match seconds {
        // Some servers write the number as a text.
        Json::String(text) => text.parse().ok(),
        number => number.as_i64(),
    });
    let life = seconds.map_or(LIFE_MAX, |seconds| {
        Duration::from_secs(u64::try_from(seconds).unwrap_or_default())
    });
    Some((token.to_owned(), life))
}

fn no_answer(reason: NoAnswer) -> String {
    match reason {
        NoAnswer::Timeout => format!(
            "the authorization endpoint gave no answer within {} seconds",
            TIMEOUT.as_secs()
        ),
        NoAnswer::Socket(why) => format!("the authorization endpoint was not reached: {why}"),
        NoAnswer::TooLarge => "the authorization endpoint's answer is too large".to_owned(),
    }
}
