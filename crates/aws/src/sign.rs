//! Signs a request that is about to be sent.

use std::time::SystemTime;

use compasso_sigv4::{PathForm, Request, Scope, authorization, body_digest};
use reqwest::Url;
use reqwest::header::{AUTHORIZATION, HOST, HeaderMap, HeaderName, HeaderValue};

use crate::Credentials;

const DATE: HeaderName = HeaderName::from_static("x-amz-date");
const TOKEN: HeaderName = HeaderName::from_static("x-amz-security-token");

/// Services that speak S3's protocol: their paths are signed as they are sent, and a header tells the
/// digest of the body.
const LIKE_S3: [&str; 3] = ["s3", "s3express", "s3-outposts"];
const CONTENT_DIGEST: HeaderName = HeaderName::from_static("x-amz-content-sha256");

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
    let like_s3 = LIKE_S3.contains(&signer.service);
    if like_s3 {
        headers.insert(CONTENT_DIGEST, header(&body_digest(body))?);
    }
    let mut named = Vec::with_capacity(headers.len());
    for (name, value) in &*headers {
        named.push((name.as_str(), value.to_str().map_err(|_| NotSigned)?));
    }
    named.sort_unstable();
    let query = url.query().unwrap_or_default();
    let path_form = if like_s3 { PathForm::AsSent } else { PathForm::Encoded };
    let request = Request { method, path: url.path(), path_form, query, headers: &named, body };
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
