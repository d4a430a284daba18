//! Signs a request that is about to be sent.

use std::time::SystemTime;

use compasso_sigv4::{Request, Scope, authorization};
use reqwest::Url;
use reqwest::header::{AUTHORIZATION, HOST, HeaderMap, HeaderName, HeaderValue};

use super::Credentials;

const DATE: HeaderName = HeaderName::from_static("x-amz-date");
const TOKEN: HeaderName = HeaderName::from_static("x-amz-security-token");

/// Who signs, and for which service.
#[derive(Clone, Copy, Debug)]
pub struct Signer<'a> {
    /// The key.
    pub credentials: &'a Credentials,
    /// Such as `eu-central-1`.
    pub region: &'a str,
    /// Such as `lambda`.
    pub service: &'a str,
}

/// A header has characters that cannot be sent, or the URL has no host.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the request has characters that cannot be signed")]
pub struct NotSigned;

/// Adds the headers that sign a request. Every header that is there before is signed as well.
///
/// # Errors
/// See [`NotSigned`].
pub fn sign(
    headers: &mut HeaderMap,
    method: &str,
    url: &Url,
    body: &[u8],
    signer: &Signer<'_>,
) -> Result<(), NotSigned> {
    let now = jiff::Timestamp::try_from(SystemTime::now()).map_err(|_| NotSigned)?;
    let date = now.strftime("%Y%m%dT%H%M%SZ").to_string();
    let host = url.host_str().ok_or(NotSigned)?;
    let host = url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"));
    headers.insert(HOST, header(&host)?);
    headers.insert(DATE, header(&date)?);
    if let Some(token) = &signer.credentials.session_token {
        headers.insert(TOKEN, header(token)?);
    }
    let mut named = Vec::with_capacity(headers.len());
    for (name, value) in &*headers {
        named.push((name.as_str(), value.to_str().map_err(|_| NotSigned)?));
    }
    named.sort_unstable();
    let query = url.query().unwrap_or_default();
    let request = Request { method, path: url.path(), query, headers: &named, body };
    let Signer { credentials, region, service } = *signer;
    let scope = Scope { date: &date, region, service };
    let (key_id, secret) = (&credentials.access_key_id, &credentials.secret_access_key);
    let authorization = authorization(&request, &scope, key_id, secret);
    headers.insert(AUTHORIZATION, header(&authorization)?);
    Ok(())
}

fn header(text: &str) -> Result<HeaderValue, NotSigned> {
    HeaderValue::from_str(text).map_err(|_| NotSigned)
}
