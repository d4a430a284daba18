//! Sessions of browsers: begun with an access key or a token, carried by a cookie.
//!
//! Nothing is kept of a session. The cookie names the key and the instant until which it is good,
//! with a proof made with the key's secret. So it outlives a restart of the server, and ends at
//! once with the key: taken out of the settings, or given another secret. That of a token is sealed
//! with the server's own key instead, as the token is not kept; it ends with the token.

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
use crate::identity::Identity;
use crate::{AccessKey, Edge, request};

const NAME: &str = "compasso-session";
/// How long a session lasts.
const SESSION: Duration = Duration::from_secs(12 * 60 * 60);
/// Keeps proofs of sessions from being proofs of anything else.
const PURPOSE: &[u8] = b"compasso console session";

/// What a cookie begins with whose session began with a token.
const OF_TOKEN: &str = "token";

/// An access key or a token, as somebody types it in.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SignIn {
    id: Option<String>,
    secret: Option<String>,
    token: Option<String>,
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
    match request::parse(&body)? {
        SignIn { id: Some(id), secret: Some(secret), token: None } => {
            begin_with_key(edge, &id, &secret)
        }
        SignIn { id: None, secret: None, token: Some(token) } => begin_with_token(edge, &token),
        _ => {
            let message = "A session begins with a 'token', or with the 'id' and 'secret' of a key";
            Err(Failure::new("ValidationException", message))
        }
    }
}

fn begin_with_key(edge: &Edge, id: &str, secret: &str) -> Result<Response, Failure> {
    // Digests take the same time to compare whatever was guessed right.
    let key = edge
        .keys()
        .iter()
        .find(|key| key.id == id && Sha256::digest(&key.secret) == Sha256::digest(secret))
        .ok_or_else(Failure::unrecognized_client)?;
    let until = edge.service.now().after(SESSION);
    let mut response = json(&SignedIn { account: &key.account });
    set_cookie(&mut response, &token(key, until), SESSION);
    Ok(response)
}

fn begin_with_token(edge: &Edge, token: &str) -> Result<Response, Failure> {
    let bearer = edge.service.bearer(token.trim()).ok_or_else(Failure::unknown_token)?;
    let now = edge.service.now();
    let length = bearer.good_for(now, SESSION);
    let sealed = edge.service.seal_session(&bearer, now.after(length))?;
    let mut response = json(&SignedIn { account: bearer.account() });
    let sealed = URL_SAFE_NO_PAD.encode(sealed);
    set_cookie(&mut response, &format!("{OF_TOKEN}.{}.{sealed}", bearer.id()), length);
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

/// Returns who began the session whose cookie a request carries, if it is good.
pub(super) fn identity(edge: &Edge, headers: &HeaderMap) -> Option<Identity> {
    let now = edge.service.now();
    let of_key = |cookie| key_of(edge.keys(), cookie, now).map(Identity::of_key);
    cookies(headers).find_map(|cookie| of_key(cookie).or_else(|| of_token(edge, cookie)))
}

fn of_token(edge: &Edge, cookie: &str) -> Option<Identity> {
    let (id, sealed) = cookie.strip_prefix(OF_TOKEN)?.strip_prefix('.')?.split_once('.')?;
    let sealed = String::from_utf8(URL_SAFE_NO_PAD.decode(sealed).ok()?).ok()?;
    edge.service.session_bearer(id, &sealed).map(|bearer| Identity::of_token(&bearer))
}

fn cookies(headers: &HeaderMap) -> impl Iterator<Item = &str> {
    let cookies = headers.get_all(COOKIE).iter().filter_map(|cookies| cookies.to_str().ok());
    cookies
        .flat_map(|cookies| cookies.split(';'))
        .filter_map(|cookie| cookie.trim().strip_prefix(NAME)?.strip_prefix('='))
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
    use compasso_service::Role;

    use super::*;

    const NOON: Timestamp = Timestamp(1_000_000);

    fn key_with(secret: &str) -> AccessKey {
        AccessKey {
            id: "AKIA".into(),
            secret: secret.into(),
            account: "123456789012".into(),
            name: None,
            groups: Vec::new(),
            role: Role::Admin,
            operator: false,
        }
    }

    fn account_with(keys: &[AccessKey], cookie: &str, now: Timestamp) -> Option<String> {
        let headers = HeaderMap::from_iter([(COOKIE, cookie.parse().unwrap())]);
        let key = cookies(&headers).find_map(|cookie| key_of(keys, cookie, now));
        key.map(|key| key.account.clone())
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
