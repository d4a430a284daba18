//! Sessions of browsers: begun with an access key, carried by a cookie.
//!
//! Nothing is kept of a session. The cookie names the key and the instant until which it is good,
//! with a proof made with the key's secret. So it outlives a restart of the server, and ends at
//! once with the key: taken out of the settings, or given another secret.

use std::time::Duration;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::header::{COOKIE, SET_COOKIE};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue};
use axum::response::Response;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use compasso_types::Timestamp;
use hmac::{Hmac, Mac};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::access::check_page;
use super::answer::{json, respond};
use crate::errors::Failure;
use crate::{AccessKey, Edge, request};

const NAME: &str = "compasso-session";
/// How long a session lasts.
const SESSION: Duration = Duration::from_secs(12 * 60 * 60);
/// Keeps proofs of sessions from being proofs of anything else.
const PURPOSE: &[u8] = b"compasso console session";

/// An access key, as somebody types it in.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SignIn {
    id: String,
    secret: String,
}

#[derive(Serialize)]
struct SignedIn<'a> {
    account: &'a str,
}

/// Begins a session.
pub(super) async fn sign_in(State(edge): State<Edge>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let outcome = begin(&edge, &parts, body).await;
    respond(&edge, outcome)
}

async fn begin(edge: &Edge, parts: &Parts, body: Body) -> Result<Response, Failure> {
    check_page(&parts.method, &parts.headers)?;
    let body = request::read(&parts.headers, body, edge.settings.request_bytes_max).await?;
    let SignIn { id, secret } = request::parse(&body)?;
    let keys = edge.settings.credentials.as_deref().unwrap_or_default();
    // Digests take the same time to compare whatever was guessed right.
    let key = keys
        .iter()
        .find(|key| key.id == id && Sha256::digest(&key.secret) == Sha256::digest(&secret))
        .ok_or_else(Failure::unrecognized_client)?;
    let until = edge.service.now().after(SESSION);
    let mut response = json(&SignedIn { account: &key.account });
    set_cookie(&mut response, &token(key, until), SESSION);
    Ok(response)
}

/// Ends the session of a browser: it forgets the cookie.
pub(super) async fn sign_out(State(edge): State<Edge>, request: Request) -> Response {
    let outcome = check_page(request.method(), request.headers()).map(|()| {
        let mut response = json(&serde_json::json!({}));
        set_cookie(&mut response, "", Duration::ZERO);
        response
    });
    respond(&edge, outcome)
}

fn set_cookie(response: &mut Response, value: &str, age: Duration) {
    let age = age.as_secs();
    let text = format!("{NAME}={value}; Path=/; Max-Age={age}; HttpOnly; SameSite=Lax");
    let cookie = HeaderValue::from_str(&text).expect("a token is a header value");
    response.headers_mut().insert(SET_COOKIE, cookie);
}

/// Returns the account of the session whose cookie a request carries, if it is good.
pub(super) fn account<'a>(
    keys: &'a [AccessKey],
    headers: &HeaderMap,
    now: Timestamp,
) -> Option<&'a str> {
    key(keys, headers, now).map(|key| key.account.as_str())
}

/// Returns the key of the session whose cookie a request carries, if it is good.
pub(super) fn key<'a>(
    keys: &'a [AccessKey],
    headers: &HeaderMap,
    now: Timestamp,
) -> Option<&'a AccessKey> {
    let cookies = headers.get_all(COOKIE).iter().filter_map(|cookies| cookies.to_str().ok());
    cookies
        .flat_map(|cookies| cookies.split(';'))
        .filter_map(|cookie| cookie.trim().strip_prefix(NAME)?.strip_prefix('='))
        .find_map(|token| key_of(keys, token, now))
}

fn key_of<'a>(keys: &'a [AccessKey], token: &str, now: Timestamp) -> Option<&'a AccessKey> {
    let mut parts = token.split('.');
    let (id, until, proof) = (parts.next()?, parts.next()?, parts.next()?);
    let id = URL_SAFE_NO_PAD.decode(id).ok()?;
    let until = Timestamp(until.parse().ok()?);
    let proof = URL_SAFE_NO_PAD.decode(proof).ok()?;
    let key = keys.iter().find(|key| key.id.as_bytes() == id)?;
    let is_proven = seal(key, until).verify_slice(&proof).is_ok();
    (is_proven && now < until).then_some(key)
}

fn token(key: &AccessKey, until: Timestamp) -> String {
    let proof = seal(key, until).finalize().into_bytes();
    format!("{}.{}.{}", URL_SAFE_NO_PAD.encode(&key.id), until.0, URL_SAFE_NO_PAD.encode(proof))
}

fn seal(key: &AccessKey, until: Timestamp) -> Hmac<Sha256> {
    let mut seal = Hmac::<Sha256>::new_from_slice(key.secret.as_bytes())
        .expect("a secret of any length is a key");
    seal.update(PURPOSE);
    seal.update(&until.0.to_be_bytes());
    seal.update(key.id.as_bytes());
    seal
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOON: Timestamp = Timestamp(1_000_000);

    fn key_with(secret: &str) -> AccessKey {
        AccessKey {
            id: "AKIA".into(),
            secret: secret.into(),
            account: "123456789012".into(),
            name: None,
            groups: Vec::new(),
            operator: false,
        }
    }

    fn account_with(keys: &[AccessKey], cookie: &str, now: Timestamp) -> Option<String> {
        let headers = HeaderMap::from_iter([(COOKIE, cookie.parse().unwrap())]);
        account(keys, &headers, now).map(str::to_owned)
    }

    #[test]
    fn a_session_is_good_until_its_end_and_while_its_key_has_the_same_secret() {
        let cookie = format!("a=b; {NAME}={}", token(&key_with("s"), NOON));
        let before = Timestamp(NOON.0 - 1);
        let account = account_with(&[key_with("s")], &cookie, before);
        assert_eq!(account.as_deref(), Some("123456789012"));
        assert_eq!(account_with(&[key_with("s")], &cookie, NOON), None);
        assert_eq!(account_with(&[key_with("t")], &cookie, before), None);
        assert_eq!(account_with(&[], &cookie, before), None);
    }

    #[test]
    fn a_changed_cookie_is_refused() {
        let good = token(&key_with("s"), NOON);
        let later = good.replace(&NOON.0.to_string(), "2000000");
        for token in [later.as_str(), "", "a", "a.b.c", &good[..good.len() - 1]] {
            let cookie = format!("{NAME}={token}");
            assert_eq!(account_with(&[key_with("s")], &cookie, Timestamp(1)), None, "{token}");
        }
    }
}
